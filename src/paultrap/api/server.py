"""How the application is served: uvicorn's settings, and where the log goes."""

import gc
import logging
import socket
import sys
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn
from litestar import Litestar

from paultrap.settings import Settings

__all__ = ["configure_log", "create_server", "open_socket"]

_BACKLOG = 2_048
_DRAIN_SECONDS = 8  # for answers that are being sent; see `paultrap.api.ending`
# Longer than any client waits between two polls: a connection closed at the wrong moment fails
# the next request on it.
_KEEP_ALIVE_SECONDS = 75


def configure_log(settings: Settings) -> None:
    """Log to standard error: coloured text at a terminal, else one JSON object per line."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(terminal=sys.stderr.isatty()),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Its account of each migration step is for the developer of a migration.
    logging.getLogger("alembic").setLevel(max(level, logging.WARNING))


def _renderers(*, terminal: bool) -> list[structlog.typing.Processor]:
    if terminal:
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def open_socket(settings: Settings) -> socket.socket:
    """Return a socket that listens on the address of ``settings``; its port is then known.

    Raises:
        OSError: The address is taken, or is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends small packets at once only on a socket that names its protocol; without it,
    # each answer on a kept connection waits 40 ms for the client's acknowledgement.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((settings.host, settings.port))
        opened.listen(_BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_signal: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_signal = on_signal

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # That of uvicorn sends the signal again at the end, and a second one would leave the
        # application as it is.
        self.should_exit = True
        self._on_signal(sig)


def create_server(
    app: Litestar, settings: Settings, on_signal: Callable[[int], None] = lambda _: None
) -> uvicorn.Server:
    """Return the server; ``run(sockets=[open_socket(settings)])`` blocks until a signal.

    Args:
        app: What it serves.
        settings: The limits.
        on_signal: Called with each signal that asks it to stop, within the handler of that signal:
            so it takes no lock.
    """
    # What is imported stays: the collector need not look at it again, in the midst of a request.
    gc.collect()
    gc.freeze()
    return _Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            log_level="info" if settings.log_level == "debug" else "warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        ),
        on_signal,
    )
