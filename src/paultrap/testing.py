"""Point clients at a server when they have no setting for its address.

Most clients take an address or read one from the environment (docs/how-to/clients.md lists them). This
module is for those that hard-code their host. It needs the standard library alone.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def redirected_pennylane(url: str) -> Iterator[None]:
    """Let pennylane-ionq talk to another server for a while.

    The plug-in reads its host from a class attribute, which has the address of the cloud.

    Args:
        url: The server's address with the version that the plug-in speaks, such as
            ``http://127.0.0.1:8080/v0.4`` (``v0.3`` before pennylane-ionq 0.45).

    Raises:
        ModuleNotFoundError: pennylane-ionq is not installed.
        TypeError: The address is no text.
    """
    address = _address(url)
    client: Any = importlib.import_module("pennylane_ionq.api_client").APIClient
    before = client.BASE_URL
    client.BASE_URL = address
    try:
        yield
    finally:
        client.BASE_URL = before


def redirected_qbraid(provider: Any, url: str) -> Any:
    """Let a ``qbraid.runtime.IonQProvider`` talk to another server.

    The provider sets its session's address itself. Call this before the first ``get_device``:
    devices are kept by key and address.

    Args:
        provider: The qBraid provider, whose address is changed.
        url: The server's address with the version, such as ``http://127.0.0.1:8080/v0.4``.

    Returns:
        The provider.

    Raises:
        TypeError: The provider is none, or the address is no text.
    """
    session = getattr(provider, "session", None)
    if session is None:
        raise TypeError(f"provider must be a qbraid.runtime.IonQProvider, not {provider!r:.60}")
    session.base_url = _address(url)
    return provider


def _address(url: Any) -> str:
    if not isinstance(url, str):
        raise TypeError(f"url must be text, not {url!r:.60}")
    return url.rstrip("/")
