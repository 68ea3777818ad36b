"""What the store does off the road, in a thread of the server: moving and removing megabytes."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from paultrap.store.errors import StoreUnavailableError

__all__ = ["Housekeeper"]

_QUIET_S = 0.5  # Answers are read when they are ready: let that pass first.
_LONGEST_S = 5.0  # But a log that grows without a pause makes reading slow.


class Housekeeper:
    """A thread that tidies up a moment after it was told that something was committed.

    It removes what belonged to deleted jobs, and it moves what was committed from SQLite's
    write-ahead log into the database file. SQLite would do that within whatever commit makes the
    log too long, where it takes several times as long as the commit itself.

    Args:
        database: The database file.
        remove_some: Removes a part of what deleted jobs have left; returns whether there was any.
    """

    def __init__(self, database: Path, remove_some: Callable[[], bool]) -> None:
        self._database = database
        self._remove_some = remove_some
        self._called = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)
        self._thread.start()

    def call(self) -> None:
        """Say that something was committed, by this process or another."""
        self._called.set()

    def close(self) -> None:
        """End the thread; the last connection to the database empties the log as it closes."""
        self._stopping.set()
        self._called.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._called.wait()
            waited = 0.0
            while self._called.is_set() and waited < _LONGEST_S:
                self._called.clear()
                if self._stopping.wait(_QUIET_S):
                    return
                waited += _QUIET_S
            # What cannot be done now can be at the next call.
            with suppress(sqlite3.Error, StoreUnavailableError):
                self._tidy()

    def _tidy(self) -> None:
        while not self._stopping.is_set() and self._remove_some():
            pass
        with closing(sqlite3.connect(self._database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
