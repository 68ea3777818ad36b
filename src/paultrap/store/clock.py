"""`Moment`: the two times of the store; `HostClock`: the clocks of this machine, from which they are made.

What people are shown is wall-clock time. What the store compares, leases, due times and the ends of
sessions, is steady time, which no step of the wall clock changes. An engine gives both
(`paultrap.store.database.Database`): one on a single host from this machine's clocks and the table
`boots`, one that several hosts share from its server's.
"""

import time
from pathlib import Path
from typing import NamedTuple, Protocol

import sqlalchemy as sa

from paultrap.store.tables import boots, chunks, jobs

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MS = 1_000_000  # nanoseconds
_NEWEST = 100  # jobs, of which some may have no chunks


class Moment(NamedTuple):
    """A time, as two clocks show it.

    Attributes:
        wall: Unix milliseconds, for people. They may be set back.
        steady: Milliseconds to compare with each other alone. They never go back, also not with
            the next boot, and stand still while the host is suspended.
    """

    wall: int
    steady: int

    def after(self, milliseconds: int) -> "Moment":
        """Return the moment so much later."""
        return Moment(self.wall + milliseconds, self.steady + milliseconds)


class HostClock(Protocol):
    """The clocks of one host."""

    def wall(self) -> int:
        """Return Unix milliseconds."""

    def monotonic(self) -> int:
        """Return milliseconds since some moment of this boot, without those of suspends."""

    def boot(self) -> str | None:
        """Return a name that only this boot of the host has, or None where it is not known."""


class SystemClock:
    """The clocks of this machine.

    Linux and macOS let Python's monotonic clock stand still in a suspend. So does a lease, whose
    worker slept as well.
    """

    def wall(self) -> int:  # noqa: D102  # as the protocol says, likewise below
        return time.time_ns() // _MS

    def monotonic(self) -> int:  # noqa: D102
        return time.monotonic_ns() // _MS

    def boot(self) -> str | None:  # noqa: D102
        try:
            return _BOOT_ID.read_text().strip() or None
        except OSError:
            return None


def begin_boot(connection: sa.Connection, host: HostClock, *, as_server: bool) -> None:
    """Fix how steady time follows from the host's monotonic clock, once for each boot.

    At a boot's beginning steady time is the wall clock's, or, where that was set back, what it was
    when the newest job was stored: that one stays before those to come.

    Args:
        connection: The connection of a transaction that writes.
        host: The clocks.
        as_server: Whether a server begins, and with it a boot whose name is not known.
    """
    name = host.boot()
    known = connection.scalars(sa.select(boots.c.id)).first()
    if known is not None and known == (name or "") and not (name is None and as_server):
        return
    newest = sa.select(jobs.c.id).order_by(jobs.c.id.desc()).limit(_NEWEST)
    last = connection.scalar(
        sa.select(sa.func.max(chunks.c.due_at)).where(
            chunks.c.job_id.in_(newest), chunks.c.position == 0
        )
    )
    offset = max(host.wall(), 0 if last is None else last + 1) - host.monotonic()
    connection.execute(sa.delete(boots))
    connection.execute(sa.insert(boots).values(id=name or "", offset_ms=offset))


def offset_ms(connection: sa.Connection) -> int:
    """Return what is added to the host's monotonic clock in this boot."""
    found: int = connection.scalars(sa.select(boots.c.offset_ms)).one()
    return found
