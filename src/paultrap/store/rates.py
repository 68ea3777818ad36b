"""`Rates`: how many requests each key may still send, to all servers of a database together.

A bucket is what a key has spent, and when that was so. It fills up again steadily, within a minute.
Everything is counted in whole numbers: a request takes a minute's milliseconds, and as many come back
in each millisecond as requests in a minute.
"""

from typing import NamedTuple

import sqlalchemy as sa

from paultrap.store.database import Database
from paultrap.store.tables import rate_buckets

_REQUEST = 60_000  # a minute in milliseconds, after which every bucket is full
_BUCKET = sa.select(rate_buckets.c.spent, rate_buckets.c.since).where(
    rate_buckets.c.key_id == sa.bindparam("key")
)


class Grant(NamedTuple):
    """What was taken out of a bucket.

    Attributes:
        requests: How many requests.
        wait_ms: In how many milliseconds there is one where there is none now.
    """

    requests: int
    wait_ms: int


class Rates:
    """The buckets of a database, each of one API key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, key_id: str, wanted: int, per_minute: int) -> Grant:
        """Take up to ``wanted`` requests out of the bucket of a key.

        Args:
            key_id: The id of the key.
            wanted: How many are wanted, 1 or more.
            per_minute: How many requests a full bucket has, and how many come back in a minute.
        """

        def take(connection: sa.Connection) -> Grant:
            now, spent = self._spent(connection, key_id, per_minute)
            left = max(0, per_minute * _REQUEST - spent)
            count = min(wanted, left // _REQUEST)
            if count:
                self._write(connection, key_id, spent + count * _REQUEST, now)
            return Grant(count, 0 if count else -(-(_REQUEST - left) // per_minute))

        return self._database.change(take, durable=False)

    def give_back(self, key_id: str, count: int, per_minute: int) -> None:
        """Put back what was taken and not used."""

        def give_back(connection: sa.Connection) -> None:
            now, spent = self._spent(connection, key_id, per_minute)
            self._write(connection, key_id, max(0, spent - count * _REQUEST), now)

        self._database.change(give_back, durable=False)

    def remove_full(self) -> None:
        """Remove the buckets that are full again."""
        full = rate_buckets.c.since < self._database.moment().steady - _REQUEST
        with self._database.read() as connection:
            if connection.scalar(sa.select(rate_buckets.c.key_id).where(full).limit(1)) is None:
                return
        gone = sa.delete(rate_buckets).where(full)
        self._database.change(lambda connection: connection.execute(gone), durable=False)

    def _spent(self, connection: sa.Connection, key_id: str, per_minute: int) -> tuple[int, int]:
        """Return what time it is, and what of a bucket is spent; nobody else changes it meanwhile."""
        self._database.lock(connection, f"rate {key_id}")
        now = self._database.moment().steady
        row = connection.execute(_BUCKET, {"key": key_id}).one_or_none()
        if row is None:
            return now, 0
        # The clocks of two servers agree but for a moment.
        return now, max(0, row.spent - max(0, now - row.since) * per_minute)

    def _write(self, connection: sa.Connection, key_id: str, spent: int, now: int) -> None:
        values = {"spent": spent, "since": now}
        which = rate_buckets.c.key_id == key_id
        changed = connection.execute(sa.update(rate_buckets).where(which).values(**values))
        if not changed.rowcount:
            connection.execute(sa.insert(rate_buckets).values(key_id=key_id, **values))
