"""Ports that nobody listens on."""

import contextlib
import random
import socket

# Below those that systems give to whoever connects or asks for any port.
_LASTING = (20_000, 30_000)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def lasting_port() -> int:
    """Return a port to which a server may come back later: none is given it meanwhile."""
    while True:
        port = random.SystemRandom().randrange(*_LASTING)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
