"""How the application is served: uvicorn's settings, and where the log goes."""

import gc
import socket

import uvicorn
from litestar import Litestar

from paultrap import logs
from paultrap.api.request_log import silence_cut_responses
from paultrap.settings import Settings

__all__ = ["configure_log", "create_server", "open_socket"]

_BACKLOG = 2_048
_DRAIN_SECONDS = 10
# Longer than any client waits between two polls: a connection closed at the wrong moment fails
# the next request on it.
_KEEP_ALIVE_SECONDS = 75


def configure_log(settings: Settings) -> None:
    """Log to standard error, as the settings say."""
    logs.configure(settings.log_level, settings.log_format)
    silence_cut_responses()


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


def create_server(app: Litestar, settings: Settings) -> uvicorn.Server:
    """Return the server; ``run(sockets=[open_socket(settings)])`` blocks until a signal."""
    # What is imported stays: the collector need not look at it again, in the midst of a request.
    gc.collect()
    gc.freeze()
    return uvicorn.Server(
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
        )
    )
