"""How the application is served: uvicorn's settings, and where the log goes."""

import logging

import structlog
import uvicorn
from litestar import Litestar

from paultrap.settings import Settings

__all__ = ["configure_log", "create_server"]

_DRAIN_SECONDS = 10


def configure_log(settings: Settings) -> None:
    """Log to standard error: coloured text at a terminal, else one JSON object per line."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))


def create_server(app: Litestar, settings: Settings) -> uvicorn.Server:
    """Return the server; ``run`` blocks until a signal stops it."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_level=settings.log_level,
            access_log=False,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
    )
