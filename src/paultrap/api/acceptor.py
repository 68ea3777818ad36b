"""Taking connections: as many as the descriptors of this process allow."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

import structlog

from paultrap.api.protocol import Protocol

_AT_ONCE = 100  # connections taken before anything else is done
_PAUSE_S = 1.0  # where the system has no descriptor or memory for another
_SHUTDOWN_S = 5.0

_log = structlog.get_logger("paultrap.server")


class Acceptor:
    """Takes connections from a listening socket.

    Args:
        listener: The socket; whoever opened it closes it.
        make: Returns the protocol of a new connection, which calls what it is given at its end.
        tls: What to speak TLS with; None for none.
        handshake_s: Seconds that the peer may take for TLS's first exchange.
    """

    def __init__(
        self,
        listener: socket.socket,
        make: Callable[[Callable[[Protocol], None]], Protocol],
        tls: ssl.SSLContext | None,
        handshake_s: float,
    ) -> None:
        self._listener = listener
        self._make = make
        self._tls = tls
        self._handshake_s = handshake_s
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        self._is_listening = False
        self._opening: set[asyncio.Task[None]] = set()
        self._open: set[Protocol] = set()

    def start(self) -> None:
        """Begin to take connections."""
        self._listener.setblocking(False)
        self._resume()

    def close(self) -> None:
        """Take no more."""
        self._is_closed = True
        self._pause()

    def _resume(self) -> None:
        if not self._is_closed and not self._is_listening:
            self._is_listening = True
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _pause(self) -> None:
        if self._is_listening:
            self._is_listening = False
            self._loop.remove_reader(self._listener.fileno())

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                accepted, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                _log.warning("no connection can be taken for a second", reason=error.strerror)
                self._pause()
                self._loop.call_later(_PAUSE_S, self._resume)
                return
            self._open_connection(accepted)

    def _open_connection(self, accepted: socket.socket) -> None:
        accepted.setblocking(False)
        if accepted.family != socket.AF_UNIX:
            # Small packets are sent at once, whatever the loop does by itself.
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        protocol = self._make(self._open.discard)
        self._open.add(protocol)
        task = self._loop.create_task(self._connect(accepted, protocol))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _connect(self, accepted: socket.socket, protocol: Protocol) -> None:
        try:
            if self._tls is None:
                await self._loop.connect_accepted_socket(lambda: protocol, accepted)
            else:
                await self._loop.connect_accepted_socket(
                    lambda: protocol,
                    accepted,
                    ssl=self._tls,
                    ssl_handshake_timeout=self._handshake_s,
                    ssl_shutdown_timeout=_SHUTDOWN_S,
                )
        except (OSError, TimeoutError) as error:  # a handshake that failed, or a peer that left
            self._open.discard(protocol)
            _log.debug("a connection was not made", reason=str(error))
            with suppress(OSError):
                accepted.close()
