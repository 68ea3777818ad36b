"""HTTP: one package per wire version. Lenient in, strict out."""

from paultrap.api.app import create_app
from paultrap.api.ending import READING_S, Ending
from paultrap.api.server import configure_log, create_server
from paultrap.api.sockets import listening

__all__ = [
    "READING_S",
    "Ending",
    "configure_log",
    "create_app",
    "create_server",
    "listening",
]
