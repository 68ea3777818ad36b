"""`Database`: what the store's clients need of a database engine, and nothing else.

Each engine implements it in a separate package, such as `paultrap.store.sqlite`. The clients
write SQLAlchemy Core; they know no driver, no file and no lock.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import sqlalchemy as sa

from paultrap.store.clock import Moment
from paultrap.store.damage import DamageLog
from paultrap.store.events import JobEvent, Listener, NoticeListener

T = TypeVar("T")


class Access(Enum):
    """Who opens a database."""

    SERVER = auto()  # makes it where it is missing; an engine may allow only one at a time
    TOOL = auto()  # the command line, beside a server or without one; makes it where it is missing
    WORKER = auto()  # of a server; makes and changes nothing when it opens


class Sizes(NamedTuple):
    """Bytes that a database takes: its data, and its log where that is apart."""

    database_bytes: int
    log_bytes: int


class Database(Protocol):
    """One database as this process uses it, from any thread.

    What may pass by itself, such as a lock that is held for long, a full disk or a lost
    connection, is raised as `paultrap.store.StoreUnavailableError`; what cannot be read since it is
    not what was written, as `paultrap.store.DamagedError`.
    """

    @property
    def url(self) -> sa.URL:
        """Where it is; there may be a password in it."""

    @property
    def name(self) -> str:
        """What people are shown in the place of the URL; without a password."""

    @property
    def damage(self) -> DamageLog:
        """What this process has found damaged in it."""

    @property
    def is_shared(self) -> bool:
        """Whether several servers can use it, and workers of other machines."""

    @property
    def look_every_s(self) -> float:
        """After how many seconds whoever waits for something looks for it, told or not."""

    def read(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection in a transaction that sees one state of the database."""

    def look(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection each of whose statements may see another state of the database.

        It is for one short statement, or a few that need not agree: where a server is asked, that
        takes a third of the time of `read`.
        """

    def write(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection in a transaction that is durable when the block ends without error.

        Events noted on the connection are published after the commit, and dropped without one.
        What can be run again is for `change`.
        """

    def change(self, act: Callable[[sa.Connection], T], *, durable: bool = True) -> T:
        """Return what ``act`` does in a transaction, which is committed when this returns.

        An engine with several writers runs it again where it and another have stopped each other,
        or the connection was lost before the commit: it must change nothing but what it writes.
        Where the connection was lost during the commit, a durable one returns, or runs it again,
        once the database says whether that was done.

        Args:
            act: Given the connection of the transaction.
            durable: Whether the commit waits for the disk. Without that it outlives the death of
                any process, but perhaps not of the machine: for what loses its meaning then, such
                as who runs what, and until when.

        Raises:
            StoreUnavailableError: The database is not to be had. Nothing was done; where it was not
                to be ``durable``, perhaps it was.
        """

    def lock(self, connection: sa.Connection, name: str) -> None:
        """Wait until no other transaction has the lock of this name, and have it to the end of this.

        Args:
            connection: The connection of a transaction that writes.
            name: What is locked, such as a host's memory.
        """

    def rest(self) -> None:
        """Close the connections that nobody uses now: this process will do nothing for a while."""

    def insert_many(
        self,
        connection: sa.Connection,
        table: sa.Table,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
    ) -> None:
        """Insert thousands of rows whose values need no conversion, as fast as the engine can.

        Args:
            connection: The connection of a transaction that writes.
            table: The table to insert into.
            columns: The names of the columns, in the table's order; other columns stay null.
            rows: The values of each row, in the order of ``columns``.

        Raises:
            ValueError: The columns are not in the table's order.
        """

    def pulse(self, statement: sa.UpdateBase, values: Mapping[str, Any]) -> Sequence[Any] | None:
        """Run one statement that writes, as a volatile transaction, and return the row that it gives.

        It is for what an idle process says now and then: an engine with a connection that stays open
        anyway uses that one.

        Args:
            statement: The statement, which is kept, so that it is known again.
            values: Of its parameters, which need no conversion.
        """

    def now(self) -> int:
        """Return Unix milliseconds by the clock that all users of the database share.

        Where they run on several machines that is the database's own. It may be set back, and is
        what people are shown.
        """

    def moment(self) -> Moment:
        """Return the same with the steady time, by which leases, due times and sessions end.

        Steady time never goes back, for all users of the database together.
        """

    def begin(self, connection: sa.Connection) -> None:
        """Prepare what the engine keeps in the tables itself, once a process has opened them.

        Args:
            connection: The connection of a transaction that writes.
        """

    def publish(self, events: Sequence[JobEvent]) -> None:
        """Tell all listeners of events that belong to no transaction."""

    def subscribe(self, listener: Listener) -> None:
        """Have ``listener`` called with each event that this process publishes from now on.

        It is called after the commit, in any thread, and must not block for long.

        Args:
            listener: The function to call with each event.
        """

    def listen(self, listener: NoticeListener) -> None:
        """Have ``listener`` called with what happens to jobs from now on, also by other processes.

        Of those it hears where the database passes that on; an engine that does not is used on one
        machine alone, where a server hears of its workers through their pipes. Notices may come
        twice, and may be lost: whoever relies on one looks for itself now and then.

        Args:
            listener: The function to call with each notice, as in `subscribe`.
        """

    def duty(self, name: str, *, lasts: bool = False) -> AbstractContextManager[bool]:
        """Take on what one process does at a time, for the length of the block.

        Args:
            name: The name of the duty.
            lasts: Whether the block is as long as the process lives, and nobody else takes the duty
                but to see whether it does. Where nothing can be held so long, nothing is.

        Returns:
            Whether this process has it; it does not wait for another that has it. A process that
            dies has none any more.
        """

    def alone(self) -> AbstractContextManager[None]:
        """Keep all servers but this process out, for the length of the block.

        Raises:
            DatabaseInUseError: One works on the database.
        """

    def keep_copy(self, label: str) -> Path | None:
        """Keep a copy of the database as it is, where an engine can do that by itself.

        Args:
            label: What it is called by, such as "before-0022".

        Returns:
            Where it is, or None where there is none.

        Raises:
            NoRoomError: There is no room for it.
        """

    def copy_to(self, file: Path, *, replace: bool) -> None:
        """Write a copy of the database as it is at this moment, beside whoever uses it.

        Args:
            file: What is written, in the engine's form. It is whole and on disk, or not there.
            replace: Whether it may take the place of a file that is there.

        Raises:
            StoreError: It cannot be written, or is there.
            DamagedError: The database is damaged.
        """

    def compact(self) -> None:
        """Give all unused space back now, which may take minutes, in which nobody else can write.

        Raises:
            StoreError: It cannot be done, or the engine does that by itself.
        """

    def maintain(self) -> bool:
        """Do some of the engine's own upkeep now, such as emptying its log, in the background.

        Returns:
            Whether more is left that can be done at once. A call takes less than a second.
        """

    def trouble(self) -> str | None:
        """Return why nothing can be written, such as a full disk, or None where it can."""

    def faults(self) -> list[str]:
        """Read all of it and return what is wrong with its structure, in the engine's words."""

    def sizes(self) -> Sizes:
        """Return how large it is."""

    def close(self) -> None:
        """Close all connections, and let go of all duties."""
