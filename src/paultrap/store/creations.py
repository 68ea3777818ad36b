"""`Creations`: the requests that have made something, with their answers.

A request that comes again is answered as it was the first time. The row is written by the
transaction that makes the job or the session, so that there is never one without the other.

A request with an idempotency key is known by that. One without is known by its digest, while it is
not known that its client has the answer: rows are ``open`` until the server has seen what became of
it, and those of a server that died count as lost.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec
import sqlalchemy as sa

from paultrap.store import checksums, events, quick
from paultrap.store.creating import (
    CreatingRequest,
    Creation,
    FirstAnswer,
    OvertakenError,
    RepeatedRequestError,
    UndecidedError,
)
from paultrap.store.database import Database
from paultrap.store.errors import DamagedError, IdempotencyKeyError
from paultrap.store.fates import LOST_MS, UNDECIDED, Noted, Notes, Ticket, note
from paultrap.store.liveness import death_of, server_duty
from paultrap.store.reading import batches
from paultrap.store.records import Fate
from paultrap.store.tables import creations

# What a server sees of its answers it sees within minutes, else it has died.
_OPEN_MS = 3_600_000


_NEVER = 1 << 62
_SOME = 1_000  # A transaction holds up all other writers.

_HAS_NO_KEY = creations.c.idempotency_key.is_(None)
_BY_KEY = sa.select(creations).where(
    creations.c.api_key_id == sa.bindparam("key_id"),
    creations.c.idempotency_key == sa.bindparam("idempotency_key"),
)
_EQUAL = (
    sa.select(creations)
    .where(
        creations.c.digest == sa.bindparam("digest"),
        _HAS_NO_KEY,
        sa.or_(
            sa.and_(creations.c.fate == Fate.LOST, creations.c.expires_at > sa.bindparam("now")),
            creations.c.answered_at > sa.bindparam("since"),
        ),
    )
    .order_by(creations.c.answered_at, creations.c.made_id)
    .limit(1)
)
# What other servers have answered, and what they have answered of late.
_ELSEWHERE = creations.c.server.is_distinct_from(sa.bindparam("own"))
_DOUBT = (
    sa.update(creations)
    .where(
        creations.c.digest == sa.bindparam("of_digest"),
        _HAS_NO_KEY,
        UNDECIDED,
        creations.c.expires_at > sa.bindparam("now"),
        _ELSEWHERE,
    )
    .values(fate=Fate.DOUBTED)
    .returning(creations.c.made_id, creations.c.attempt, creations.c.server)
)
_LATER_ELSEWHERE = (
    sa.select(creations.c.made_id)
    .where(
        creations.c.digest == sa.bindparam("digest"),
        _HAS_NO_KEY,
        creations.c.answered_at > sa.bindparam("came_at"),
        _ELSEWHERE,
    )
    .limit(1)
)
_LOCKED_EQUAL = _EQUAL.with_for_update()
_OVER = (
    sa.select(creations.c.made_id).where(creations.c.expires_at <= sa.bindparam("now")).limit(_SOME)
)


class _Made(Protocol):
    """What a request has made."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Made | None)
R = TypeVar("R")


class Creations:
    """The requests that have made something in a database.

    Args:
        database: The database.
        server: The id of the server that answers them; None without a server.
    """

    def __init__(self, database: Database, server: str | None = None) -> None:
        self._database = database
        self._server = server
        self._notes = Notes()
        self._kept_ms = LOST_MS if database.is_shared else 0

    @property
    def is_shared(self) -> bool:
        """Whether other servers may have the next request."""
        return self._database.is_shared

    def steady(self) -> int:
        """Return the time by which answers are compared, in milliseconds."""
        return self._database.moment().steady

    def find(self, request: CreatingRequest) -> Creation | None:
        """Return what the same request has made, or None; it is answered now.

        Raises:
            IdempotencyKeyError: Its idempotency key was sent before, with another request.
        """
        if request.idempotency_key is not None:
            with self._database.read() as connection:
                return _by_key(connection, request, self._database.moment().steady)

        def claim(connection: sa.Connection, notes: Noted) -> Creation | None:
            now = self._database.moment().steady
            note(connection, notes, now, kept_ms=self._kept_ms)
            return self._claim(connection, request, now)

        return self._write(claim)

    def once(self, request: CreatingRequest | None, insert: Callable[[sa.Connection], T]) -> T:
        """Make something in a transaction, unless the same request has made it before.

        Args:
            request: What asks for it; None for what is made each time.
            insert: Writes it, and returns its record; None where it cannot be made, and nothing has
                changed.

        Raises:
            RepeatedRequestError: The request has been answered before.
            IdempotencyKeyError: Its idempotency key was sent before, with another request.
            UndecidedError: Another server may have answered it.
            OvertakenError: Its client may have gone, and another server has answered the next one.
        """
        if request is None or not request.is_known:
            return self._database.change(insert)

        def make(connection: sa.Connection, notes: Noted) -> Creation | UndecidedError | T:
            return self._make(connection, notes, request, insert)

        made = self._write(make)
        if isinstance(made, Creation):
            raise RepeatedRequestError(made)
        if isinstance(made, UndecidedError):
            raise made
        return made

    def _make(
        self,
        connection: sa.Connection,
        notes: Noted,
        request: CreatingRequest,
        insert: Callable[[sa.Connection], T],
    ) -> Creation | UndecidedError | T:
        by_key = request.idempotency_key is not None
        self._database.lock(connection, _lock_of(request))
        now = self._database.moment().steady
        note(connection, notes, now, kept_ms=self._kept_ms)
        found = self._before(connection, request, now)
        if found is not None:
            return found
        made = insert(connection)
        if made is not None:
            if by_key:
                _forget_key(connection, request)
            row = self._row(request, made, now)
            checksums.insert_plain(self._database, connection, creations, [row])
        return made

    def _before(
        self, connection: sa.Connection, request: CreatingRequest, now: int
    ) -> Creation | UndecidedError | None:
        """Return what the same request has made, or whom that is to be asked; None where it is new."""
        if request.idempotency_key is not None:
            return _by_key(connection, request, now)
        if self.is_shared and request.asks:
            found = self._claim(connection, request, now) if request.window_ms else None
            # In this order: what another server says meanwhile is found by the second look.
            return (
                found
                or self._doubted(connection, request, now)
                or self._claim(connection, request, now)
            )
        return self._claim(connection, request, now)

    def _doubted(
        self, connection: sa.Connection, request: CreatingRequest, now: int
    ) -> UndecidedError | None:
        """Ask other servers what became of their answers to equal requests; None where there are none.

        Raises:
            OvertakenError: One answered a request that came later, and this one's client may have
                gone.
        """
        about = {"own": self._server, "of_digest": request.digest, "now": now}
        known = creations.c.made_id.not_in(sorted(request.passed))
        found = connection.execute(_DOUBT.where(known) if request.passed else _DOUBT, about).all()
        for row in found:
            events.doubt(connection, row.made_id, now)
        if found:
            return UndecidedError(
                [(Ticket(row.made_id, row.attempt, 0), row.server) for row in found]
            )
        if not request.is_here():
            came = {"own": self._server, "digest": request.digest, "came_at": request.came_at}
            if connection.scalar(_LATER_ELSEWHERE, came) is not None:
                raise OvertakenError
        return None

    def fate_of(self, ticket: Ticket) -> Fate | None:
        """Return what has become of an answer; None where it was given again, or is not kept."""
        query = sa.select(creations.c.fate).where(
            creations.c.made_id == ticket.made_id, creations.c.attempt == ticket.attempt
        )
        with self._database.read() as connection:
            found = connection.scalar(query)
        return None if found is None else Fate(found)

    def doubted(self, made_ids: Sequence[str]) -> list[str]:
        """Return those of which another server asks what became of the answer."""
        found: list[str] = []
        with self._database.read() as connection:
            for part in batches(made_ids):
                query = sa.select(creations.c.made_id).where(
                    creations.c.made_id.in_(part), creations.c.fate == Fate.DOUBTED
                )
                found += connection.scalars(query)
        return found

    def lose_if_dead(self, server: str | None) -> None:
        """Count the answers of a server as lost, where that has died, and nobody knows more of them."""
        with death_of(self._database, server) as is_dead:
            if is_dead:
                self._database.change(partial(lose_answers, server=server))

    def lose_doubted(self, server: str | None) -> None:
        """Count as lost of what a server was asked, and has not said, where it is not to be seen."""
        with self._database.duty(server_duty(server)) as is_away:
            if is_away:
                self._database.change(partial(lose_answers, server=server, only_doubted=True))

    def _write(self, act: Callable[[sa.Connection, Noted], R]) -> R:
        return self._notes.write(self._database.change, act, only_what_matters=True)

    def noted(self, ticket: Ticket, fate: Fate) -> None:
        """Note what has become of an answer. It counts at once, and is written by `write_notes`."""
        self._notes.add(ticket, fate)

    def asked(self, made_id: str) -> None:
        """Note that somebody has asked for what was made, and so knows of it; likewise."""
        self._notes.add_asked(made_id)

    @property
    def has_notes(self) -> bool:
        """Whether something was noted and is not written."""
        return bool(self._notes)

    def write_notes(self) -> None:
        """Write what was noted, so that it is known after this process too."""
        if not self._notes:
            return

        def write(connection: sa.Connection, notes: Noted) -> None:
            now = self._database.moment().steady
            note(connection, notes, now, kept_ms=self._kept_ms)

        # Of what matters an answer to come depends: that outlives the machine too.
        change = partial(self._database.change, durable=self._notes.matter)
        self._notes.write(change, write)

    def remove_expired(self) -> None:
        """Remove the rows that no request is answered with any more."""
        while self._remove_some() == _SOME:
            pass

    def _remove_some(self) -> int:
        now = {"now": self._database.moment().steady}
        with self._database.read() as connection:
            over: Sequence[str] = connection.scalars(_OVER, now).all()
        if over:
            gone = sa.delete(creations).where(creations.c.made_id.in_(over))
            self._database.change(lambda connection: connection.execute(gone), durable=False)
        return len(over)

    def _claim(
        self, connection: sa.Connection, request: CreatingRequest, now: int
    ) -> Creation | None:
        """Return what an equal request has made whose answer is not known to be taken, or None."""
        # Without a window not even what seems to come from the future: the clocks of two servers
        # differ by milliseconds.
        since = now - request.window_ms if request.window_ms else _NEVER
        asked = {"digest": request.digest, "now": now, "since": since}
        row = None
        while row is None:  # Another server may give it again at this moment.
            if not quick.fetch(connection, _EQUAL, asked):
                return None
            row = connection.execute(_LOCKED_EQUAL, asked).one_or_none()
        request.ticket = Ticket(row.made_id, row.attempt + 1, request.window_ms)
        connection.execute(
            sa.update(creations)
            .where(creations.c.made_id == row.made_id)
            .values(attempt=row.attempt + 1, **self._answered(request, now))
        )
        return _creation(connection, row)

    def _answered(self, request: CreatingRequest, now: int) -> dict[str, Any]:
        """Return the columns of a row that is answered now."""
        if request.idempotency_key is not None:
            fate, kept = Fate.TAKEN, request.keep_ms
        elif request.is_watched:
            fate, kept = Fate.OPEN, max(_OPEN_MS, request.window_ms)
        else:
            fate, kept = Fate.TAKEN, request.window_ms
        return {
            "fate": fate,
            "server": self._server,
            "answered_at": now,
            "expires_at": now + kept,
        }

    def _row(self, request: CreatingRequest, made: _Made, now: int) -> dict[str, Any]:
        request.ticket = Ticket(made.id, 1, request.window_ms)
        answer = request.answer(made)
        return {
            "made_id": made.id,
            "api_key_id": request.key_id,
            "idempotency_key": request.idempotency_key,
            "digest": request.digest,
            "status": answer.status,
            "told": msgspec.json.encode(answer.told) if answer.told else None,
            "body": answer.body,
            "attempt": 1,
            **self._answered(request, now),
        }


def _lock_of(request: CreatingRequest) -> str:
    name = request.idempotency_key
    return f"request {request.digest.hex() if name is None else f'{request.key_id} {name}'}"


def servers(connection: sa.Connection) -> list[str | None]:
    """Return the servers with answers of which nobody knows yet what became of them."""
    query = sa.select(creations.c.server).where(_HAS_NO_KEY, UNDECIDED)
    return list(connection.scalars(query.distinct()))


def lose_answers(
    connection: sa.Connection, server: str | None, *, only_doubted: bool = False
) -> None:
    """Count as lost the answers of a server that died, of which nobody knows what became of them.

    They are given again until `LOST_MS` after they were given.

    Args:
        connection: The connection of a transaction that writes.
        server: The id of the server.
        only_doubted: Whether only those count that it was asked about.
    """
    connection.execute(
        sa.update(creations)
        .where(
            _HAS_NO_KEY,
            creations.c.fate == Fate.DOUBTED if only_doubted else UNDECIDED,
            creations.c.server.is_not_distinct_from(server),
        )
        .values(fate=Fate.LOST, expires_at=creations.c.answered_at + LOST_MS)
    )


def forget(connection: sa.Connection, made_ids: Sequence[str]) -> None:
    """Let no further request without a key be answered with what somebody has ended: it is known."""
    for part in batches(made_ids):
        connection.execute(sa.delete(creations).where(creations.c.made_id.in_(part), _HAS_NO_KEY))


def _by_key(connection: sa.Connection, request: CreatingRequest, now: int) -> Creation | None:
    names = {"key_id": request.key_id, "idempotency_key": request.idempotency_key}
    row = connection.execute(_BY_KEY, names).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    if not checksums.is_sound(connection, checksums.sealed(creations), row._asdict()):
        raise DamagedError(row.made_id, "answer to its first request")
    if row.digest != request.digest:
        raise IdempotencyKeyError(str(request.idempotency_key), row.made_id)
    return _creation(connection, row)


def _creation(connection: sa.Connection, row: sa.Row[*tuple[Any, ...]]) -> Creation:
    if not checksums.is_sound(connection, checksums.sealed(creations), row._asdict()):
        raise DamagedError(row.made_id, "its answer")
    told = () if row.told is None else msgspec.json.decode(row.told)
    return Creation(row.made_id, FirstAnswer(row.status, row.body, told))


def _forget_key(connection: sa.Connection, request: CreatingRequest) -> None:
    """Remove a row of the same idempotency key, which has expired."""
    connection.execute(
        sa.delete(creations).where(
            creations.c.api_key_id == request.key_id,
            creations.c.idempotency_key == request.idempotency_key,
        )
    )
