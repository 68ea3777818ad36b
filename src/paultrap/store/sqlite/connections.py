"""How connections to an SQLite file are opened."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

_BUSY_TIMEOUT_S = 30.0
_SWITCH_PAUSE_S = 0.01
_READERS = 8
_JOURNAL_BYTES = 64 << 20  # what stays of the log after a large result has passed through it
# Results are large: with SQLite's 4 KB their writing takes half as long again.
_PAGE_BYTES = 1 << 14
# A log this long is emptied within a commit, which takes its time: see `SqliteDatabase.maintain`.
_LOG_PAGES = (256 << 20) // _PAGE_BYTES


def open_engine(path: Path, *, writes: bool, durable: bool = True) -> sa.Engine:
    """Return an engine on the database file, whose transactions all read or all write.

    A transaction that writes takes the write lock when it begins: one that began as a reader
    could be refused it at once, whatever the timeout.

    Args:
        path: The database file.
        writes: Whether its transactions write.
        durable: Whether a commit waits for the disk, to outlive a power cut; one that does not
            outlives the death of any process all the same.
    """
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": _BUSY_TIMEOUT_S, "isolation_level": None},
        hide_parameters=True,  # A job's content does not belong into a log.
        pool_size=1 if writes else _READERS,
        max_overflow=0 if writes else -1,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        if connection.execute("PRAGMA page_count").fetchone() == (0,):  # a new file
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _use_write_ahead_log(connection)
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        if not writes:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        run(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def run(connection: sa.Connection, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
    """Run a statement on the driver's connection: SQLAlchemy takes longer for a short one than SQLite.

    Args:
        connection: SQLAlchemy's connection.
        statement: SQL in the words of SQLite.
        values: The values of its parameters.

    Raises:
        sqlalchemy.exc.DBAPIError: As SQLAlchemy raises it.
    """
    driver: Any = connection.connection.driver_connection
    with _raised(statement):
        cursor: sqlite3.Cursor = driver.execute(statement, values)
    return cursor


def run_many(connection: sa.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement once for each of some rows of values; else as `run`."""
    driver: Any = connection.connection.driver_connection
    with _raised(statement):
        driver.executemany(statement, rows)


@contextmanager
def _raised(statement: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        base = sqlite3.Error
        raised = sa.exc.DBAPIError.instance(statement, None, error, base, hide_parameters=True)
        raise raised from error


def _use_write_ahead_log(connection: Any) -> None:
    """Switch to the write-ahead log, for which SQLite itself does not wait.

    While another process makes a new database's first switch, SQLite refuses ours at once,
    whatever the busy timeout.
    """
    deadline = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # Anything else, such as a full disk, does not pass by waiting.
            is_busy = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(_SWITCH_PAUSE_S)
        else:
            return
