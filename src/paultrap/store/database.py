"""One database as this process uses it: many readers, and one writer at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from paultrap.store import events, sqlite
from paultrap.store.errors import StoreUnavailableError
from paultrap.store.housekeeping import Housekeeper
from paultrap.store.removal import remove_some

__all__ = ["Database"]


class Database:
    """Connections to one SQLite file, and who is told of what is committed there.

    Writers of one process queue on a lock, which is fair and wakes at once; only between
    processes does SQLite's own waiting count, which polls.

    What may pass by itself, such as a lock that is held for long or a full disk, is raised as
    `StoreUnavailableError`.
    """

    def __init__(self, path: Path, bus: events.EventBus | None = None) -> None:
        self.path = path
        self.bus = bus or events.EventBus()
        self._reader = sqlite.open_engine(path, writes=False)
        self._writer = sqlite.open_engine(path, writes=True)
        self._passing_writer = sqlite.open_engine(path, writes=True, durable=False)
        self._lock = threading.Lock()
        self._housekeeper: Housekeeper | None = None

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction that sees one state of the database."""
        with self._translated(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction that is durable when the block ends without error."""
        with self._transaction(self._writer) as connection:
            yield connection
        self.tidy_soon()

    @contextmanager
    def write_in_passing(self) -> Iterator[sa.Connection]:
        """Give a connection in a transaction that does not wait for the disk.

        For what loses its meaning when the machine stops: who runs what, and until when.
        """
        with self._transaction(self._passing_writer) as connection:
            yield connection

    @contextmanager
    def _transaction(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        with self._translated(), self._lock, engine.begin() as connection:
            noted = events.begin(connection)
            yield connection
        # After the commit and without the lock: a listener may take its time.
        self.bus.publish(noted)

    def keep_house(self) -> None:
        """Tidy up in the background from now on; one process does."""
        self._housekeeper = Housekeeper(self.path, self._remove_some)
        self._housekeeper.call()  # A server that died may have left something.

    def tidy_soon(self) -> None:
        """Have it tidied up, where this process does that."""
        if self._housekeeper is not None:
            self._housekeeper.call()

    def remove_deleted(self) -> None:
        """Remove what deleted jobs have left: in the background where that is, else now."""
        if self._housekeeper is not None:
            self._housekeeper.call()
            return
        while self._remove_some():
            pass

    def _remove_some(self) -> bool:
        with self.write_in_passing() as connection:
            return remove_some(connection)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.OperationalError as error:
            raise StoreUnavailableError(f"{self.path} is unavailable: {error.orig}.") from error

    def close(self) -> None:
        """Close all connections."""
        if self._housekeeper is not None:
            self._housekeeper.close()
        for engine in (self._reader, self._writer, self._passing_writer):
            engine.dispose()
