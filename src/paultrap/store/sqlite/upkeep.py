"""What a server does for its file in the background: it empties the log, and makes the file smaller."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import sqlalchemy as sa

from paultrap.store.copies import check_room
from paultrap.store.sqlite.connections import run
from paultrap.store.sqlite.copies import translated

# Nobody else writes during a step. Those who wait in other processes poll: they need gaps.
_STEP_S = 0.005
_ROUND_S = 0.25
_SPARE_BYTES = 16 << 20  # unused space that a file keeps; the next results need it again
_SPARE_PARTS = 8  # or one of so many parts of it, if that is more
_LONG_LOG_BYTES = 64 << 20

_INCREMENTAL = 2  # as SQLite gives the mode back

_Connect = Callable[[], AbstractContextManager[sa.Connection]]


def empty_log(path: Path) -> bool:
    """Move what was committed from the write-ahead log into the database file.

    SQLite would do that within whatever commit makes the log too long, where it takes several
    times as long as the commit itself.

    Args:
        path: The database file.

    Returns:
        Whether the log can take more now: it cannot while somebody reads what is older than it.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            query = "PRAGMA wal_checkpoint(PASSIVE)"
            _is_busy, pages, moved = connection.execute(query).fetchone()
            (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    except sqlite3.Error:  # What cannot be done now can be at the next call.
        return False
    return bool((pages - moved) * page_bytes < _LONG_LOG_BYTES)


def compact(path: Path) -> None:
    """Write a file anew, without unused space, as one that an incremental vacuum can make smaller.

    SQLite needs the size of what is written twice meanwhile, and lets nobody else write.

    Args:
        path: The database file.

    Raises:
        NoRoomError: There is no room for that.
        StoreError: It could not be done; nothing has changed.
    """
    folder = path.resolve().parent
    with translated(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        unused, pages, page_bytes = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("freelist_count", "page_count", "page_size")
        )
        check_room(folder, 2 * (pages - unused) * page_bytes, "Writing the database anew")
        # Else it is where temporary files are, which may have less room.
        connection.execute(
            "PRAGMA temp_store_directory = '{}'".format(str(folder).replace("'", "''"))
        )
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Shrinking:
    """Gives the space of what was deleted back to the file system, by an incremental vacuum.

    A page at the end of the file takes the place of an unused one. The file itself becomes shorter
    when the log is emptied. A file that an earlier release has made needs `compact` first.

    Args:
        read: What begins a transaction that reads.
        write: What begins one that writes, and need not wait for the disk.
    """

    def __init__(self, read: _Connect, write: _Connect) -> None:
        self._read = read
        self._write = write

    def run(self) -> bool:
        """Do a part of it, in short transactions; return whether more is left."""
        until = time.monotonic() + _ROUND_S
        while (excess := self._excess()) > 0:
            if time.monotonic() > until:
                return True
            time.sleep(self._step(excess))
        return False

    def _excess(self) -> int:
        """Return how many pages are to go."""
        with self._read() as connection:
            mode, unused, pages, page_bytes = (
                run(connection, f"PRAGMA {name}").fetchone()[0]
                for name in ("auto_vacuum", "freelist_count", "page_count", "page_size")
            )
        if mode != _INCREMENTAL:
            return 0
        return int(unused - max(_SPARE_BYTES // page_bytes, pages // _SPARE_PARTS))

    def _step(self, pages: int) -> float:
        """Move some pages, at most so many; return for how many seconds no other could write."""
        with self._write() as connection:
            started = time.monotonic()
            for _ in range(pages):
                # Python's module ends the statement after a page, whatever number is given.
                run(connection, "PRAGMA incremental_vacuum(1)")
                if time.monotonic() - started > _STEP_S:
                    break
        return time.monotonic() - started
