"""Keeps two servers from working on one SQLite database by accident."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from paultrap.store.errors import DatabaseInUseError


class ServerLock:
    """An exclusive lock beside the database; the system drops it when the process dies.

    Raises:
        DatabaseInUseError: Another process has it.
    """

    def __init__(self, database: Path) -> None:
        # Not through a link, which could lead to a file that would be overwritten.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self._descriptor = os.open(database.with_suffix(".lock"), flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise DatabaseInUseError(
                f"Another server (process {holder or 'unknown'}) works on {database}. Stop it, "
                "or choose another database."
            ) from None
        with suppress(PermissionError):  # somebody else's, whom it was left by
            os.fchmod(self._descriptor, 0o600)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another server in."""
        os.close(self._descriptor)
