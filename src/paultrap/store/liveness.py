"""Whether a server or a worker host that others have registered is still there.

Each holds a duty for as long as it lives, and says every few seconds that it does. Neither alone is
enough where a database has several: after a database's restart nobody has a duty for a moment, and
who is cut off from it says nothing. Behind a pooler that keeps no session nobody can hold a duty for
so long, and silence alone decides.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from paultrap.store.clock import SystemClock
from paultrap.store.database import Database
from paultrap.store.tables import workers

HEARTBEAT_S = 10.0
_LONGEST_NAME = 200
LIVE_MS = round(3 * HEARTBEAT_S * 1000)  # for which who was heard of counts as there


def memory_host() -> str:
    """Return the name of what has the memory of this process: the machine or container, in this boot."""
    # A container has the machine's boot, but a name and numbers of processes of its own.
    return f"{socket.gethostname()[:_LONGEST_NAME]} {SystemClock().boot() or ''}".strip()


def server_duty(server: str | None) -> str:
    """Return the name of the duty that a server, or a worker host, holds while it lives."""
    return f"server {server or 'unknown'}"


@contextmanager
def death_of(database: Database, server: str | None) -> Iterator[bool]:
    """Give whether a server is dead. If it is, no other process takes care of that meanwhile."""
    with database.duty(server_duty(server)) as is_free:
        yield is_free and (not database.is_shared or _is_silent(database, server))


def _is_silent(database: Database, server: str | None) -> bool:
    """Return whether a server has said nothing for long, or has ended as far as can be seen."""
    columns = (workers.c.host, workers.c.pid, workers.c.ended_at, workers.c.last_seen)
    with database.read() as connection:
        row = connection.execute(sa.select(*columns).where(workers.c.id == server)).one_or_none()
    if row is None or row.ended_at is not None:
        return True
    # Where the database's clock was set back, it is what was said last that seems to lie ahead.
    if abs(database.moment().steady - row.last_seen) > LIVE_MS:
        return True
    return _is_here(row.host) and not _runs(row.pid)


def _is_here(host: str) -> bool:
    """Return whether what has this name is in this machine or container, whose processes are seen.

    What runs within another program has that one's name behind the machine's.
    """
    own = memory_host()
    return SystemClock().boot() is not None and (host == own or host.startswith(f"{own} "))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # It is another user's.
        pass
    return True
