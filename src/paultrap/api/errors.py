"""The one shape of an error answer, and every way in which a request comes to one.

`{"error", "message", "statusCode"}`, plus `validation` on 400, our own `requestId`, and `failure` where
results are asked for of a job that has failed. Clients read the first three, and qiskit-ionq crashes
without `statusCode`.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import Scope, Send

from paultrap.admission import Refusal, refused
from paultrap.api.requests import remember_refusal, request_id
from paultrap.errors import Error
from paultrap.formats import CircuitError
from paultrap.languages import ReaderError
from paultrap.limits import named
from paultrap.service import (
    CircuitsNotKeptError,
    ClientLeftError,
    FailedJobResultError,
    ForeignCircuitError,
    JobStartedError,
    NoResultError,
)
from paultrap.store import (
    ChildGoneError,
    DamagedError,
    IdempotencyKeyError,
    JobNotFoundError,
    NothingToRetryError,
    SessionClosedError,
    SessionNotFoundError,
    StoreDownError,
    StoreFullError,
    StoreUnavailableError,
)

UNEXPECTED = "Something went wrong in the server; its log says what."

_log = structlog.get_logger(__name__)

_MOST_OF_PATH = 200
# ionq-core tries a third time, and then no more: the longer it waits, the longer an outage it survives.
_RETRY_AFTER_S = 5

# Where IonQ's word differs from the phrase of Python's own table.
_REASONS = {413: "Request Entity Too Large"}

# What is told in the words of the error.
_STATUSES: dict[type[Exception], int] = {
    ChildGoneError: 404,
    CircuitsNotKeptError: 400,
    ClientLeftError: 400,
    DamagedError: 410,
    IdempotencyKeyError: 422,
    JobNotFoundError: 404,
    JobStartedError: 409,
    NoResultError: 404,
    NothingToRetryError: 409,
    SessionNotFoundError: 404,
}

Source = Literal["body", "query", "params", "headers"]


class ApiError(Error):
    """A request that cannot be answered as asked.

    Args:
        status: The HTTP status code.
        message: One sentence for a person, naming the field where there is one.
        keys: The names of the offending fields.
        source: The part of the request that they are in.
        headers: Headers of the answer, beside the usual ones.
    """

    def __init__(
        self,
        status: int,
        message: str,
        keys: tuple[str, ...] = (),
        source: Source = "body",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.headers = dict(headers or {})
        self.status = status
        self.message = message
        self.keys = keys
        self.source: Source = source


def invalid(field: str, message: str, source: Source = "body") -> ApiError:
    """Return the 400 for ``field``, whose name opens the message."""
    return ApiError(400, f"{field}: {message}", (field,), source)


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Return the answer to any exception; the unexpected one is logged and answers 500."""
    known, headers = _as_api_error(error)
    if known is None:
        log_unexpected(request.scope, error)
        known = ApiError(500, UNEXPECTED)
    elif isinstance(error, StoreUnavailableError) and not isinstance(error, StoreDownError):
        # Of a database that is down there is one line; see `paultrap.service.StoreWatch`.
        _log.error("store unavailable", request_id=request_id(request.scope), exc_info=error)
    remember_refusal(request.scope, known.message)
    body = error_body(
        known.status,
        known.message,
        request_id(request.scope),
        source=known.source,
        keys=known.keys,
    )
    if isinstance(error, FailedJobResultError):
        body["failure"] = {
            "code": error.code,
            "message": error.failure,
            "error": error.failure,
        }
    return Response(body, status_code=known.status, headers=headers)


def error_body(
    status: int,
    message: str,
    request_id: str,
    *,
    source: Source = "headers",
    keys: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the JSON of an error answer, its keys in the order in which IonQ sends them.

    Args:
        status: The HTTP status code.
        message: One sentence for a person.
        request_id: The id that the request has in the log.
        source: The part of the request that is wrong, which matters on 400 alone, as do ``keys``.
        keys: The names of what is wrong there.
    """
    body: dict[str, Any] = {
        "error": _REASONS.get(status) or HTTPStatus(status).phrase,
        "message": message,
        "statusCode": status,
    }
    if status == HTTPStatus.BAD_REQUEST:
        body["validation"] = {"source": source, "keys": list(keys)}
    return body | {"requestId": request_id}


async def send_error(
    scope: Scope,
    send: Send,
    status: int,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Answer with an error from a layer around the routes, before anything is sent.

    Args:
        scope: The scope of the request.
        send: Where the answer goes.
        status: The HTTP status code.
        message: One sentence for a person.
        headers: Headers of the answer, beside the usual ones.
    """
    remember_refusal(scope, message)
    name = request_id(scope)
    body = msgspec.json.encode(error_body(status, message, name))
    usual = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "x-request-id": name,
    }
    pairs = [
        (key.lower().encode("latin-1"), value.encode("latin-1"))
        for key, value in {**(headers or {}), **usual}.items()
    ]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def log_unexpected(scope: Scope, error: Exception) -> None:
    """Log an error that is a mistake of ours, with its traceback."""
    _log.error(
        "unexpected error",
        method=scope.get("method"),
        path=scope["path"][:_MOST_OF_PATH],
        request_id=request_id(scope),
        exc_info=error,
    )


def describe(error: Exception) -> str | None:
    """Return what a client is told of an error, or None of one that is a mistake of ours."""
    known, _ = _as_api_error(error)
    return None if known is None else known.message


def _as_api_error(error: Exception) -> tuple[ApiError | None, dict[str, str]]:
    match error:
        case ApiError():
            return error, error.headers
        case Refusal() | CircuitError():
            refusal = error if isinstance(error, Refusal) else refused(error)
            keys = tuple(field or "body" for field in refusal.fields)
            return ApiError(HTTPStatus.BAD_REQUEST, named(refusal.message), keys), {}
        case SessionClosedError() | ForeignCircuitError():
            return _misnamed(error), {}
        case ReaderError():
            return ApiError(503, f"{error}."), {}
        case StoreUnavailableError():
            unavailable = _unavailable(error)
            return unavailable, unavailable.headers
        case HTTPException(status_code=status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            message = _http_message(error)
            return ApiError(status, message, source="params"), dict(error.headers or {})
        case _ if (told := _status_of(error)) is not None:
            return ApiError(told, str(error)), {}
        case _:
            return None, {}


def _misnamed(error: SessionClosedError | ForeignCircuitError) -> ApiError:
    if isinstance(error, ForeignCircuitError):
        return invalid("after", str(error), "query")
    return invalid("session_id", str(error))


def _unavailable(error: StoreUnavailableError) -> ApiError:
    if isinstance(error, StoreFullError):
        return ApiError(507, "The server's disk is full: nothing can be stored now.")
    return ApiError(
        503,
        "The store does not answer now; try again later.",
        headers={"retry-after": str(_RETRY_AFTER_S)},
    )


def _status_of(error: Exception) -> int | None:
    """Return the status of an error whose own message is what the client is told, or None."""
    return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), None)


def _http_message(error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "Resource not found: this server has no such path. /docs shows those that it has."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("allow", "")
        return f"This path does not take that method; it takes {allowed}."
    return error.detail
