"""What `paultrap serve` says when it is ready: where it is, and with which key."""

import os
import socket
import sys
from pathlib import Path
from typing import TextIO

import structlog

from paultrap.addresses import is_loopback
from paultrap.cli.errors import CommandError
from paultrap.settings import Auth, Settings
from paultrap.store import Keys, Role, database_url, shown

_log = structlog.get_logger("paultrap.server")

_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  # compared, not bound


def first_key(keys: Keys, settings: Settings) -> str | Path | None:
    """Return a new key where there is none yet, or any word that open access takes, or None.

    A key is shown at a terminal alone. Where there is none, such as in the log of a service, it is
    written to a file that only this user reads, and its path is returned.

    Raises:
        CommandError: That file cannot be written.
    """
    if keys.list_all():
        return "any-key" if settings.effective_auth is Auth.OPEN else None
    if sys.stdout.isatty():
        return _made(keys)
    path = settings.data_dir / "first-key"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Before there is a key: one that could not be written down would be lost.
        with _new_file(path) as file:
            file.write(f"{_made(keys)}\n")
    except OSError as error:
        raise CommandError(
            f"cannot write the first key to {path} ({error.strerror}). Remove what is there, or make "
            "a key with `paultrap keys create` before."
        ) from error
    return path


def _made(keys: Keys) -> str:
    # Whoever starts a server first may see all that it says.
    secret, _ = keys.create("default", role=Role.ADMIN)
    return secret


def _new_file(path: Path) -> TextIO:
    """Return a file that only this user reads, whatever the umask, in the place of an old one."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "w")


def greet(settings: Settings, listener: socket.socket, key: str | Path | None) -> None:
    """Say where the server is and how each client is pointed at it.

    Args:
        settings: Of the server.
        listener: What it listens on.
        key: A key, a file that holds one, or None where keys were made before.
    """
    lines = (
        _lines_of_socket(settings, key)
        if settings.uds
        else _lines_of_address(settings, listener, key)
    )
    sys.stdout.write("\n".join((*lines, "", "Ctrl-C stops the server.")) + "\n")
    sys.stdout.flush()
    if settings.uds is None and settings.tls_cert is None and not is_loopback(settings.host):
        _log.warning(
            "keys travel in clear: whoever sees the network can read them; use --tls-cert, or a "
            "reverse proxy with TLS on this machine",
            host=settings.host,
        )


def _lines_of_address(
    settings: Settings, listener: socket.socket, key: str | Path | None
) -> list[str]:
    host = socket.gethostname() if settings.host in _EVERYWHERE else settings.host
    shown_host = f"[{host}]" if ":" in host else host
    scheme = "http" if settings.tls_cert is None else "https"
    url = f"{scheme}://{shown_host}:{listener.getsockname()[1]}"
    shown = _word_of(key, settings)
    return [
        f"paultrap is ready at {url}",
        *_about(settings, key),
        f'  qiskit-ionq  IonQProvider("{shown}", url="{url}/v0.4")  # export IONQ_API_URL={url}/v0.4',
        f'  cirq-ionq    cirq_ionq.Service(remote_host="{url}", api_key="{shown}")',
        f'  ionq-core    IonQClient(api_key="{shown}", base_url="{url}/v0.4")',
        f'  curl         curl -H "Authorization: apiKey {shown}" {url}/v0.4/jobs',
    ]


def _lines_of_socket(settings: Settings, key: str | Path | None) -> list[str]:
    header = f'-H "Authorization: apiKey {_word_of(key, settings)}"'
    return [
        f"paultrap is ready at {settings.uds}",
        *_about(settings, key),
        f"  curl         curl --unix-socket {settings.uds} {header} http://localhost/v0.4/jobs",
    ]


def _word_of(key: str | Path | None, settings: Settings) -> str:
    """Return what stands for the key in the lines of the clients."""
    if isinstance(key, str):
        return key
    return "any-key" if settings.effective_auth is Auth.OPEN else "YOUR-KEY"


def _place(settings: Settings) -> str:
    if settings.ephemeral:
        return "a temporary folder"
    return shown(database_url(settings.database)) if settings.database else str(settings.data_dir)


def _about(settings: Settings, key: str | Path | None) -> list[str]:
    access = (
        "any non-empty key is taken"
        if settings.effective_auth is Auth.OPEN
        else "only keys of `paultrap keys` are taken"
    )
    if isinstance(key, Path):
        key = f"in {key}"
    return [
        f"  data         {_place(settings)}",
        f"  access       {settings.effective_auth}: {access}",
        f"  key          {key or 'as made before; `paultrap keys create` makes another'}",
        "",
    ]
