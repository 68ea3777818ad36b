"""Transactions on PostgreSQL: run again where others have stopped them, and never of unknown fate."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa

from paultrap.store import events, quick
from paultrap.store.locking import BusyError
from paultrap.store.postgresql import errors
from paultrap.store.postgresql.clock import DatabaseClock, GivenClock
from paultrap.store.postgresql.connections import QUICK, SETTINGS, open_engine
from paultrap.store.postgresql.notices import CHANNEL, payload_of
from paultrap.store.postgresql.poolers import Pooling

T = TypeVar("T")

_TRIES = 10  # of a transaction that others stop
_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 1.0

# `xid8` has no type of its own in Python.
_XID: sa.Select[Any] = sa.select(
    sa.literal_column("pg_current_xact_id_if_assigned()::text::bigint").label("xid")
)
_NOTIFY: sa.Select[Any] = sa.select(
    sa.literal_column("pg_current_xact_id()::text::bigint").label("xid"),
    sa.func.pg_notify(CHANNEL, sa.bindparam("payload", type_=sa.String)).label("told"),
)
_STATUS = sa.text("SELECT pg_xact_status(CAST(CAST(:xid AS text) AS xid8))")
# Of a transaction behind a pooler, whose connections have no settings of ours.
_SETTINGS = {
    durable: sa.text(
        "SELECT "
        + ", ".join(
            f"set_config('{name}', '{value}', true)"
            for name, value in (SETTINGS if durable else SETTINGS | QUICK).items()
        )
    )
    for durable in (True, False)
}


@dataclass
class Attempt(Generic[T]):
    """A transaction.

    Attributes:
        noted: The events that are published with its commit.
        result: What is returned where it is committed.
        xid: By what number the database knows it; None before its commit is sent, and where it has
            changed nothing or is not to be known.
    """

    noted: Sequence[events.JobEvent] = ()
    xid: int | None = None
    result: T = cast("T", None)  # noqa: RUF009  # set before the commit is sent


class Transactions:
    """The transactions of one process.

    Args:
        url: The URL of the database, for psycopg.
        name: What people call it.
        pooling: What stands before it.
        clock: Looked at with a transaction when that is due.
        bus: Told of what was committed.

    Attributes:
        process: A name of this process, which its notifications have.
        quick: The connections whose commits do not wait for the disk.
    """

    def __init__(
        self,
        url: sa.URL,
        name: str,
        pooling: Pooling,
        clock: DatabaseClock | GivenClock,
        bus: events.EventBus,
    ) -> None:
        self.process = secrets.token_hex(4)
        self._name = name
        self._pooling = pooling
        self._clock = clock
        self._bus = bus
        self._is_closed = Event()
        is_pooled = pooling is not Pooling.NONE
        self._durable = open_engine(url, durable=True, pooled=is_pooled)
        self.quick = open_engine(url, durable=False, pooled=is_pooled)
        self._plain = self.quick.execution_options(isolation_level="AUTOCOMMIT")
        self._reader = self.quick.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Do as `Database.read`; likewise below."""
        # Ends with a commit: psycopg prepares all statements of a connection anew after a rollback.
        with self.translated(), self._reader.begin() as connection:
            if self._clock.is_due():
                self._clock.look(connection)
            yield connection

    @contextmanager
    def look(self) -> Iterator[sa.Connection]:
        """Do as the port says."""
        with self.translated(), self._plain.connect() as connection:
            if self._clock.is_due():
                self._clock.look(connection)
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Do as the port says."""
        with self.translated(), self._transaction(Attempt[None](), durable=True) as connection:
            yield connection

    def change(self, act: Callable[[sa.Connection], T], *, durable: bool = True) -> T:
        """Do as the port says."""
        tries = 0
        with self.translated():
            while True:
                attempt: Attempt[T] = Attempt()
                try:
                    with self._transaction(attempt, durable=durable) as connection:
                        attempt.result = result = act(connection)
                except (sa.exc.DBAPIError, sa.exc.TimeoutError, BusyError) as error:
                    if attempt.xid is not None and errors.is_lost(error):
                        if self._was_committed(attempt, error):
                            self._bus.publish(attempt.noted)
                            return attempt.result
                        continue
                    tries += 1
                    if not self._goes_on(error, tries):
                        raise
                else:
                    return result

    def _goes_on(self, error: Exception, tries: int) -> bool:
        """Return whether a transaction that failed is run again, after a pause."""
        if isinstance(error, BusyError) or errors.is_stopped(error):
            return tries < _TRIES and self._pause(tries)
        # The connection may have been lost long ago: another is tried at once. And a row that
        # another has just made is seen by the next try.
        return tries == 1 and (errors.is_lost(error) or errors.is_taken(error))

    def _was_committed(self, attempt: Attempt[Any], error: Exception) -> bool:
        """Return whether a transaction was committed during which the connection was lost.

        It may take as long as the database does to come back.
        """
        tries = 0
        while True:
            try:
                with self._reader.connect() as connection:
                    status = connection.scalar(_STATUS, {"xid": str(attempt.xid)})
            except sa.exc.SQLAlchemyError as again:
                if not errors.is_lost(again):
                    raise
            else:
                if status != "in progress":
                    return bool(status == "committed")
            tries += 1
            if not self._pause(tries):
                raise error

    def _pause(self, tries: int) -> bool:
        """Wait before another try; return False where the database is being closed."""
        # Two that have stopped each other must not meet again.
        pause_s = min(_PAUSE_S * 2 ** min(tries, 10), _LONGEST_PAUSE_S)
        return not self._is_closed.wait(pause_s * (0.5 + secrets.randbelow(1000) / 1000))

    @contextmanager
    def _transaction(self, attempt: Attempt[Any], *, durable: bool) -> Iterator[sa.Connection]:
        with (self._durable if durable else self.quick).connect() as connection:
            transaction = connection.begin()
            try:
                if self._clock.is_due():
                    self._clock.look(connection)
                if self._pooling is not Pooling.NONE:
                    connection.execute(_SETTINGS[durable])
                attempt.noted = events.begin(connection)
                yield connection
                xid = self._tell(connection, attempt, durable=durable)
            except BaseException:
                transaction.rollback()
                raise
            attempt.xid = xid
            transaction.commit()
        self._bus.publish(attempt.noted)

    def _tell(
        self, connection: sa.Connection, attempt: Attempt[Any], *, durable: bool
    ) -> int | None:
        """Have other processes told of a transaction, and return by what number it is known."""
        payload = payload_of(self.process, attempt.noted)
        if payload is not None:
            return _number(quick.fetch(connection, _NOTIFY, {"payload": payload}))
        return _number(quick.fetch(connection, _XID)) if durable else None

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise the errors of the database in the store's words."""
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            found = errors.translated(error, self._name)
            if found is error:
                raise
            raise found from error

    def rest(self) -> None:
        """Close the connections that nobody uses."""
        self._durable.dispose()
        self.quick.dispose()

    def close(self) -> None:
        """Close all connections, those in use as they are given back; what is tried again ends."""
        self._is_closed.set()
        for engine in (self._durable, self.quick):
            engine.pool.dispose()  # `Engine.dispose` would make another pool, which nobody closes.


def _number(found: list[quick.Row]) -> int | None:
    number: int | None = found[0].xid
    return number
