"""How the application is served: uvicorn's settings, and where the log goes."""

import gc
import logging
import ssl
import sys

import structlog
import uvicorn
from litestar.types import ASGIApp

from paultrap.api.network import guarded
from paultrap.settings import Settings

__all__ = ["configure_log", "create_server"]

_DRAIN_SECONDS = 10
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


def create_server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """Return the server; ``run(sockets=[...])`` with what `listening` gives blocks until a signal.

    Raises:
        OSError: The certificate or its key cannot be read.
    """
    # What is imported stays: the collector need not look at it again, in the midst of a request.
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        guarded(app, settings),
        interface="asgi3",
        host=settings.host,
        port=settings.port,
        root_path=settings.root_path,
        proxy_headers=False,  # `guarded` does that, after it has seen who speaks.
        ssl_context_factory=None if settings.tls_cert is None else lambda *_: _tls(settings),
        log_config=None,
        log_level="info" if settings.log_level == "debug" else "warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    config.load()
    return uvicorn.Server(config)


def _tls(settings: Settings) -> ssl.SSLContext:
    """Return what Python holds to be safe for a server, with the certificate of ``settings``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    assert settings.tls_cert is not None  # noqa: S101  # for mypy
    context.load_cert_chain(settings.tls_cert, settings.tls_key, password=_no_password)
    return context


def _no_password() -> str:
    raise OSError(None, "the private key is encrypted; a server needs one that is not")
