"""`paultrap serve`: a server, its workers and its store, until Ctrl-C."""

import contextlib
import errno
import shutil
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any

import structlog
import uvicorn
from litestar import Litestar

from paultrap.api import (
    READING_S,
    Ending,
    configure_log,
    create_app,
    create_server,
    listening,
)
from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError
from paultrap.cli.flags import takes_settings
from paultrap.cli.greeting import first_key, greet
from paultrap.cli.stores import server_store, settled
from paultrap.hosting import worker_options
from paultrap.languages import READERS
from paultrap.machines import Machines
from paultrap.service import SHARED_WRITERS, Threads
from paultrap.settings import SERVE, Settings
from paultrap.store import Store
from paultrap.tracing import is_installed
from paultrap.worker import Supervisor

_log = structlog.get_logger("paultrap.server")

# A server that ends sooner has nothing to explain.
_SAYING_S = 1.0


@takes_settings(SERVE)
def serve(**flags: Any) -> None:
    """Start a server on this machine; Ctrl-C stops it once running work is done.

    Every flag is also a PAULTRAP_... variable and a key of paultrap.toml; `paultrap config show` says
    what counts.
    """
    unknown: list[str] = []
    settings = read_settings(flags, warn=unknown.append)
    configure_log(settings)
    for variable in unknown:
        _log.warning("unknown variable is ignored: it is no setting", variable=variable)
    if settings.tracing and not is_installed():
        raise CommandError('tracing needs OpenTelemetry: pip install ".[otel]" in a checkout.')
    if settings.event_loop == "uvloop" and find_spec("uvloop") is None:
        raise CommandError('uvloop is not installed: pip install ".[uvloop]" in a checkout.')
    machines = Machines.load(settings.noise_dir, settings.devices_dir)
    # Both ways of asking end here, so that the store is closed and a temporary folder dropped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        _listener(settings) as listener,
        ExitStack() as when_closed,
        settled(settings) as settings,
        server_store(settings) as store,
    ):
        # First, because it imports much: a Ctrl-C there can come out as another error.
        _check_workers(settings, store)
        supervisor = _supervisor(settings, store, machines)
        writers = SHARED_WRITERS if store.is_shared else 1
        pools = Threads(settings.max_program_seconds, writers=writers)
        app = create_app(settings, store, supervisor, pools, machines)
        drop = partial(_drop, settings)
        ending = Ending(
            ((0.0, supervisor.ask_to_stop), (_SAYING_S, _say_stopping), (READING_S, READERS.stop)),
            (supervisor.kill, READERS.stop, drop),
            pools.busy,
        )
        server = _server(app, settings, ending)
        # When nothing can fail any more: it is shown once.
        key = first_key(store.keys, settings)
        # From here on nothing may be interrupted midway: an interrupt within the application's
        # startup would be taken for a failure of it, logged, and lost.
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, server.handle_exit)
        greet(settings, listener, key)
        when_closed.callback(ending.close)
        try:
            server.run(sockets=[listener])
        finally:
            READERS.stop()


def _say_stopping() -> None:
    _log.info("stopping, in 15 s at most; another Ctrl-C stops at once")


def _server(app: Litestar, settings: Settings, ending: Ending) -> uvicorn.Server:
    try:
        return create_server(app, settings, ending.ask)
    except OSError as error:  # what the ssl module raises too
        is_incomplete = settings.tls_key is None and isinstance(error, ssl.SSLError)
        remedy = " Is its key in another file? Name that with --tls-key." if is_incomplete else ""
        reason = error.strerror or str(error)
        if isinstance(error, ssl.SSLError):
            words = error.reason.replace("_", " ").lower() if error.reason else ""
            reason = words if words and words != "pem lib" else "they are not both there as PEM"
        raise CommandError(
            f"cannot use {settings.tls_cert} with {settings.tls_key or 'the key in it'} for TLS "
            f"({reason}).{remedy}"
        ) from error


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    with ExitStack() as resources:
        try:
            listener = resources.enter_context(listening(settings))
        except OSError as error:
            if settings.uds is not None:
                remedy = "Make its folder, or choose" if error.errno == errno.ENOENT else "Choose"
                raise CommandError(
                    f"cannot listen on {settings.uds} ({error.strerror or error}). {remedy} another with --uds."
                ) from error
            is_elsewhere = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
            remedy = "--host" if is_elsewhere else "--port; 0 takes a free one"
            raise CommandError(
                f"cannot listen on {settings.host}:{settings.port} ({error.strerror}). "
                f"Choose another with {remedy}."
            ) from error
        yield listener


def _supervisor(settings: Settings, store: Store, machines: Machines) -> Supervisor:
    return Supervisor(
        store,
        workers=settings.workers,
        options=worker_options(settings, machines),
    )


def _drop(settings: Settings) -> None:
    """Remove a temporary folder, which a store that could not be closed has left."""
    if settings.ephemeral:
        shutil.rmtree(settings.data_dir, ignore_errors=True)


def _check_workers(settings: Settings, store: Store) -> None:
    """Refuse a server without workers on a database where nobody else could have some.

    Raises:
        CommandError: Nothing would ever run.
    """
    if settings.workers == 0 and not store.is_shared:
        raise CommandError(
            "--workers: with 0 nothing would run, as an SQLite file is one server's alone. Let it be 1 "
            "or more, or name a PostgreSQL database with PAULTRAP_DATABASE (--database)."
        )
