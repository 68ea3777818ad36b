"""`PostgresqlDatabase`: the store's port on a PostgreSQL server: many writers, on many hosts."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from paultrap.store import events, quick
from paultrap.store.clock import HostClock, Moment
from paultrap.store.damage import DamageLog
from paultrap.store.database import Access, Sizes
from paultrap.store.errors import (
    DatabaseInUseError,
    DatabaseMissingError,
    StoreError,
    StoreUnavailableError,
)
from paultrap.store.liveness import death_of
from paultrap.store.postgresql import errors, locks
from paultrap.store.postgresql.clock import DatabaseClock, GivenClock
from paultrap.store.postgresql.connections import parameters_of, session_options
from paultrap.store.postgresql.copying import FEW, copy_rows
from paultrap.store.postgresql.dumps import dump
from paultrap.store.postgresql.listening import Listening
from paultrap.store.postgresql.notices import notices_of
from paultrap.store.postgresql.poolers import Pooling, pooling_of
from paultrap.store.postgresql.presence import present
from paultrap.store.postgresql.transactions import Transactions
from paultrap.store.urls import shown

T = TypeVar("T")

_DRIVER = "postgresql+psycopg"
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_LOOK_S = 10.0
_LOOK_UNTOLD_S = 2.0
_OLDEST = 150_000  # PostgreSQL 15

_LOCK = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("key", type_=sa.BigInteger)))
_ABOUT = sa.text(
    "SELECT current_setting('server_version_num')::int AS version,"
    " current_setting('server_encoding') AS encoding,"
    " to_regclass('alembic_version') IS NOT NULL AS is_made, pg_is_in_recovery() AS is_standby"
)
_STANDBY = sa.text("SELECT pg_is_in_recovery()")
_IS_STANDBY = "{} is a standby, which takes no writes."
_SIZE = sa.text("SELECT pg_database_size(current_database())")
_VERSION = sa.text("SELECT current_setting('server_version_num')::int")

_log = structlog.get_logger("paultrap.store")


class PostgresqlDatabase:
    """A `paultrap.store.database.Database` on a server, for processes of any number of hosts.

    A transaction that reads sees one state (``REPEATABLE READ``). One that writes sees what others
    have committed by each of its statements (``READ COMMITTED``), and locks what it relies on: a
    host's memory, then a session, a job, its chunks, in this order.

    Args:
        url: The URL of the database.
        access: Who opens it: a server, a tool or a worker.
        make: Whether a database that holds nothing may be taken; a worker takes none.
        clock: Takes the place of the database's clock.
        on_event: Subscribed from the first transaction on.

    Raises:
        DatabaseMissingError: It holds nothing, and nothing is to be made.
        StoreError: It cannot be reached, or is too old, or the URL is for another driver.
    """

    is_shared = True

    def __init__(
        self,
        url: sa.URL,
        access: Access,
        *,
        make: bool = True,
        clock: HostClock | None = None,
        on_event: events.Listener | None = None,
    ) -> None:
        if url.drivername not in {"postgresql", _DRIVER}:
            raise StoreError(f"there is no driver {url.drivername}; the scheme is postgresql.")
        self.url = url
        self.name = shown(url)
        self.damage = DamageLog()
        self._bus = events.EventBus() if on_event is None else events.EventBus(on_event)
        self._clock = DatabaseClock() if clock is None else GivenClock(clock)
        self._listening: Listening | None = None
        self._has_warned = False
        self._opening = threading.Lock()
        self._parameters = parameters_of(url.set(drivername=_DRIVER))
        is_made = make and access is not Access.WORKER
        self._pooling = self._look(may_be_empty=is_made, writes=access is not Access.WORKER)
        if self._pooling is Pooling.NONE:
            self._parameters.setdefault("options", session_options())
        self._transactions = Transactions(
            url.set(drivername=_DRIVER), self.name, self._pooling, self._clock, self._bus
        )
        self.read = self._transactions.read
        self.look = self._transactions.look
        self.write = self._transactions.write
        self.change = self._transactions.change
        self.rest = self._transactions.rest

    def _look(self, *, may_be_empty: bool, writes: bool) -> Pooling:
        """Look at the server before anything is made in it, and return what stands before it."""
        try:
            with psycopg.connect(**self._parameters) as connection:
                row = connection.execute(str(_ABOUT)).fetchone()
                assert row is not None  # noqa: S101  # for mypy
                version, encoding, is_made, is_standby = row
                pooling = pooling_of(connection, partial(psycopg.connect, **self._parameters))
        except psycopg.Error as error:
            raise errors.refusal(error, self.name) from error
        if version < _OLDEST:
            found = f"{version // 10_000}.{version % 10_000}"
            raise StoreError(
                f"{self.name} is PostgreSQL {found}; it takes {_OLDEST // 10_000} or newer."
            )
        if encoding != "UTF8":
            raise StoreError(
                f"{self.name} keeps text as {encoding}; choose a database whose encoding is UTF8."
            )
        if is_standby and writes:
            raise StoreError(f"{_IS_STANDBY.format(self.name)} Name the primary server.")
        if not (is_made or may_be_empty):
            raise DatabaseMissingError(f"{self.name} holds no data of paultrap.")
        return pooling

    def lock(self, connection: sa.Connection, name: str) -> None:  # noqa: D102
        quick.fetch(connection, _LOCK, {"key": locks.key_of("rows", name)})

    def insert_many(  # noqa: D102
        self,
        connection: sa.Connection,
        table: sa.Table,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
    ) -> None:
        order = [column.name for column in table.c if column.name in set(columns)]
        if list(columns) != order:
            raise ValueError(
                f"the columns of {table} are not in the table's order: {list(columns)}"
            )
        if len(rows) > FEW:
            copy_rows(connection, table, columns, rows)
        elif rows:
            named = [dict(zip(columns, row, strict=True)) for row in rows]
            quick.insert(connection, table, named)

    @property
    def look_every_s(self) -> float:  # noqa: D102
        return _LOOK_UNTOLD_S if self._pooling is Pooling.TRANSACTIONS else _LOOK_S

    def pulse(  # noqa: D102
        self, statement: sa.UpdateBase, values: Mapping[str, Any]
    ) -> Sequence[Any] | None:
        listening = self._listening
        if listening is None:
            return self.change(
                lambda connection: connection.execute(statement, values).one_or_none(),
                durable=False,
            )
        text, parameters = _compiled(statement)
        try:
            return listening.execute(text, {**parameters, **values})
        except psycopg.Error as error:
            raise StoreUnavailableError(f"{self.name} is unavailable: {error}") from error

    # ---- time

    def now(self) -> int:  # noqa: D102
        return self.moment().wall

    def moment(self) -> Moment:  # noqa: D102
        if self._clock.is_unknown():
            with self.read():  # which looks at it
                pass
        return self._clock.moment()

    def begin(self, connection: sa.Connection) -> None:
        """Do nothing: the database's own clock counts."""

    # ---- what others hear, and what one alone does

    def publish(self, noted: Sequence[events.JobEvent]) -> None:  # noqa: D102
        self._bus.publish(noted)

    def subscribe(self, listener: events.Listener) -> None:  # noqa: D102
        self._bus.subscribe(listener)

    def listen(self, listener: events.NoticeListener) -> None:  # noqa: D102
        self._bus.listen(listener)
        self._listen()
        if self._pooling is Pooling.TRANSACTIONS and not self._has_warned:
            self._has_warned = True
            _log.warning(
                "a pooler stands before the database that gives each transaction another connection:"
                " there are no notifications, and work is looked for every few seconds; name the"
                " database itself, or let the pooler pool sessions",
                database=self.name,
            )

    def _listen(self) -> Listening | None:
        """Return the connection that listens, which is opened when it is first needed."""
        with self._opening:
            return self._opened()

    def _opened(self) -> Listening | None:
        if self._listening is None and self._pooling is not Pooling.TRANSACTIONS:
            listening = Listening(
                self._parameters,
                self.name,
                lambda payload: self._bus.tell(notices_of(self._transactions.process, payload)),
                lambda: self._bus.tell([events.ANYTHING]),
            )
            try:
                listening.start()
            except psycopg.Error as error:
                listening.close()
                raise StoreUnavailableError(f"{self.name} is unavailable: {error}") from error
            self._listening = listening
        return self._listening

    @contextmanager
    def duty(self, name: str, *, lasts: bool = False) -> Iterator[bool]:  # noqa: D102
        listening = self._listen()
        if listening is None and lasts:
            yield True  # Who is silent for long counts as dead; see `paultrap.store.liveness`.
            return
        if listening is None:
            with self._duty_of_transaction(name) as is_ours:
                yield is_ours
            return
        if not listening.take(name):
            yield False
            return
        try:
            yield True
        finally:
            listening.let_go(name)

    @contextmanager
    def _duty_of_transaction(self, name: str) -> Iterator[bool]:
        """Take on a duty behind a pooler, where only a transaction keeps its connection."""
        with self._transactions.translated(), self._transactions.quick.connect() as connection:
            key = {"key": locks.key_of("duty", name)}
            yield bool(connection.scalar(sa.text("SELECT pg_try_advisory_xact_lock(:key)"), key))

    # ---- the server

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Look whether a server or a worker host is registered that has its duty."""
        now = self.moment().steady
        with self.read() as connection:
            found = present(connection, now)
        for each in found:
            with death_of(self, each.id) as is_dead:
                if not is_dead:
                    raise DatabaseInUseError(
                        f"A {each.shown} works on {self.name}. Stop it first; one that was killed counts for half a minute."
                    )
        yield

    def keep_copy(self, label: str) -> Path | None:  # noqa: ARG002
        """Keep none: a backup is made before, by `copy_to` or the site's own means."""
        return None

    def copy_to(self, file: Path, *, replace: bool) -> None:
        """Have `pg_dump` write an archive, which `pg_restore` reads."""
        with self.read() as connection:
            version = connection.scalars(_VERSION).one()
        dump(self._parameters, version, self.name, file, replace=replace)

    def compact(self) -> None:
        """Refuse: the server gives space back to other rows, and `VACUUM FULL` is its owner's."""
        raise StoreError(
            f"{self.name} is PostgreSQL's, whose autovacuum looks after unused space by itself."
        )

    def maintain(self) -> bool:
        """Do nothing: the server maintains itself."""
        return False

    def trouble(self) -> str | None:  # noqa: D102
        with self.read() as connection:
            is_standby = connection.scalar(_STANDBY)
        return _IS_STANDBY.format(self.name) if is_standby else None

    def faults(self) -> list[str]:
        """Return nothing: the server checks its pages when it reads them."""
        return []

    def sizes(self) -> Sizes:  # noqa: D102
        with self.read() as connection:
            return Sizes(connection.scalars(_SIZE).one(), 0)

    def close(self) -> None:  # noqa: D102
        if self._listening is not None:
            self._listening.close()
        self._transactions.close()


@lru_cache(maxsize=16)
def _compiled(statement: sa.UpdateBase) -> tuple[str, dict[str, Any]]:
    """Return a statement as the driver takes it, and the values of those parameters that have some."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return compiled.string, dict(compiled.params)
