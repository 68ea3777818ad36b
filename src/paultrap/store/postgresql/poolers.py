"""Whether a pooler such as pgbouncer stands before the database, and what it keeps together."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

import psycopg

_CHANNEL = "paultrap_echo"
_ECHO_S = 1.0


class Pooling(Enum):
    """What stands between this process and the database."""

    NONE = auto()
    SESSIONS = auto()  # a client has a connection to itself as long as it stays
    TRANSACTIONS = auto()  # each transaction has another: nothing of a session lasts


def pooling_of(
    connection: psycopg.Connection[Any], connect: Callable[[], psycopg.Connection[Any]]
) -> Pooling:
    """Return what stands before the database.

    Args:
        connection: A connection, in autocommit mode.
        connect: Opens another.
    """
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None  # noqa: S101  # for mypy
    if row[0] == connection.info.backend_pid:
        return Pooling.NONE
    # A pooler tells a number of its own. Whether it is to be heard what others tell, it is tried.
    connection.execute(f"LISTEN {_CHANNEL}")
    with connect() as other:
        other.execute(f"NOTIFY {_CHANNEL}")
    heard = list(connection.notifies(timeout=_ECHO_S, stop_after=1))
    return Pooling.SESSIONS if heard else Pooling.TRANSACTIONS
