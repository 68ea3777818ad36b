"""What becomes of an answer: whether the peer has taken it, or the connection was lost before.

ASGI cannot tell: an application hears of a disconnect after every answer, and writing is no sign
that anything has arrived. The kernel knows how many bytes the peer has not acknowledged
(``SIOCOUTQ``). An answer is taken when all of it is acknowledged and the peer then went on as one
who has it does: with the next request, by closing in order, or not at all for `SETTLED_S`.
"""

import asyncio
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from typing import Any, Literal

import structlog
from litestar.types import Scope

Fate = Literal["taken", "lost"]

EXTENSION = "paultrap.connection"

#: After so long an answer that was acknowledged is taken, though nothing has followed.
SETTLED_S = 60.0

# An acknowledgement can wait 40 ms for something to be sent along with.
_PAUSES_S = (0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)

_LEFT: int = getattr(select, "POLLRDHUP", select.POLLHUP)  # Linux alone has the first one.

_NO_LINGER = struct.pack("ii", 1, 0)  # on, for no second

_NUMBERS = count()

_log = structlog.get_logger("paultrap.server")


def _is_there() -> bool:
    return False


class Connection:
    """The connection of one request, as far as that request is concerned.

    Args:
        has_left: Asks the system whether the peer has closed its side.

    Attributes:
        number: Grows from request to request, in the order in which their headers came.
        alive: Whether it can still carry an answer, as far as is known.
        is_leaving: Whether the peer has closed its writing side before it had an answer. Hardly
            any client does that but one that has gone altogether.
    """

    def __init__(self, has_left: Callable[[], bool] = _is_there) -> None:
        self._has_left = has_left
        self.number = next(_NUMBERS)
        self._came_at = time.monotonic()
        self.alive = True
        self.is_leaving = False
        self._fate: Fate | None = None
        self._callbacks: list[Callable[[Fate], None]] = []
        self._receipts: Receipts | None = None  # while the answer has no fate

    @property
    def age_s(self) -> float:
        """How many seconds ago the headers of the request came."""
        return time.monotonic() - self._came_at

    @property
    def is_watched(self) -> bool:
        """Whether somebody waits for the fate."""
        return bool(self._callbacks)

    @property
    def is_acknowledged(self) -> bool:
        """Whether the peer has acknowledged the answer, or its fate is known."""
        return self._fate is not None or (
            self._receipts is not None and self._receipts.is_all_acknowledged
        )

    @property
    def is_doubtful(self) -> bool:
        """Whether the peer may have gone: it stopped sending, or has not acknowledged the answer."""
        if self._fate is not None:
            return False
        return self.is_leaving or (self._receipts is not None and not self.is_acknowledged)

    def give_up(self) -> None:
        """End the connection, so that an answer that is not acknowledged is lost."""
        if self._receipts is not None:
            self._receipts.abort()

    def on_fate(self, callback: Callable[[Fate], None]) -> None:
        """Call ``callback`` once, in the event loop, when the fate of the answer is known.

        It gets ``"taken"`` when the peer has acknowledged all of the answer and its next request,
        an orderly end or 60 s have followed; ``"lost"`` when the connection ended before that: it
        was reset, failed, or closed with bytes unacknowledged. A connection that ends before there
        is an answer is lost at once, while the request may still be at work.
        """
        if self._fate is not None:
            asyncio.get_running_loop().call_soon(callback, self._fate)
            return
        self._callbacks.append(callback)
        if self._receipts is not None:
            self._receipts.watch()

    def looks_gone(self) -> bool:
        """Ask the system whether the peer has closed its side, from any thread.

        The event loop may be behind. What follows the peer's last byte can be its next request.
        """
        return self._has_left()

    def answered(self, receipts: "Receipts") -> None:
        """Note that the answer was written, and who knows what becomes of it."""
        self._receipts = receipts

    def settle(self, fate: Fate) -> None:
        """Note the fate, and tell those who wait for it."""
        if self._fate is not None:
            return
        self._fate = fate
        self._receipts = None
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback(fate)
            except Exception:  # noqa: BLE001  # The others are to be told.
                _log.exception("the fate of a connection could not be told")


def connection_of(scope: Scope) -> Connection | None:
    """Return the connection of a request, or None where the server does not watch it.

    That is so under other servers, as in tests with Litestar's client: what is answered is taken.
    """
    extensions: Mapping[str, Any] = scope.get("extensions") or {}
    found = extensions.get(EXTENSION)
    return found if isinstance(found, Connection) else None


class Receipts:
    """Finds out which answers of one connection the peer has taken.

    Args:
        transport: The connection's.
        loop: The event loop that it belongs to.
        on_acknowledged: Called when all that was written is seen to be acknowledged; it is looked
            for only while somebody waits for a fate.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        on_acknowledged: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._on_acknowledged = on_acknowledged
        self._open: list[Connection] = []
        self._is_at_end = False
        self._is_acknowledged = False
        self._polls = 0
        self._timer: asyncio.TimerHandle | None = None
        self._copy: int | None = None

    @property
    def is_watched(self) -> bool:
        """Whether somebody waits for the fate of an answer that was written."""
        return any(connection.is_watched for connection in self._open)

    def unacknowledged(self) -> int | None:
        """Return how many bytes the peer has not acknowledged, or None where nobody can tell."""
        if (descriptor := self._descriptor()) is None:
            return None
        try:
            packed = fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4))
        except OSError:
            return None
        return int.from_bytes(packed, sys.byteorder) + self._transport.get_write_buffer_size()

    def is_reset(self) -> bool:
        """Return whether the peer has reset the connection, which nobody hears who reads nothing."""
        if (descriptor := self._descriptor()) is None:
            return True
        poll = select.poll()
        poll.register(descriptor, 0)
        return any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))

    def has_left(self) -> bool:
        """Return whether the peer has closed its side, from any thread."""
        try:
            descriptor = self._descriptor()
            if descriptor is None:
                return True
            poll = select.poll()
            poll.register(descriptor, _LEFT)
            return any(
                event & (_LEFT | select.POLLERR | select.POLLHUP) for _, event in poll.poll(0)
            )
        except (OSError, ValueError):  # It was closed meanwhile.
            return True

    def answered(self, connection: Connection) -> None:
        """Note that the answer to a request was written whole."""
        self._open.append(connection)
        self._is_acknowledged = False
        connection.answered(self)
        if connection.is_watched:
            self.watch()

    def continued(self) -> None:
        """Note that the peer has sent something, which it does only after it has an answer.

        It may also have sent it together with its earlier request, so that what is not
        acknowledged yet stays open.
        """
        if self._open and self.is_all_acknowledged:
            self._settle("taken")

    def ended(self) -> None:
        """Note that the peer will send no more: from now on it is enough to acknowledge."""
        self._is_at_end = True
        self.continued()

    def lost(self, error: Exception | None) -> None:
        """Note that the connection has ended; ``error`` says how, None in order."""
        for connection in self._open:
            connection.alive = False
        is_taken = error is None and self.is_all_acknowledged
        self._settle("taken" if is_taken else "lost")

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    def reset(self) -> None:
        """End the connection at once, and have the system drop what it was to send."""
        if (descriptor := self._descriptor()) is not None:
            # The transports of uvloop have no socket that could be told anything.
            with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as same:
                same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._transport.abort()

    @property
    def is_all_acknowledged(self) -> bool:
        """Whether the peer has acknowledged all that was written."""
        return self._is_acknowledged or self.unacknowledged() == 0

    def _descriptor(self) -> int | None:
        if self._copy is not None:
            return self._copy
        found = self._transport.get_extra_info("socket")
        descriptor: int = -1 if found is None else found.fileno()
        return None if descriptor < 0 else descriptor

    def watch(self) -> None:
        """Find out from now on what becomes of the answers: somebody waits for that."""
        is_tls = self._transport.get_extra_info("sslcontext") is not None
        if is_tls and self._copy is None and (own := self._descriptor()) is not None:
            # Under TLS the socket is closed before anybody hears of the connection's end.
            with suppress(OSError):  # no descriptor is free
                self._copy = os.dup(own)
        self._polls = 0
        self._later(0.0)

    def _later(self, pause_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(pause_s, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._is_acknowledged:  # long ago
            self._settle("taken")
            return
        if self.unacknowledged() == 0:
            self._is_acknowledged = True
            if self._is_at_end:
                self._settle("taken")
            else:
                self._later(SETTLED_S)
            self._on_acknowledged()
            return
        if self.is_reset():
            self._transport.abort()
            return
        pause_s = _PAUSES_S[min(self._polls, len(_PAUSES_S) - 1)]
        self._polls += 1
        self._later(pause_s)

    def _settle(self, fate: Fate) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._copy is not None:
            os.close(self._copy)
            self._copy = None
        settled, self._open = self._open, []
        self._is_acknowledged = False
        for connection in settled:
            connection.settle(fate)
