"""Keeps two servers from working on one SQLite database by accident."""

import fcntl
import os
from pathlib import Path

from paultrap.store.errors import DatabaseInUseError

__all__ = ["ServerLock"]


class ServerLock:
    """An exclusive lock beside the database; the system drops it when the process dies.

    Raises:
        DatabaseInUseError: Another process has it.
    """

    def __init__(self, database: Path) -> None:
        self._descriptor = os.open(database.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise DatabaseInUseError(
                f"Another server (process {holder or 'unknown'}) works on {database}. Stop it, "
                "or choose another data directory with --data-dir (PAULTRAP_DATA_DIR)."
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another server in."""
        os.close(self._descriptor)
