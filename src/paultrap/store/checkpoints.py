"""Moves what was committed from SQLite's write-ahead log into the database file, off the road.

SQLite would do so within whatever commit makes the log too long, and a job of many megabytes
would wait for it: moving takes several times as long as committing.
"""

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

__all__ = ["Checkpointer"]

_QUIET_S = 0.5  # Answers are read when they are ready: let that pass first.
_LONGEST_S = 5.0  # But a log that grows without a pause makes reading slow.


class Checkpointer:
    """A thread that empties the log a moment after it was told that something was committed."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._called = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpointer", daemon=True)
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
            # What cannot be moved now can be at the next call.
            with suppress(sqlite3.Error), closing(sqlite3.connect(self._database)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
