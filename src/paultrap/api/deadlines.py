"""How long a connection may keep the server waiting, and the one timer that watches over it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

_LOOKS = 10  # at a peer, until it counts as one that takes nothing


@dataclass(frozen=True)
class Times:
    """Seconds that a connection may take.

    Attributes:
        head_s: From the connection, or the first byte of a request, to the end of its headers.
        body_s: Without a byte of a body that is being read.
        answer_s: Without a byte of an answer being taken.
        keep_alive_s: Between an answer and the next request.
        linger_s: For the peer to close, after an answer that ends the connection.
    """

    head_s: float
    body_s: float
    answer_s: float
    keep_alive_s: float
    linger_s: float = 5.0


class Uptake:
    """Whether the peer takes what it is sent.

    Progress is any change of how much of it the peer has not taken. Where more is written meanwhile,
    that can be as much as before by chance; so it is looked at several times.

    Args:
        seconds: For how long the peer may take nothing.
        clock: The loop's.
        left: Returns how many bytes the peer has not taken; None where nobody can tell, and then
            there is no deadline.
    """

    def __init__(
        self, seconds: float, clock: Callable[[], float], left: Callable[[], int | None]
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._count = left
        self.renew()

    def renew(self) -> None:
        """Begin to wait: something was written, or taken."""
        self._left = self._count()
        self._since = self._looked = self._clock()

    def due(self) -> float:
        """Return when to look next."""
        return self._looked + self._seconds / _LOOKS

    def is_stalled(self) -> bool:
        """Look, and return whether the peer has taken nothing for too long."""
        now = self._clock()
        was_long_ago = now - self._looked > self._seconds  # There was nothing to take meanwhile.
        self._looked = now
        left = self._count()
        if left is None or left != self._left or was_long_ago:
            self._left = left
            self._since = now
        return now - self._since >= self._seconds


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
