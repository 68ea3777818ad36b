"""The one shape of an error answer, and every way in which a request comes to one.

`{"error", "message", "statusCode"}`, plus `validation` on 400. Clients read all three, and
qiskit-ionq crashes without `statusCode`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from paultrap.api.requests import request_id
from paultrap.formats import CircuitError
from paultrap.languages import ReaderError
from paultrap.store import (
    JobNotFoundError,
    SessionClosedError,
    SessionNotFoundError,
    StoreUnavailableError,
)

__all__ = ["ApiError", "answer_error", "invalid"]

_log = structlog.get_logger(__name__)

# Where IonQ's word differs from the phrase of Python's own table.
_REASONS = {413: "Request Entity Too Large"}

Source = Literal["body", "query", "params", "headers"]


class ApiError(Exception):
    """A request that cannot be answered as asked.

    Args:
        status: The HTTP status code.
        message: One sentence for a person, naming the field where there is one.
        keys: The names of the offending fields.
        source: The part of the request that they are in.
        headers: Of the answer, beside the usual ones.
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
        _log.error(
            "unexpected error",
            method=request.method,
            path=request.url.path,
            request_id=request_id(request.scope),
            exc_info=error,
        )
        known = ApiError(500, "Something went wrong in the server; its log says what.")
    body: dict[str, Any] = {
        "error": _REASONS.get(known.status) or HTTPStatus(known.status).phrase,
        "message": known.message,
        "statusCode": known.status,
    }
    if known.status == HTTPStatus.BAD_REQUEST:
        body["validation"] = {"source": known.source, "keys": list(known.keys)}
    return Response(body, status_code=known.status, headers=headers)


def _as_api_error(error: Exception) -> tuple[ApiError | None, dict[str, str]]:
    match error:
        case ApiError():
            return error, error.headers
        case CircuitError():
            return ApiError(error.status, str(error), (error.path or "body",)), {}
        case JobNotFoundError() | SessionNotFoundError():
            return ApiError(404, str(error)), {}
        case SessionClosedError():
            return invalid("session_id", str(error)), {}
        case ReaderError():
            return ApiError(503, f"{error}."), {}
        case StoreUnavailableError():
            _log.error("store unavailable", exc_info=error)
            return ApiError(503, "The store does not answer now; try again later."), {}
        case HTTPException(status_code=status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            message = _http_message(error)
            return ApiError(status, message, source="params"), dict(error.headers or {})
        case _:
            return None, {}


def _http_message(error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "Resource not found: this server has no such path."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("allow", "")
        return f"This path does not take that method; it takes {allowed}."
    return error.detail
