"""`paultrap serve`: a server, its workers and its store, until Ctrl-C."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

from cyclopts import Parameter

from paultrap.api.app import create_app
from paultrap.api.ending import READING_S, Ending
from paultrap.api.server import configure_log, create_server, open_socket
from paultrap.api.threads import Threads
from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError
from paultrap.cli.laboratory import add_own
from paultrap.cli.stores import server_store
from paultrap.languages import READERS
from paultrap.settings import Auth, Settings
from paultrap.store import Role, Store
from paultrap.worker import Supervisor

__all__ = ["serve"]


@Parameter(negative="")
def serve(  # noqa: PLR0913 - one argument per flag
    *,
    host: str | None = None,
    port: int | None = None,
    data_dir: Path | None = None,
    ephemeral: bool | None = None,
    auth: Auth | None = None,
    workers: int | None = None,
    threads: int | None = None,
    precision: Literal["double", "single"] | None = None,
    max_qubits: int | None = None,
    memory_limit: int | None = None,
    noise_dir: Path | None = None,
    devices_dir: Path | None = None,
    rate_limit_per_minute: int | None = None,
    log_level: str | None = None,
) -> None:
    """Start a server on this machine; Ctrl-C stops it once running work is done.

    Every flag is also a PAULTRAP_... variable and a key of paultrap.toml.

    Args:
        host: Address to listen on [default: 127.0.0.1].
        port: Port to listen on; 0 takes a free one [default: 8080].
        data_dir: Folder of the database [default: the user's data directory].
        ephemeral: Keep the database in a temporary folder and drop it at the end.
        auth: open takes any non-empty key, required only keys made by `paultrap keys`
            [default: open on a loopback address, else required].
        workers: Worker processes [default: 1].
        threads: Threads per worker [default: every usable core].
        precision: Of the simulator's amplitudes: double, or single for less memory and time and
            about six digits [default: double].
        max_qubits: Qubits of one circuit [default: 29].
        memory_limit: Bytes that a worker's simulation may take [default: 80 % of what is free].
        noise_dir: Folder of noise models of your own, in TOML.
        devices_dir: Folder of emulated QPUs of your own, in TOML.
        rate_limit_per_minute: Requests that one key may send in a minute [default: any number].
        log_level: debug, info, warning or error [default: info].
    """
    settings = read_settings(locals())
    configure_log(settings)
    add_own(settings)
    # Both ways of asking end here, so that the store is closed and a temporary folder dropped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        _listener(settings) as listener,
        contextlib.ExitStack() as when_closed,
        server_store(settings) as store,
    ):
        key = _first_key(store, settings)
        # First, because it imports much: a Ctrl-C there can come out as another error.
        supervisor = _supervisor(settings, store)
        pools = Threads(settings.max_program_seconds)
        app = create_app(settings, store, supervisor, pools)
        drop = partial(_drop, settings, store)
        ending = Ending(
            ((0.0, supervisor.ask_to_stop), (READING_S, READERS.stop)),
            (supervisor.kill, READERS.stop, drop),
            pools.busy,
        )
        server = create_server(app, settings, ending.ask)
        # From here on nothing may be interrupted midway: an interrupt within the application's
        # startup would be taken for a failure of it, logged, and lost.
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, server.handle_exit)
        _greet(settings, listener.getsockname()[1], key)
        when_closed.callback(ending.close)
        try:
            server.run(sockets=[listener])
        finally:
            READERS.stop()


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
    )


def _drop(settings: Settings, store: Store) -> None:
    """Remove a temporary folder, which a store that could not be closed has left."""
    if settings.ephemeral:
        shutil.rmtree(store.path.parent, ignore_errors=True)


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
