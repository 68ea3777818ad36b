"""How long a connection may keep the server waiting, and the one timer that watches over it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """Seconds that a connection may take.

    Attributes:
        head_s: From the connection, or the first byte of a request, to the end of its headers.
        body_s: Without a byte of a body that is being read.
        keep_alive_s: Between an answer and the next request.
        linger_s: For the peer to close, after an answer that ends the connection.
    """

    head_s: float
    body_s: float
    keep_alive_s: float
    linger_s: float = 5.0


class Deadline:
    """One timer, which is set again only where it would come too late.

    Args:
        loop: The event loop.
        due: Returns when the deadline is, by the loop's clock, or None where there is none now.
        expire: Called when it has passed.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        due: Callable[[], float | None],
        expire: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._due = due
        self._expire = expire
        self._timer: asyncio.TimerHandle | None = None
        self._at = 0.0

    def check(self) -> None:
        """Note that the deadline may have changed."""
        due = self._due()
        if due is None or (self._timer is not None and self._at <= due):
            return  # The timer looks again when it comes.
        self.cancel()
        self._at = due
        self._timer = self._loop.call_at(due, self._look)

    def cancel(self) -> None:
        """Stop watching, until the next `check`."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        due = self._due()
        if due is not None and due <= self._loop.time():
            self._expire()
        self.check()
