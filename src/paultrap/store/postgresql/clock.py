"""The database's clock, as this process knows it between two looks at it."""

import threading
import time

import sqlalchemy as sa

from paultrap.store.clock import HostClock, Moment

_FRESH_MS = 5_000
_NOW = sa.text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")


class DatabaseClock:
    """Tells the time of the database's server by this host's monotonic clock.

    How far they are apart is found with a query, every few seconds, so that neither the clock of
    this host counts nor does each time cost a query.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset_ms: int | None = None
        self._asked_at = 0

    def is_due(self) -> bool:
        """Return whether it is time to look at the database's clock."""
        return self._offset_ms is None or _monotonic_ms() - self._asked_at >= _FRESH_MS

    def look(self, connection: sa.Connection) -> None:
        """Look at the database's clock."""
        before = _monotonic_ms()
        shown = connection.scalars(_NOW).one()
        after = _monotonic_ms()
        with self._lock:
            self._offset_ms = shown - (before + after) // 2
            self._asked_at = after

    def is_unknown(self) -> bool:
        """Return whether nobody has looked yet."""
        return self._offset_ms is None

    def moment(self) -> Moment:
        """Return what it shows, also as the time that is compared."""
        now = _monotonic_ms() + (self._offset_ms or 0)
        return Moment(now, now)


class GivenClock:
    """Tells the time by another clock, which is given.

    Args:
        host: The clock.
    """

    def __init__(self, host: HostClock) -> None:
        self._host = host
        self._offset_ms = host.wall() - host.monotonic()

    def is_due(self) -> bool:
        """Return False: it needs no look at the database's."""
        return False

    def look(self, connection: sa.Connection) -> None:
        """Do nothing."""

    def is_unknown(self) -> bool:
        """Return False: it is always known."""
        return False

    def moment(self) -> Moment:
        """Return what it shows, and its steady time."""
        return Moment(self._host.wall(), self._host.monotonic() + self._offset_ms)


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000
