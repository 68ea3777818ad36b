"""Whether the file of an SQLite database is still there, and whether its disk has room."""

import errno
import os
import sqlite3
from pathlib import Path

import structlog

from paultrap.store.errors import StoreUnavailableError

# Less is not enough for the smallest job: its pages, and those of the log.
_LEAST_BYTES = 1 << 20

_log = structlog.get_logger("paultrap.store")


class FileState:
    """What is known of the file. Safe to use from many threads.

    Args:
        path: The database file.
        name: What people are shown of it.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._identity = self._found()
        self._is_full = False
        self._is_gone = False

    def check_place(self) -> None:
        """Refuse to write where nobody would find it: into a file that was removed or replaced.

        Raises:
            StoreUnavailableError: It was.
        """
        if self._identity is None:  # It is just made.
            self._identity = self._found()
        elif self._found() != self._identity:
            if not self._is_gone:
                self._is_gone = True
                _log.error("the database was removed under the server", database=self._name)
            raise StoreUnavailableError(f"{self._name} was removed or replaced.")

    def is_full(self, error: object) -> bool:
        """Return whether an error means that the disk is full, and keep that in mind."""
        code = getattr(error, "sqlite_errorcode", None) or 0
        found = code & 0xFF == sqlite3.SQLITE_FULL
        if code & 0xFF == sqlite3.SQLITE_IOERR:
            found = not self._has_room()
        if found and not self._is_full:
            _log.error("the disk is full", database=self._name)
        self._is_full = self._is_full or found
        return found

    def note_written(self) -> None:
        """Say that something was written: a little of it fits on a disk that is full all the same."""
        if self._is_full and self._has_room():
            _log.info("the disk has room again", database=self._name)
            self._is_full = False

    def trouble(self) -> str | None:
        """Return why nothing can be written, or None where it can, as far as is known."""
        if self._identity is not None and self._found() != self._identity:
            return "The database was removed or replaced under the server."
        self._is_full = self._is_full and not self._has_room()
        return "The disk of the database is full." if self._is_full else None

    def _found(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _has_room(self) -> bool:
        try:
            found = os.statvfs(self._path.parent)
        except OSError as error:
            return error.errno != errno.ENOSPC
        return found.f_bavail * found.f_frsize >= _LEAST_BYTES


def is_damage(error: object) -> bool:
    """Return whether SQLite has met pages, or Python texts, that nobody has written so."""
    if not isinstance(error, sqlite3.Error):
        return False
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    is_text = str(error).startswith("Could not decode to UTF-8")
    return is_text or code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
