"""The socket that the server listens on: of an address, or a Unix socket."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paultrap.settings import Settings

_BACKLOG = 2_048
_PROBE_S = 1.0
_NOT_FOR_OTHERS = 0o117  # removes from a new socket what neither its user nor its group needs


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Give a socket that listens where ``settings`` say; its port is then known.

    Raises:
        OSError: The address or the path is taken, or is not one of this machine's.
    """
    if settings.uds is None:
        with _opened(settings.host, settings.port) as listener:
            yield listener
        return
    with _opened_path(settings.uds) as listener:
        try:
            yield listener
        finally:
            settings.uds.unlink(missing_ok=True)


def _opened(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small packets at once only on a socket that names its protocol; without it,
    # each answer on a kept connection waits 40 ms for the client's acknowledgement.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(_BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def _opened_path(path: Path) -> socket.socket:
    """Return a Unix socket for this user and group, in the place of one that nobody listens on."""
    if path.is_socket():
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(_PROBE_S)
            # Whatever else is wrong, somebody may have it: a server that is too busy to take
            # another connection, another user's, or one that speaks something else.
            if probe.connect_ex(str(path)) != errno.ECONNREFUSED:
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        path.unlink()  # Its server was killed.
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(_NOT_FOR_OTHERS)
    try:
        opened.bind(str(path))
        opened.listen(_BACKLOG)
    except OSError:
        opened.close()
        raise
    finally:
        os.umask(before)
    return opened
