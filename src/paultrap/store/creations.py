"""`Creations`: the requests that have made something, with their answers.

A request that comes again is answered as it was the first time. The row is written by the
transaction that makes the job or the session, so that there is never one without the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
import sqlalchemy as sa

from paultrap.store import checksums
from paultrap.store.database import Database
from paultrap.store.errors import DamagedError, IdempotencyKeyError, StoreError
from paultrap.store.tables import creations

_SOME = 1_000  # A transaction holds up all other writers.

_BY_KEY = sa.select(creations).where(
    creations.c.api_key_id == sa.bindparam("key_id"),
    creations.c.idempotency_key == sa.bindparam("idempotency_key"),
)
_OVER = sa.select(creations.c.id).where(creations.c.expires_at <= sa.bindparam("now")).limit(_SOME)


class _Made(Protocol):
    """What a request has made."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Made | None)


class FirstAnswer(NamedTuple):
    """What a request that has made something is answered.

    Attributes:
        status: The HTTP status code.
        body: The body, which is JSON.
        headers: Headers that belong to it, by name.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})


class Creation(NamedTuple):
    """A request that has made something.

    Attributes:
        made_id: The id of the job or the session that it has made.
        answer: How it was answered.
    """

    made_id: str
    answer: FirstAnswer


class RepeatedRequestError(StoreError):
    """A request has made what it asks for before, and is answered as it was then.

    Attributes:
        creation: What it has made.
    """

    def __init__(self, creation: Creation) -> None:
        super().__init__(f'the request has made "{creation.made_id}" before.')
        self.creation = creation


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatingRequest:
    """A request that is to make something, as it is known again.

    Attributes:
        key_id: The id of the API key that it came with.
        digest: 32 bytes that are the same for requests that ask for the same.
        idempotency_key: What its client calls it, or None.
        keep_ms: For how many milliseconds its answer is kept.
        answer: Returns how it is answered, given the record of what it has made.
    """

    key_id: str
    digest: bytes
    idempotency_key: str | None
    keep_ms: int
    answer: Callable[[Any], FirstAnswer] = field(repr=False)


class Creations:
    """The requests that have made something in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, request: CreatingRequest) -> Creation | None:
        """Return what a request with the same idempotency key has made, or None.

        Raises:
            IdempotencyKeyError: That request asked for something else.
        """
        with self._database.read() as connection:
            return _find(connection, request, self._database.moment().steady)

    def once(self, request: CreatingRequest | None, insert: Callable[[sa.Connection], T]) -> T:
        """Make something in a transaction, unless the same request has made it before.

        Args:
            request: What asks for it; None for what is made each time.
            insert: Writes it, and returns its record; None where it cannot be made, and nothing has
                changed.

        Raises:
            RepeatedRequestError: The request has been answered before.
            IdempotencyKeyError: Its idempotency key was sent before, with another request.
        """
        with self._database.write() as connection:
            if request is None:
                return insert(connection)
            now = self._database.moment().steady
            found = _find(connection, request, now)
            if found is None:
                made = insert(connection)
                if made is not None:
                    _forget(connection, request)
                    checksums.insert(connection, creations, [_row(request, made, now)])
                return made
        raise RepeatedRequestError(found)

    def remove_expired(self) -> None:
        """Remove the rows that no request is answered with any more."""
        while self._remove_some() == _SOME:
            pass

    def _remove_some(self) -> int:
        now = {"now": self._database.moment().steady}
        with self._database.read() as connection:
            over: Sequence[int] = connection.scalars(_OVER, now).all()
        if over:
            with self._database.write_volatile() as connection:
                connection.execute(sa.delete(creations).where(creations.c.id.in_(over)))
        return len(over)


def _find(connection: sa.Connection, request: CreatingRequest, now: int) -> Creation | None:
    if request.idempotency_key is None:
        return None
    names = {"key_id": request.key_id, "idempotency_key": request.idempotency_key}
    row = connection.execute(_BY_KEY, names).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    if not checksums.is_sound(connection, checksums.sealed(creations), row._asdict()):
        raise DamagedError(row.made_id, "answer to its first request")
    if row.digest != request.digest:
        raise IdempotencyKeyError(request.idempotency_key, row.made_id)
    headers = {} if row.headers is None else msgspec.json.decode(row.headers)
    return Creation(row.made_id, FirstAnswer(row.status, row.body, headers))


def _forget(connection: sa.Connection, request: CreatingRequest) -> None:
    """Remove a row of the same idempotency key, which has expired."""
    connection.execute(
        sa.delete(creations).where(
            creations.c.api_key_id == request.key_id,
            creations.c.idempotency_key == request.idempotency_key,
        )
    )


def _row(request: CreatingRequest, made: _Made, now: int) -> dict[str, Any]:
    answer = request.answer(made)
    return {
        "api_key_id": request.key_id,
        "idempotency_key": request.idempotency_key,
        "digest": request.digest,
        "made_id": made.id,
        "status": answer.status,
        "headers": msgspec.json.encode(dict(answer.headers)) if answer.headers else None,
        "body": answer.body,
        "expires_at": now + request.keep_ms,
    }
