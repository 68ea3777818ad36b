"""Background maintenance: removing what deleted jobs have left, and the engine's own upkeep.

Both move megabytes, which no commit should wait for.
"""

import threading
from contextlib import suppress

from paultrap.store.database import Database
from paultrap.store.errors import StoreUnavailableError
from paultrap.store.events import JobEvent
from paultrap.store.removal import remove_some

_QUIET_S = 0.5  # Answers are read when they are ready: let that pass first.
_LONGEST_S = 5.0  # But an SQLite log that grows without a pause makes reading slow.
_DUTY = "maintenance"


class Maintenance:
    """What keeps a database small, by a thread of a server a moment after something was committed.

    Args:
        database: What is maintained, by one process at a time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._requested = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, name="maintenance", daemon=True)

    def start(self) -> None:
        """Maintain the database in the background from now on."""
        self._database.subscribe(self._hear)
        self._thread.start()
        self.request()  # A server that died may have left something.

    def request(self) -> None:
        """Say that something was committed, by this process or another."""
        self._requested.set()

    def run(self) -> None:
        """Maintain the database now, where this process may."""
        with self._database.duty(_DUTY) as is_ours:
            if is_ours:
                while not self._stopping.is_set() and self._remove_some():
                    pass
        self._database.maintain()

    def close(self) -> None:
        """End the thread, if it runs."""
        self._stopping.set()
        self._requested.set()
        if self._thread.is_alive():
            self._thread.join()

    def _hear(self, _: JobEvent) -> None:
        self.request()

    def _keep_running(self) -> None:
        while True:
            self._requested.wait()
            waited = 0.0
            while self._requested.is_set() and waited < _LONGEST_S:
                self._requested.clear()
                if self._stopping.wait(_QUIET_S):
                    return
                waited += _QUIET_S
            # What cannot be done now can be at the next request.
            with suppress(StoreUnavailableError):
                self.run()

    def _remove_some(self) -> bool:
        with self._database.write_volatile() as connection:
            return remove_some(connection)
