"""`Store`: an open database and its clients. They block; callers bring the threads."""

import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from paultrap.jobs import Identifiers, new_id
from paultrap.store import care, schema
from paultrap.store.accounts import Accounts
from paultrap.store.checking import CheckReport, find_damage
from paultrap.store.clock import HostClock
from paultrap.store.creations import Creations
from paultrap.store.database import Access, Database
from paultrap.store.engines import connect
from paultrap.store.errors import (
    NotSharedError,
    StoreError,
    StoreUnavailableError,
)
from paultrap.store.events import Listener, NoticeListener
from paultrap.store.job_store import JobStore
from paultrap.store.keys import Keys, ensure_open_key
from paultrap.store.liveness import server_duty
from paultrap.store.maintenance import Maintenance
from paultrap.store.monitoring import StoreLoad, read_backends
from paultrap.store.processes import Processes
from paultrap.store.rates import Rates
from paultrap.store.sessions import Sessions
from paultrap.store.tables import circuits, jobs, sessions
from paultrap.store.usage import Usage
from paultrap.store.work_queue import WorkQueue
from paultrap.store.workers import Workers, check_release

_ADVICE = "; `paultrap db check` lists what is damaged, where it can still be opened"


class Store:
    """An open database, with a client for each purpose. Safe to use from many threads.

    Attributes:
        server: The id of the server whose it is, a new one each time a server opens; else None.
        creations: Which requests have made something.
        jobs: Jobs and their results: what those who submit them use.
        queue: Chunks to run: what workers use.
        accounts: Organizations, projects and users.
        keys: API keys: who is calling.
        sessions: Sessions of jobs.
        usage: What organizations have used.
        rates: What each key may still send, where several servers share the database.
        processes: The processes that lease chunks.
        workers: The servers and worker hosts that are registered.
        maintenance: Maintains the database, in the background where a server opened it.
        migration: How its schema was changed when it was opened, or None where it was not.
    """

    def __init__(
        self,
        database: Database,
        resources: ExitStack,
        server: str | None,
        ids: Identifiers | None = None,
    ) -> None:
        self._database = database
        self._resources = resources
        self.server = server
        ids = ids or Identifiers(database.now)
        self.creations = Creations(database, server)
        self.jobs = JobStore(database, self.creations, ids)
        self.queue = WorkQueue(database, server)
        self.accounts = Accounts(database)
        self.keys = Keys(database)
        self.sessions = Sessions(database, self.creations, ids)
        self.usage = Usage(database)
        self.rates = Rates(database)
        self.processes = Processes(database, server)
        self.workers = Workers(database, server)
        self.maintenance = Maintenance(
            database, self.queue, self.creations, self.workers, self.rates
        )
        resources.callback(self.maintenance.close)
        self.migration: schema.Migration | None = None
        self._is_closed = False

    @classmethod
    def open(
        cls,
        place: sa.URL | Path | str,
        *,
        as_server: bool = False,
        make: bool = True,
        clock: HostClock | None = None,
        on_event: Listener | None = None,
    ) -> Self:
        """Open a database, making it where it is missing.

        Args:
            place: The URL of the database, or the path of an SQLite file.
            as_server: Whether a server opens it. It frees what the workers of dead servers had
                leased, and maintains the database until it closes it. An SQLite file has one
                server at a time.
            make: Whether it is made where it is missing.
            clock: What takes the place of the clocks that the engine goes by.
            on_event: The listener of `on_event`, here from the first transaction on.

        Raises:
            DatabaseMissingError: It is missing, and not to be made.
            NetworkFileSystemError: A file would lie on a file system shared by machines.
            SchemaVersionError: The database was written by a newer release.
            DatabaseInUseError: ``as_server``, and another server has the file; or its schema is to
                be changed, and a server has it.
            NoRoomError: Its schema is to be changed, and there is no room for a copy of the file.
            StoreError: It is no database, or cannot be written.
        """
        access = Access.SERVER if as_server else Access.TOOL
        with ExitStack() as resources:
            database = connect(place, access, make=make, clock=clock, on_event=on_event)
            resources.callback(database.close)
            server = new_id() if as_server else None
            ids = Identifiers(database.now)
            with care.refusing(database, _ADVICE):
                migration = schema.migrate(database)
                database.change(partial(_begin, database, ids))
                if server is not None:
                    resources.enter_context(database.duty(server_duty(server), lasts=True))
                    WorkQueue(database, server).release_dead_servers(unknown=True)
            store = cls(database, resources.pop_all(), server, ids)
            store.migration = migration
            if as_server:
                store.maintenance.start()
            return store
        raise AssertionError  # An ExitStack swallows nothing; mypy cannot know.

    @classmethod
    def attach(
        cls,
        place: sa.URL | Path | str,
        *,
        server: str | None = None,
        clock: HostClock | None = None,
        on_event: Listener | None = None,
    ) -> Self:
        """Open a database that a server has open, as its workers do: nothing is made or changed.

        Args:
            place: The URL of the database, or the path of an SQLite file.
            server: The id of the server that started this process.
            clock: What takes the place of the clocks that the engine goes by.
            on_event: The listener of `on_event`, here from the first transaction on.

        Raises:
            DatabaseMissingError: It is missing.
            SchemaVersionError: Its schema is not this release's.
            StoreError: It cannot be read.
        """
        with ExitStack() as resources:
            database = connect(place, Access.WORKER, clock=clock, on_event=on_event)
            resources.callback(database.close)
            with care.refusing(database):
                schema.check(database)
            return cls(database, resources.pop_all(), server)
        raise AssertionError  # as above

    @classmethod
    def join(
        cls,
        place: sa.URL | Path | str,
        *,
        version: str,
        on_event: Listener | None = None,
    ) -> Self:
        """Open a database that servers use, to run their jobs on this machine.

        Args:
            place: The URL of the database.
            version: The release of this process.
            on_event: The listener of `on_event`, here from the first transaction on.

        Raises:
            DatabaseMissingError: It is missing.
            NotSharedError: It is one server's alone.
            SchemaVersionError: Its schema is not this release's.
            ReleaseError: Its newest server is of another release.
            StoreError: It cannot be read.
        """
        with ExitStack() as resources:
            database = connect(place, Access.WORKER, on_event=on_event)
            resources.callback(database.close)
            if not database.is_shared:
                raise NotSharedError(
                    f"{database.name} is a file that one server has for itself, with its workers."
                )
            with care.refusing(database):
                schema.check(database)
                check_release(database, version)
                if reason := database.trouble():
                    raise StoreError(reason)
            server = new_id()
            resources.enter_context(database.duty(server_duty(server), lasts=True))
            return cls(database, resources.pop_all(), server)
        raise AssertionError  # as above

    @property
    def is_shared(self) -> bool:
        """Whether several servers can use the database, and workers of other machines."""
        return self._database.is_shared

    @property
    def look_every_s(self) -> float:
        """After how many seconds whoever waits for something looks for it, told or not."""
        return self._database.look_every_s

    @property
    def url(self) -> sa.URL:
        """Where the database is; there may be a password in it."""
        return self._database.url

    @property
    def name(self) -> str:
        """What people are shown in the place of the URL; without a password."""
        return self._database.name

    def on_event(self, listener: Listener) -> None:
        """Have ``listener`` called with each event of a job that this process commits.

        Args:
            listener: Called after the commit, in any thread; must not block for long.
        """
        self._database.subscribe(listener)

    def on_notice(self, listener: NoticeListener) -> None:
        """Have ``listener`` called with what happens to jobs, also by other processes.

        Args:
            listener: Called in any thread; must not block for long.
        """
        self._database.listen(listener)

    def ask(self) -> None:
        """Ask the database for something small.

        Raises:
            StoreError: It does not answer, or cannot be read.
        """
        if self._is_closed:
            raise StoreUnavailableError(f"{self.name} was closed.")
        try:
            with self._database.read() as connection:
                connection.execute(sa.text("SELECT 1 FROM alembic_version"))
        except sa.exc.SQLAlchemyError as error:
            raise StoreUnavailableError(f"{self.name} cannot be read.") from error

    def is_open(self) -> bool:
        """Return whether the database answers."""
        try:
            self.ask()
        except StoreError:
            return False
        return True

    def trouble(self) -> str | None:
        """Return, in a sentence, why it cannot be used now, or None where it can."""
        try:
            self.ask()
        except StoreError as error:
            return f"The store does not answer: {error}"
        return self._database.trouble() or self.maintenance.trouble()

    def check(self) -> CheckReport:
        """Read everything, and return what is damaged."""
        return find_damage(self._database)

    def load(self) -> StoreLoad:
        """Return what waits and what runs, and how large the database is."""
        started = time.perf_counter()
        with self._database.read() as connection:
            backends = read_backends(connection)
        return StoreLoad(
            at=self._database.now(),
            backends=backends,
            **self._database.sizes()._asdict(),
            read_s=time.perf_counter() - started,
            damaged=self._database.damage.count,
        )

    def close(self) -> None:
        """Close all connections; what was answered is on disk already."""
        self._is_closed = True
        self._resources.close()


def _begin(database: Database, ids: Identifiers, connection: sa.Connection) -> None:
    """Write what every database has from its first opening on."""
    _continue(ids, connection)
    ensure_open_key(connection, database.now())
    database.begin(connection)


def _continue(ids: Identifiers, connection: sa.Connection) -> None:
    """Let what is made from now on follow what is there, by whose ids it is listed."""
    for table in (jobs, circuits, sessions):
        if (last := connection.scalar(sa.select(sa.func.max(table.c.id)))) is not None:
            ids.continue_after(last)
