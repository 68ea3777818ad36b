"""Taking connections: no more than the descriptors allow, and silent ones give way to others.

Below its limit the server takes whoever comes. At the limit it closes connections that keep it
waiting, the longest first: those that have sent nothing, then those between two requests, then
those that have stopped in the midst of one. Where all are at work it takes no more; who comes then
waits in the system's queue, and is refused by nobody.
"""

import asyncio
import heapq
import socket
import ssl
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from paultrap.api.network import Networks
from paultrap.api.protocol import Protocol

_AT_ONCE = 100  # connections taken before anything else is done
_PAUSE_S = 1.0  # where the system has no descriptor or memory for another
_LOOK_AGAIN_S = 0.1
_SHUTDOWN_S = 5.0
# One host cannot take the places of all others.
_SHARE_OF_HOST = 0.75
# Taken, and not spoken to before their host has room for them: a part of the limit.
_PARKED = 1 / 8
# Closed together, so that a flood does not cost a search for each: a part of the limit.
_CLOSED_TOGETHER = 1 / 64

_log = structlog.get_logger("paultrap.server")


@dataclass(frozen=True)
class Bounds:
    """What an acceptor holds to.

    Attributes:
        most: Connections that may be open at once.
        proxies: Peers that stand for many clients, so that they may have all.
        handshake_s: Seconds that a peer may take for TLS's first exchange.
    """

    most: int
    proxies: Networks
    handshake_s: float


class Acceptor:
    """Takes connections from a listening socket.

    Args:
        listener: The socket; whoever opened it closes it.
        make: Returns the protocol of a new connection, which calls what it is given at its end.
        tls: What to speak TLS with; None for none.
        bounds: What it holds to.
    """

    def __init__(
        self,
        listener: socket.socket,
        make: Callable[[Callable[[Protocol], None]], Protocol],
        tls: ssl.SSLContext | None,
        bounds: Bounds,
    ) -> None:
        self._listener = listener
        self._make = make
        self._tls = tls
        self._bounds = bounds
        self._of_host = max(1, int(bounds.most * _SHARE_OF_HOST))
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        self._is_listening = False
        self._open: dict[Protocol, str | None] = {}
        self._by_host: Counter[str] = Counter()
        self._opening: dict[Protocol, asyncio.Task[None]] = {}
        self._leaving: set[Protocol] = set()
        self._parked: deque[tuple[socket.socket, str]] = deque()
        self._most_parked = max(1, int(bounds.most * _PARKED))

    def start(self) -> None:
        """Begin to take connections."""
        self._listener.setblocking(False)
        self._resume()

    def close(self) -> None:
        """Take no more."""
        self._is_closed = True
        self._pause()
        for accepted, _ in self._parked:
            accepted.close()
        self._parked.clear()

    def _resume(self) -> None:
        if not self._is_closed and not self._is_listening:
            self._is_listening = True
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _pause(self) -> None:
        if self._is_listening:
            self._is_listening = False
            self._loop.remove_reader(self._listener.fileno())

    def _wait(self, seconds: float) -> None:
        self._pause()
        self._loop.call_later(seconds, self._resume)

    def _accept(self) -> None:
        if len(self._open) >= self._bounds.most:
            self._make_room()  # Somebody waits, or this would not have been called.
            return
        for _ in range(min(_AT_ONCE, self._bounds.most - len(self._open))):
            try:
                accepted, address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                _log.warning("no connection can be taken for a second", reason=error.strerror)
                self._wait(_PAUSE_S)
                return
            self._take(accepted, address[0] if isinstance(address, tuple) else None)

    def _make_room(self) -> None:
        """Close some that keep the server waiting; when they are gone, others are taken."""
        if not self._leaving:
            self._drop(self._open, max(1, int(self._bounds.most * _CLOSED_TOGETHER)))
        if self._leaving:
            self._pause()
        else:
            self._wait(_LOOK_AGAIN_S)

    def _drop(self, among: Iterable[Protocol], count: int) -> None:
        found = [
            (*patience, number, protocol)
            for number, protocol in enumerate(among)
            if protocol not in self._leaving and (patience := protocol.keeps_waiting()) is not None
        ]
        for *_, protocol in heapq.nsmallest(count, found):
            self._leaving.add(protocol)
            task = self._opening.get(protocol)
            if task is None:
                protocol.drop()
            else:
                task.cancel()

    def _take(self, accepted: socket.socket, host: str | None) -> None:
        if host is not None and not self._has_room_for(host):
            self._parked.append((accepted, host))
            if len(self._parked) > self._most_parked:
                self._parked.popleft()[0].close()
            self._loop.call_later(_LOOK_AGAIN_S, self._unpark)
            return
        self._open_connection(accepted, host)

    def _unpark(self) -> None:
        """Take those whose host has room for them by now."""
        parked, self._parked = self._parked, deque()
        for accepted, host in parked:
            self._take(accepted, host)

    def _open_connection(self, accepted: socket.socket, host: str | None) -> None:
        accepted.setblocking(False)
        if accepted.family != socket.AF_UNIX:
            # Small packets are sent at once, whatever the loop does by itself.
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        protocol = self._make(self._release)
        self._open[protocol] = host
        if host is not None:
            self._by_host[host] += 1
        self._opening[protocol] = self._loop.create_task(self._connect(accepted, protocol))

    def _has_room_for(self, host: str) -> bool:
        """Return whether a host may have another connection, in the place of one that waits."""
        if self._by_host[host] < self._of_host or host in self._bounds.proxies:
            return True
        before = len(self._leaving)
        self._drop((each for each, its in self._open.items() if its == host), 1)
        return len(self._leaving) > before

    def _release(self, protocol: Protocol) -> None:
        if protocol not in self._open:
            return
        host = self._open.pop(protocol)
        self._leaving.discard(protocol)
        if host is not None:
            self._by_host[host] -= 1
            if not self._by_host[host]:
                del self._by_host[host]
        self._resume()
        if self._parked:
            self._unpark()

    async def _connect(self, accepted: socket.socket, protocol: Protocol) -> None:
        times = (
            {}
            if self._tls is None
            else {
                "ssl_handshake_timeout": self._bounds.handshake_s,
                "ssl_shutdown_timeout": _SHUTDOWN_S,
            }
        )
        try:
            await self._loop.connect_accepted_socket(
                lambda: protocol, accepted, ssl=self._tls, **times
            )
        except (OSError, asyncio.CancelledError) as error:  # a failed handshake, or no room for it
            _log.debug("a connection was not made", reason=str(error))
            accepted.close()
            self._release(protocol)
        finally:
            self._opening.pop(protocol, None)
