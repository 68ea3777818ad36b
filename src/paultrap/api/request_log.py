"""One line of the log for each request, whatever becomes of it.

It is around the routing: what is refused before any route is found has its line too, and nothing
that fails within leaves the request without an answer. Lines hold neither keys nor the query, which
may name what is nobody else's.
"""

import asyncio
import logging
import time
from collections.abc import Hashable
from http import HTTPMethod
from typing import Any

from litestar.enums import ScopeType
from litestar.exceptions import LitestarException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from paultrap import logs
from paultrap.api.errors import UNEXPECTED, describe, log_unexpected, send_error
from paultrap.api.requests import is_probe, key_of, refusal_of, request_id, told_of
from paultrap.errors import Error

_LOGGER = "paultrap.requests"
_WORTH_A_WARNING = {401, 403, 429}
_SERVER_ERROR = 500
# A client may send any word as its method, and each would be a kind of its own: enough of them, and
# lines of others would be counted with them.
_METHODS = frozenset(HTTPMethod)
_OTHER_METHOD = "other"
_MOST_OF_METHOD = 40
_MOST_OF_PATH = 200
_MOST_OF_MESSAGE = 300
_STOPPED = (
    "The server stopped before this request was done. Whether it has changed anything is not known."
)

# A client may poll thousands of times a second. So many lines of requests that differ in nothing
# that matters are written in ten seconds; then they are counted.
_MOST_ALIKE = 1_000


class CutResponseError(Error):
    """An answer that was begun cannot be completed; the log says why already."""


class RequestLog:
    """Wraps an application.

    Args:
        app: The application that answers.
        most_alike: How many lines of requests with the same route, status and key are written in ten
            seconds.
    """

    def __init__(self, app: ASGIApp, most_alike: int = _MOST_ALIKE) -> None:
        self._app = app
        self._folder = logs.Folder(_report, allowed=most_alike)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        try:
            await exchange.run(self._app)
        finally:
            self._write(exchange)

    def _write(self, exchange: "_Exchange") -> None:
        level = exchange.level()
        if not logs.is_on(level):
            return
        fields = exchange.fields()
        # By address where there is no key: that is what a flood without one has in common.
        who = fields.get("key") or fields.get("client")
        method = fields["method"] if fields["method"] in _METHODS else _OTHER_METHOD
        kind: Hashable = (method, fields.get("route"), fields.get("status"), who)
        if self._folder.admit(kind, (level, fields)):
            logs.write(level, _LOGGER, "request", fields)


class _Exchange:
    """One request and its answer, as far as they have come."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._path = scope["path"]  # The router changes it.
        self._is_probe = is_probe(scope)
        self._receive_inner = receive
        self._send_inner = send
        self._started = time.perf_counter_ns()
        self._status: int | None = None
        self._bytes = 0
        self._is_complete = False
        self._has_left = False
        self._error: str | None = None

    async def run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._receive, self._send)
        except asyncio.CancelledError:
            self._error = "the server stopped"
            if self._status is None and not self._has_left:
                # Else uvicorn would answer with a 500 of its own, without the request's id.
                await send_error(self._scope, self._send, 503, _STOPPED)
            raise
        except Exception as error:
            found = _root_of(error)
            self._error = describe(found)
            if self._has_left:
                # Nobody waits for an answer, and leaving is no fault; what else failed may be one.
                if self._error is None and not isinstance(found, OSError):
                    log_unexpected(self._scope, found)
                return
            if self._error is None:
                log_unexpected(self._scope, found)
                self._error = f"{type(found).__name__}; see the line before"
            if self._status is not None:
                raise CutResponseError(self._error) from error
            await send_error(self._scope, self._send, 500, UNEXPECTED)

    def level(self) -> str:
        if self._is_probe:
            return "debug"
        status = self._status or 0
        is_odd = status in _WORTH_A_WARNING or status >= _SERVER_ERROR or self._error is not None
        return "warning" if is_odd else "info"

    def fields(self) -> dict[str, Any]:
        """Return what the line says."""
        scope = self._scope
        found: dict[str, Any] = {"method": str(scope.get("method", ""))[:_MOST_OF_METHOD]}
        # Of what was asked for where there is no such path, a person wants to know what it was.
        if (route := scope.get("path_template")) is not None:
            found["route"] = route
        else:
            found["path"] = self._path[:_MOST_OF_PATH]
        if self._status is not None:
            found["status"] = self._status
        found["ms"] = round((time.perf_counter_ns() - self._started) / 1e6, 3)
        if (key := key_of(scope)) is not None:
            found["project"] = key.project_id
            found["key"] = key.id
        found["request_id"] = request_id(scope)
        found["bytes"] = self._bytes
        if client := scope.get("client"):
            found["client"] = client[0]
        if self._has_left:
            found["disconnected"] = True
        if told := told_of(scope, with_query=False):
            found["not_understood"] = "; ".join(told)[:_MOST_OF_MESSAGE]
        if (error := self._error or refusal_of(scope)) is not None:
            found["error"] = error[:_MOST_OF_MESSAGE]
        return found

    async def _receive(self) -> Any:
        message = await self._receive_inner()
        if message["type"] == "http.disconnect" and not self._is_complete:
            self._has_left = True
        return message

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if not self._has_left:
                self._status = message["status"]
        elif message["type"] == "http.response.body":
            self._bytes += len(message.get("body", b""))
            self._is_complete = not message.get("more_body", False)
        await self._send_inner(message)


def _root_of(error: Exception) -> Exception:
    """Return what went wrong within an answer that was begun: frameworks wrap it."""
    found: BaseException = error
    if isinstance(found, LitestarException) and found.__cause__ is not None:
        found = found.__cause__
    while isinstance(found, BaseExceptionGroup) and len(found.exceptions) == 1:
        found = found.exceptions[0]
    return found if isinstance(found, Exception) else error


def _report(about: tuple[str, dict[str, Any]], hidden: int, seconds: float) -> None:
    """Say how many requests had no line."""
    level, fields = about
    same = ("method", "route", "status", "project", "key", "client")
    shared = {name: fields[name] for name in same if name in fields}
    if shared.get("method") not in _METHODS:
        shared["method"] = _OTHER_METHOD
    event = f"{hidden:,} more requests in {seconds:.0f} s"
    more = {"repeated": hidden, "seconds": round(seconds, 1)}
    logs.write(level, _LOGGER, event, shared | more)


class _Silence(logging.Filter):
    """Drops uvicorn's account of what was cut: the request's line says it.

    The application's own end is cut when somebody who stops the server does not want to wait.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, CutResponseError | asyncio.CancelledError):
            return False
        *_, last = record.getMessage().rstrip().rsplit("\n", 1)
        return not last.startswith("asyncio.exceptions.CancelledError")


_SILENCE = _Silence()


def silence_cut_responses() -> None:
    """Have uvicorn log no traceback where `RequestLog` has written a line."""
    logging.getLogger("uvicorn.error").addFilter(_SILENCE)
