"""`SqliteDatabase`: the store's port on one SQLite file: many readers, one writer at a time."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import pysqlite

from paultrap.store import clock as clocks
from paultrap.store import events
from paultrap.store.damage import DamageLog
from paultrap.store.database import Access, Sizes
from paultrap.store.errors import (
    DamagedError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)
from paultrap.store.sqlite.connections import open_engine, run_many
from paultrap.store.sqlite.copies import copy_file, keep_copy
from paultrap.store.sqlite.files import (
    ServerLock,
    check_file,
    check_file_system,
    file_bytes,
    make_private,
)
from paultrap.store.sqlite.state import FileState, is_damage
from paultrap.store.sqlite.upkeep import Shrinking, compact, empty_log
from paultrap.store.urls import shown

T = TypeVar("T")

_DIALECT = pysqlite.dialect()
_DRIVERS = {"sqlite", "sqlite+pysqlite"}
_MOST_VALUES = 900  # of one statement; any SQLite takes 999


class SqliteDatabase:
    """A `paultrap.store.database.Database` in one file, for processes of one machine.

    Writers of one process queue on a lock, which is fair and wakes at once; only between
    processes does SQLite's own waiting count, which polls. A file has one server at a time.

    Args:
        url: The URL of the file.
        access: Who opens the file: a server, a tool or a worker.
        make: Whether the file is made where it is missing; a worker makes none.
        clock: The clocks of the host; None for the system's.
        on_event: Subscribed from the first transaction on.

    Raises:
        DatabaseMissingError: There is no file or an empty one, and none is to be made.
        NetworkFileSystemError: The file would lie on a file system shared by machines.
        DatabaseInUseError: Another server has it.
        StoreError: The URL is for another driver.
    """

    is_shared = False
    look_every_s = 1.0

    def __init__(
        self,
        url: sa.URL,
        access: Access,
        *,
        make: bool = True,
        clock: clocks.HostClock | None = None,
        on_event: events.Listener | None = None,
    ) -> None:
        if url.drivername not in _DRIVERS or url.database is None:
            raise StoreError(f"there is no driver {url.drivername}; the scheme is sqlite.")
        self.url = url
        self.name = shown(url)
        self.damage = DamageLog()
        self._clock = clock or clocks.SystemClock()
        self._offset_ms: int | None = None
        self._path = path = Path(url.database)
        self._bus = events.EventBus() if on_event is None else events.EventBus(on_event)
        self._is_server = access is Access.SERVER
        self._lock = threading.Lock()
        with ExitStack() as resources:
            is_worker = access is Access.WORKER
            if is_worker or not make:
                check_file(path)
            if not is_worker:
                _prepare(path, resources, lock=self._is_server)
            self._reader = open_engine(path, writes=False)
            self._writer = open_engine(path, writes=True)
            self._volatile_writer = open_engine(path, writes=True, durable=False)
            for engine in (self._volatile_writer, self._writer, self._reader):
                resources.callback(engine.dispose)
            self._resources = resources.pop_all()
        self._state = FileState(path, self.name)
        self._shrinking = Shrinking(self.read, partial(self._transaction, self._volatile_writer))

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:  # noqa: D102  # as the port says, likewise below
        with self._translated(), self._reader.connect() as connection:
            yield connection

    look = read

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:  # noqa: D102
        with self._transaction(self._writer) as connection:
            yield connection

    def change(self, act: Callable[[sa.Connection], T], *, durable: bool = True) -> T:  # noqa: D102
        with self._transaction(self._writer if durable else self._volatile_writer) as connection:
            return act(connection)

    def lock(self, connection: sa.Connection, name: str) -> None:
        """Do nothing: whoever writes is alone."""

    def rest(self) -> None:
        """Do nothing: a file does not mind who has it open."""

    @contextmanager
    def _transaction(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        with self._translated(), self._lock:
            self._state.check_place()
            with engine.begin() as connection:
                noted = events.begin(connection)
                yield connection
            self._state.note_written()
        # After the commit and without the lock: a listener may take its time.
        self._bus.publish(noted)

    def insert_many(
        self,
        connection: sa.Connection,
        table: sa.Table,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
    ) -> None:
        """Insert rows by position.

        SQLAlchemy compiles the statement; given the values too, it would take as long for each
        row as SQLite does. One statement for many rows takes SQLite two thirds of the time.
        """
        names = tuple(columns)
        block = _rows_of_block(table, names)
        whole = len(rows) - len(rows) % block
        if block > 1 and whole:
            starts = range(0, whole, block)
            blocks = [tuple(chain.from_iterable(rows[at : at + block])) for at in starts]
            run_many(connection, _insertion(table, names, block), blocks)
            rows = rows[whole:]
        if rows:
            run_many(connection, _insertion(table, names), rows)

    def pulse(  # noqa: D102
        self, statement: sa.UpdateBase, values: Mapping[str, Any]
    ) -> Sequence[Any] | None:
        def act(connection: sa.Connection) -> Sequence[Any] | None:
            return connection.execute(statement, values).one_or_none()

        return self.change(act, durable=False)

    def now(self) -> int:  # noqa: D102
        return self._clock.wall()

    def moment(self) -> clocks.Moment:  # noqa: D102
        if self._offset_ms is None:
            with self.read() as connection:
                self._offset_ms = clocks.offset_ms(connection)
        return clocks.Moment(self._clock.wall(), self._clock.monotonic() + self._offset_ms)

    def begin(self, connection: sa.Connection) -> None:
        """Fix what steady time is in this boot of the host."""
        clocks.begin_boot(connection, self._clock, as_server=self._is_server)

    def publish(self, noted: Sequence[events.JobEvent]) -> None:  # noqa: D102
        self._bus.publish(noted)

    def subscribe(self, listener: events.Listener) -> None:  # noqa: D102
        self._bus.subscribe(listener)

    def listen(self, listener: events.NoticeListener) -> None:
        """Have ``listener`` called with what this process publishes; a file notifies nobody else."""
        self._bus.listen(listener)

    @contextmanager
    def duty(self, name: str, *, lasts: bool = False) -> Iterator[bool]:  # noqa: ARG002
        """Take on a duty: all of them are the only server's."""
        yield self._is_server

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have the lock that a server has."""
        with ExitStack() as resources:
            if not self._is_server:
                resources.callback(ServerLock(self._path).release)
            yield

    def keep_copy(self, label: str) -> Path | None:
        """Keep a copy beside the file, which is called as the file with the label; two at most."""
        return keep_copy(self._path, label)

    def copy_to(self, file: Path, *, replace: bool) -> None:
        """Copy the file, page by page, and look whether the copy is whole."""
        copy_file(self._path, file, replace=replace)

    def compact(self) -> None:
        """Write the file anew, as one that `maintain` can make smaller."""
        check_file(self._path)
        compact(self._path)

    def maintain(self) -> bool:
        """Empty the log, and then make the file smaller where much of it is unused."""
        return empty_log(self._path) and self._shrinking.run()

    def trouble(self) -> str | None:  # noqa: D102
        return self._state.trouble()

    def faults(self) -> list[str]:  # noqa: D102
        try:
            with self.read() as connection:
                found = list(connection.exec_driver_sql("PRAGMA integrity_check(100)").scalars())
        except DamagedError as error:
            return [error.part]
        return [] if found == ["ok"] else [str(each) for each in found]

    def sizes(self) -> Sizes:  # noqa: D102
        return Sizes(file_bytes(self._path), file_bytes(Path(f"{self._path}-wal")))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DatabaseError as error:
            if is_damage(error.orig):
                raise DamagedError(None, str(error.orig)) from error
            if not isinstance(error, sa.exc.OperationalError):
                raise
            if self._state.is_full(error.orig):
                raise StoreFullError(f"the disk of {self.name} is full.") from error
            raise StoreUnavailableError(f"{self.name} is unavailable: {error.orig}.") from error

    def close(self) -> None:
        """Close all connections; the last one to the file empties the log. Let another server in."""
        self._resources.close()


@lru_cache(maxsize=64)
def _rows_of_block(table: sa.Table, columns: tuple[str, ...]) -> int:
    """Return how many rows one statement inserts."""
    # The values of a statement are copied, and bytes may be many.
    if any(isinstance(table.c[name].type, sa.LargeBinary) for name in columns):
        return 1
    return _MOST_VALUES // len(columns)


@lru_cache(maxsize=64)  # To compile it takes longer than to insert a few rows.
def _insertion(table: sa.Table, columns: tuple[str, ...], rows: int = 1) -> str:
    statement = sa.insert(table).compile(dialect=_DIALECT, column_keys=list(columns))
    if statement.positiontup != list(columns):
        raise ValueError(f"the columns of {table} are not in the table's order: {list(columns)}")
    first, values, row = statement.string.rpartition("VALUES ")
    return first + values + ", ".join([row] * rows)


def _prepare(path: Path, resources: ExitStack, *, lock: bool) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # jobs are nobody else's
    check_file_system(path.parent)
    if lock:
        resources.callback(ServerLock(path).release)
    make_private(path)
