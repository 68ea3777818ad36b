"""Requests that make something: each makes it once, however often it is sent.

A client that has lost the answer sends the request again and gets the first answer: with the same
`Idempotency-Key`, or without one, where the server has seen that the answer was lost.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
import structlog
from litestar import Response

from paultrap.api.bodies import read_hashed_body
from paultrap.api.connections import connection_of
from paultrap.api.errors import ApiError
from paultrap.api.handlers import HttpRequest
from paultrap.api.requests import LONGEST_IDEMPOTENCY_KEY, origin_of, tell, told_of
from paultrap.api.responses import answer_encoded
from paultrap.service import Creating, Origin, Services
from paultrap.store import CreatingRequest, FirstAnswer, KeyRecord

_KEY_HEADER = b"idempotency-key"
_REPLAYED_HEADER = "idempotency-replayed"
_DUPLICATE_HEADER = "paultrap-duplicate-of"

_log = structlog.get_logger("paultrap.requests")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Maker(Generic[T]):
    """What makes something.

    Attributes:
        make: Makes what a body asks for, and returns its record.
        show: Returns the answer's body, which becomes JSON.
        status: The HTTP status code of the answer.
    """

    make: Callable[[Origin, bytes], Awaitable[T]]
    show: Callable[[T], Any]
    status: int = 201


async def answer_once(
    request: HttpRequest, service: Services, key: KeyRecord, maker: Maker[Any]
) -> Response[bytes]:
    """Return the answer to a request that makes something, after it has.

    Raises:
        ApiError: 400 for an `Idempotency-Key` that cannot be one; and as of `read_body`.
        IdempotencyKeyError: The key was sent before, with another request.
    """
    name = _idempotency_key(request)
    settings = service.settings
    body, digest = await read_hashed_body(request, service.threads, settings.max_body_bytes)
    digest_of = partial(_digest_of, request, None if name else key.id)
    connection = connection_of(request.scope)
    asked = CreatingRequest(
        key_id=key.id,
        digest=digest_of(digest.short),
        idempotency_key=name,
        keep_ms=int(settings.idempotency_seconds * 1000),
        window_ms=0 if name else service.creations.window_ms,
        is_watched=connection is not None and name is None,
        answer=partial(_first_answer, request, maker),
    )
    origin = origin_of(request.scope)

    async def make(creating: Creating | None) -> Any:
        return await maker.make(origin._replace(creating=creating), body)

    whole = None if digest.whole is None else asyncio.create_task(_whole(digest_of, digest.whole))
    created = await service.creations.once(asked, connection, make, whole)
    answer = answer_encoded(request, created.answer.body, created.answer.status)
    if created.repeats is not None:
        if name is None:
            answer.headers[_DUPLICATE_HEADER] = created.repeats
        else:
            answer.headers[_REPLAYED_HEADER] = "true"
            tell(request.scope, created.answer.told)  # The body was not read again.
        _log.info(
            "request repeated",
            made=created.repeats,
            reason="answer_lost" if name is None else "idempotency_key",
            project=key.project_id,
            request_id=origin.request_id,
        )
    return answer


def _first_answer(request: HttpRequest, maker: Maker[Any], record: Any) -> FirstAnswer:
    """Return how a request is answered that has made something."""
    body = msgspec.json.encode(maker.show(record))
    return FirstAnswer(maker.status, body, told_of(request.scope, with_query=False))


def _idempotency_key(request: HttpRequest) -> str | None:
    """Return what the client calls its request, or None."""
    found = [value for name, value in request.scope["headers"] if name == _KEY_HEADER]
    if not found:
        return None
    if len(found) > 1 or not (0 < len(found[0]) <= LONGEST_IDEMPOTENCY_KEY and found[0].isascii()):
        raise ApiError(
            400,
            f"Idempotency-Key: expected one, of 1 to {LONGEST_IDEMPOTENCY_KEY} ASCII characters.",
            ("idempotency-key",),
            "headers",
        )
    return found[0].decode("ascii")


async def _whole(digest_of: Callable[[bytes], bytes], whole: Awaitable[bytes]) -> bytes:
    return digest_of(await whole)


def _digest_of(request: HttpRequest, key_id: str | None, body_digest: bytes) -> bytes:
    """Return what is the same for requests that ask for the same.

    Those without a name are known by who sends them, too.
    """
    scope = request.scope
    agent = None if key_id is None else request.headers.get("user-agent")
    parts = [scope["path"], scope["query_string"], agent, key_id, body_digest]
    return hashlib.sha256(msgspec.msgpack.encode(parts)).digest()
