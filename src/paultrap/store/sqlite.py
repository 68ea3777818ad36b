"""What is particular to SQLite: how a file is opened, and where it must not lie."""

import os
import re
import sqlite3
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from paultrap.store.errors import NetworkFileSystemError

__all__ = ["check_file_system", "insert_many", "make_private", "open_engine"]

_BUSY_TIMEOUT_S = 30.0
_SWITCH_PAUSE_S = 0.01
_READERS = 8
_JOURNAL_BYTES = 64 << 20  # what stays of the log after a large result has passed through it
_PAGE_BYTES = (
    1 << 14
)  # Results are large: with SQLite's 4 KB their writing takes half as long again.
# A log this long is emptied within a commit, which takes its time: see `Housekeeper`.
_LOG_PAGES = (256 << 20) // _PAGE_BYTES
_ESCAPE = re.compile(r"\\([0-7]{3})")  # how a space in a mount point is written
_MOUNTS = Path("/proc/mounts")
_OWNER_ALONE = 0o600
_BESIDE = ("-wal", "-shm", "-journal")
# File systems that several machines may share; the write-ahead log needs memory shared by all
# processes that use the database, so all of them must run on one machine.
_NETWORK_FILE_SYSTEMS = {
    "acfs",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "fuse.ceph",
    "fuse.glusterfs",
    "fuse.sshfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "panfs",
    "pvfs2",
    "smb3",
    "smbfs",
    "wekafs",
}


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
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # counts for a new file only
        _use_write_ahead_log(connection)
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        if not writes:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def insert_many(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert thousands of rows whose values need no conversion.

    SQLAlchemy compiles the statement; given the values too, it would take as long for each row
    as SQLite does.

    Args:
        connection: To write on.
        table: Where to.
        columns: Which columns, in the table's order; the others stay null.
        rows: Their values.
    """
    statement = sa.insert(table).compile(dialect=connection.dialect, column_keys=list(columns))
    if statement.positiontup != list(columns):
        raise ValueError(f"the columns of {table} are not in the table's order: {columns}")
    connection.exec_driver_sql(statement.string, list(rows))


def _use_write_ahead_log(connection: Any) -> None:
    """Switch to the write-ahead log, for which SQLite itself does not wait.

    While another process makes a new database's first switch, SQLite refuses ours at once,
    whatever the busy timeout.
    """
    deadline = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_SWITCH_PAUSE_S)
        else:
            return


def make_private(path: Path) -> None:
    """Let nobody but its owner read a database, which is made where it is missing.

    Jobs and keys are in it, and the folder may be one that others read. SQLite gives the files that
    it makes beside a database the rights of the database.

    Args:
        path: The database file.
    """
    path = path.resolve()  # SQLite follows a link, and makes its files beside what that leads to.
    if not path.exists():
        with suppress(OSError):  # SQLite says what is wrong.
            path.touch(_OWNER_ALONE)
    for found in (path, *(path.with_name(path.name + ending) for ending in _BESIDE)):
        # Somebody else's file, which this user may use, keeps the rights that its owner gave it.
        with suppress(FileNotFoundError, PermissionError):
            mode = found.lstat().st_mode
            if stat.S_ISREG(mode) and stat.S_IMODE(mode) & ~_OWNER_ALONE:
                found.chmod(_OWNER_ALONE)


def check_file_system(folder: Path, mounts: str | None = None) -> None:
    """Refuse a folder on a file system that several machines share.

    Args:
        folder: Where the database file would lie.
        mounts: Text in the form of ``/proc/mounts``, which is read when this is None.

    Raises:
        NetworkFileSystemError: It is one.
    """
    if mounts is None:
        if not _MOUNTS.exists():
            return
        mounts = _MOUNTS.read_text(errors="surrogateescape")
    kind, mount_point = _file_system_of(folder.resolve(), mounts)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise NetworkFileSystemError(
            f"{folder} is on a network file system ({kind}, mounted at {mount_point}), on which "
            "SQLite can lose data. Choose a folder on a local disk with --data-dir "
            "(PAULTRAP_DATA_DIR)."
        )


def _file_system_of(folder: Path, mounts: str) -> tuple[str, str]:
    """Return the kind and the mount point of the file system that ``folder`` lies on."""
    found = ("", "")
    for line in mounts.splitlines():
        _device, mount_point, kind, *_ = [*line.split(" "), "", "", ""]
        mount_point = _ESCAPE.sub(lambda found: chr(int(found[1], 8)), mount_point)
        # The last mount of the longest path is the one that is seen.
        if folder.is_relative_to(mount_point or os.sep) and len(mount_point) >= len(found[1]):
            found = (kind, mount_point)
    return found
