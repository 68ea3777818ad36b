"""Copies of a database file, made by SQLite's backup beside whoever uses the file."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from paultrap.store.copies import check_room, new_file
from paultrap.store.errors import DamagedError, StoreError, StoreFullError
from paultrap.store.sqlite.state import is_damage

_STEP_PAGES = 1024  # after each, a signal is heeded
_SPARE_BYTES = 16 << 20  # for those who write meanwhile
_KEPT = 2
_KEEPING = (
    "Before the schema is changed, a copy is kept (not by `paultrap db upgrade --no-copy`). That of"
)


def copy_file(path: Path, target: Path, *, replace: bool) -> None:
    """Copy a database as it is at this moment, and look whether the copy is whole.

    Args:
        path: The database file.
        target: Where the copy is to be.
        replace: Whether it may take the place of a file.

    Raises:
        StoreError: The copy cannot be there.
        StoreFullError: There is no room for it.
        DamagedError: The database is damaged.
    """
    path = path.resolve()
    if any(_is_same(target, path.with_name(path.name + each)) for each in ("", "-wal", "-shm")):
        raise StoreError(f"{target} is the database itself.")
    with new_file(target, replace=replace) as part:
        _copy(path, part, "The copy")
        _check(part)


def keep_copy(path: Path, label: str) -> Path:
    """Keep a copy beside the database, called as that with a label, and no more than the newest two.

    Raises:
        NoRoomError: There is no room for it.
    """
    path = path.resolve()  # on the disk that the database is on
    kept = path.with_name(f"{path.name}.{label}")
    with new_file(kept, replace=True) as part:
        _copy(path, part, f"{_KEEPING} {path}")
    ours = re.compile(re.escape(f"{path.name}.before-") + r"\d{4}")
    found = [each for each in path.parent.iterdir() if ours.fullmatch(each.name) and each != kept]
    found.sort(key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for each in found[_KEPT - 1 :]:
        each.unlink()
    return kept


def _is_same(target: Path, path: Path) -> bool:
    return target.exists() and path.exists() and target.samefile(path)


def _copy(path: Path, part: Path, what: str) -> None:
    with (
        translated(part),
        closing(sqlite3.connect(path, isolation_level=None)) as source,
        closing(sqlite3.connect(part, isolation_level=None)) as target,
    ):
        # Only the whole copy counts, and that is brought to disk when it is whole.
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        source.execute("BEGIN")  # One state is read, whoever writes meanwhile.
        (pages,) = source.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = source.execute("PRAGMA page_size").fetchone()
        check_room(part.parent, pages * page_bytes + _SPARE_BYTES, what)
        source.backup(target, pages=_STEP_PAGES, progress=lambda *_: None)


def _check(part: Path) -> None:
    """Look whether a copy is whole, without making files beside it."""
    with (
        translated(part),
        closing(
            sqlite3.connect(f"{part.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as connection,
    ):
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise DamagedError(None, str(found))


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise what SQLite says about a file that is written as whole as a `StoreError`."""
    try:
        yield
    except sqlite3.Error as error:
        if is_damage(error):
            raise DamagedError(None, str(error)) from error
        if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise StoreFullError(f"the disk of {path.parent} is full.") from error
        raise StoreError(f"{path} cannot be written: {error}.") from error
