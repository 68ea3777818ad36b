"""What has become of answers: noted at once in memory, and written a moment later, many at once.

There is an answer for each job, and a statement for each of them would hold up what matters. Only
where they can change what the next request that makes something is answered, that one writes them
first: where an answer was lost, or somebody has asked for what was made.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import sqlalchemy as sa

from paultrap.store.records import Fate
from paultrap.store.tables import creations

#: For how long a lost answer is given again, in milliseconds.
LOST_MS = 60_000

#: Whether nobody knows yet that a client will have the answer, or will not.
UNDECIDED = sa.or_(*(creations.c.fate == fate for fate in (Fate.OPEN, Fate.DOUBTED, Fate.SEEN)))

_THIS = (
    creations.c.made_id == sa.bindparam("of_id"),
    creations.c.attempt == sa.bindparam("of_attempt"),
    UNDECIDED,
)
_SEE = sa.update(creations).where(*_THIS).values(fate=Fate.SEEN)
_LOSE = sa.update(creations).where(*_THIS).values(fate=Fate.LOST, expires_at=sa.bindparam("until"))
_TAKE = (
    sa.update(creations)
    .where(*_THIS)
    .values(fate=Fate.TAKEN, expires_at=creations.c.answered_at + sa.bindparam("window_ms"))
)
_END = sa.delete(creations).where(*_THIS)


R = TypeVar("R")


class Ticket(NamedTuple):
    """Which answer a request has.

    Attributes:
        made_id: The id of what was made.
        attempt: How many times the answer was given, with this one.
        window_ms: The milliseconds for which it is given again although it was taken.
    """

    made_id: str
    attempt: int
    window_ms: int


@dataclass(slots=True)
class Noted:
    """What is known and not written.

    Attributes:
        fates: What has become of answers.
        asked: The ids of what somebody has asked for.
        matters: Whether anything in it can change how another request is answered.
    """

    fates: dict[Ticket, Fate] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    matters: bool = False


class Notes:
    """What one process knows of answers and has not written. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._noted = Noted()
        self._is_writing = False  # what matters, in a transaction that has not ended

    def __bool__(self) -> bool:
        return bool(self._noted.fates or self._noted.asked)

    @property
    def matter(self) -> bool:
        """Whether anything that is not written can change how another request is answered."""
        return self._noted.matters

    def add(self, ticket: Ticket, fate: Fate) -> None:
        """Note what has become of an answer."""
        with self._lock:
            if fate is Fate.SEEN:  # What is known already says more.
                self._noted.fates.setdefault(ticket, fate)
            else:
                self._noted.fates[ticket] = fate
            self._noted.matters |= fate is Fate.LOST

    def add_asked(self, made_id: str) -> None:
        """Note that somebody has asked for what was made."""
        with self._lock:
            self._noted.asked.add(made_id)
            self._noted.matters = True

    def write(
        self,
        change: Callable[[Callable[[sa.Connection], R]], R],
        act: Callable[[sa.Connection, Noted], R],
        *,
        only_what_matters: bool = False,
    ) -> R:
        """Return what ``act`` does in a transaction, given what is to be written within it.

        Without a commit it stays to be written.

        Args:
            change: Runs the transaction, perhaps several times; see `Database.change`.
            act: Writes the notes, and what else there is.
            only_what_matters: Whether nothing is to be written that cannot change how another
                request is answered.
        """
        taken = Noted()

        def write(connection: sa.Connection) -> R:
            nonlocal taken
            self._put_back(taken)  # of a transaction that has failed and is run again
            # In it, so that one writer after the other takes notes.
            taken = self._take(only_what_matters=only_what_matters)
            return act(connection, taken)

        try:
            made = change(write)
        except BaseException:
            self._put_back(taken)
            raise
        self._end(taken)
        return made

    def _take(self, *, only_what_matters: bool) -> Noted:
        with self._lock:
            # What another transaction is about to write counts already.
            self._lock.wait_for(lambda: not self._is_writing)
            if only_what_matters and not self._noted.matters:
                return Noted()
            noted, self._noted = self._noted, Noted()
            self._is_writing = noted.matters
        return noted

    def _put_back(self, noted: Noted) -> None:
        with self._lock:
            self._noted.fates = noted.fates | self._noted.fates
            self._noted.asked |= noted.asked
            self._noted.matters |= noted.matters
        self._end(noted)

    def _end(self, noted: Noted) -> None:
        if noted.matters:
            with self._lock:
                self._is_writing = False
                self._lock.notify_all()


def note(connection: sa.Connection, noted: Noted, now: int, *, kept_ms: int = 0) -> None:
    """Write what is known of answers; what was given again meanwhile stays as it is.

    Args:
        connection: The connection of a transaction that writes.
        noted: What is known.
        now: The time, steady.
        kept_ms: For how long the others see that an answer was taken.
    """
    if noted.fates:
        _note_fates(connection, noted.fates, now, kept_ms)
    if noted.asked:
        connection.execute(
            sa.delete(creations).where(
                creations.c.made_id.in_(noted.asked), creations.c.idempotency_key.is_(None)
            )
        )


def _note_fates(
    connection: sa.Connection, fates: dict[Ticket, Fate], now: int, kept_ms: int
) -> None:
    seen, lost, taken, ended = [], [], [], []
    for ticket, fate in fates.items():
        which = {"of_id": ticket.made_id, "of_attempt": ticket.attempt}
        if fate is Fate.LOST:
            lost.append(which | {"until": now + max(LOST_MS, ticket.window_ms)})
        elif fate is Fate.SEEN:
            seen.append(which)
        elif window_ms := max(ticket.window_ms, kept_ms):
            taken.append(which | {"window_ms": window_ms})
        else:
            ended.append(which)
    for statement, rows in ((_SEE, seen), (_LOSE, lost), (_TAKE, taken), (_END, ended)):
        if rows:
            connection.execute(statement, rows)
