"""`paultrap serve`: a server, its workers and its store, until Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from paultrap.api.app import create_app
from paultrap.api.server import configure_log, create_server, open_socket
from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError
from paultrap.cli.flags import takes_settings
from paultrap.cli.laboratory import add_own
from paultrap.cli.stores import server_store
from paultrap.settings import Auth, Settings
from paultrap.store import Role, Store
from paultrap.tracing import is_installed
from paultrap.worker import Supervisor

__all__ = ["serve"]


@takes_settings
def serve(**flags: Any) -> None:
    """Start a server on this machine; Ctrl-C stops it once running work is done.

    Every flag is also a PAULTRAP_... variable and a key of paultrap.toml; `paultrap config show` says
    what counts.
    """
    settings = read_settings(flags)
    configure_log(settings)
    if settings.tracing and not is_installed():
        raise CommandError('tracing needs OpenTelemetry: pip install "paultrap[otel]".')
    add_own(settings)
    # Both ways of asking end here, so that the store is closed and a temporary folder dropped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        _listener(settings) as listener,
        server_store(settings) as store,
    ):
        key = _first_key(store, settings)
        # First, because it imports much: a Ctrl-C there can come out as another error.
        app = create_app(settings, store, _supervisor(settings, store))
        server = create_server(app, settings)
        # From here on nothing may be interrupted midway: an interrupt within the application's
        # startup would be taken for a failure of it, logged, and lost.
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, server.handle_exit)
        _greet(settings, listener.getsockname()[1], key)
        server.run(sockets=[listener])


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    try:
        listener = open_socket(settings)
    except OSError as error:
        raise CommandError(
            f"cannot listen on {settings.host}:{settings.port} ({error.strerror}). "
            "Choose another with --port; 0 takes a free one."
        ) from error
    with listener:
        yield listener


def _supervisor(settings: Settings, store: Store) -> Supervisor:
    return Supervisor(
        store,
        workers=settings.workers,
        threads=settings.threads,
        precision=settings.precision,
        memory_limit=settings.memory_limit,
        lease_s=settings.lease_seconds,
        tracing=settings.tracing,
    )


def _first_key(store: Store, settings: Settings) -> str | None:
    """Return a new key where there is none yet, or any word that open access takes."""
    if not store.list_keys():
        # Whoever starts a server first may see all that it tells.
        secret, _ = store.create_key("default", role=Role.ADMIN)
        return secret
    return "any-key" if settings.effective_auth is Auth.OPEN else None


def _greet(settings: Settings, port: int, key: str | None) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{port}"
    shown = key or "YOUR-KEY"
    access = (
        "any non-empty key is taken"
        if settings.effective_auth is Auth.OPEN
        else "only keys of `paultrap keys` are taken"
    )
    lines = (
        f"paultrap is ready at {url}",
        f"  data         {'a temporary folder' if settings.ephemeral else settings.data_dir}",
        f"  access       {settings.effective_auth}: {access}",
        f"  key          {key or 'as made before; `paultrap keys create` makes another'}",
        "",
        f'  qiskit-ionq  IonQProvider("{shown}", url="{url}/v0.4")  # export IONQ_API_URL={url}/v0.4',
        f'  cirq-ionq    cirq_ionq.Service(remote_host="{url}", api_key="{shown}")',
        f'  ionq-core    IonQClient(api_key="{shown}", base_url="{url}/v0.4")',
        f'  curl         curl -H "Authorization: apiKey {shown}" {url}/v0.4/jobs',
        "",
        "Ctrl-C stops the server.",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
