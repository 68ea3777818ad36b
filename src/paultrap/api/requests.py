"""What layers around the application know of a request: id, key, trace, and the answer's status."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from litestar import Request
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from paultrap.notices import Notice, Notices, quotable
from paultrap.service import Client, Download, Origin
from paultrap.store import KeyRecord
from paultrap.tracing import read_traceparent

#: The most characters of an `Idempotency-Key`.
LONGEST_IDEMPOTENCY_KEY = 255

_ID = "paultrap.request_id"
_KEY = "paultrap.key"
_REFUSAL = "paultrap.refusal_message"
_TOLD = "paultrap.told"
_TRACE = "paultrap.traceparent"
_NOTICES = "paultrap.notices"
_DOWNLOAD = "paultrap.download"
# Asked for again and again, by programs that watch the server.
_PROBES = {"/healthz", "/readyz", "/metrics"}
# What a proxy or a client may send as an id: it is written to the log as it is.
_SANE = re.compile(rb"[!-~]{1,128}")


def client_of(request: Request[Any, Any, Any], key: KeyRecord) -> Client:
    """Return who has sent a request whose body was read."""
    return Client(key, partial(left, request))


async def left(request: Request[Any, Any, Any]) -> None:
    """Return when the client has left; what it still sends is dropped."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def origin_of(scope: Scope) -> Origin:
    """Return the origin of the jobs that a request submits."""
    return Origin(request_id(scope), traceparent_of(scope))


def state_of(scope: Scope) -> dict[str, Any]:
    """Return what is kept with a request, for whatever handles it."""
    found: dict[str, Any] = scope.setdefault("state", {})
    return found


def header_of(scope: Scope, name: bytes) -> bytes | None:
    """Return the first header of this name, in lower case, or None."""
    return next((value for each, value in scope["headers"] if each == name), None)


def is_probe(scope: Scope) -> bool:
    """Return whether a request, not routed yet, is one of those that watch the server."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) in _PROBES


def request_id(scope: Scope) -> str:
    """Return the request's id, the same one each time.

    It is that of the header `X-Request-ID`, where there is one of printable ASCII characters
    without spaces, 128 at most; else a new one.
    """
    state = state_of(scope)
    found: str | None = state.get(_ID)
    if found is None:
        found = state[_ID] = _sent_id(scope) or str(uuid4())
    return found


def _sent_id(scope: Scope) -> str | None:
    sent = header_of(scope, b"x-request-id")
    return sent.decode("ascii") if sent is not None and _SANE.fullmatch(sent) else None


def traceparent_of(scope: Scope) -> str | None:
    """Return the W3C trace context of a request: of its span, else of what it came with, or None."""
    state = state_of(scope)
    if _TRACE in state:
        found: str | None = state[_TRACE]
        return found
    sent = header_of(scope, b"traceparent")
    return None if sent is None else read_traceparent(sent.decode("latin-1").strip())


def keep_traceparent(scope: Scope, traceparent: str | None) -> None:
    """Let `traceparent_of` return that of the request's span."""
    state_of(scope)[_TRACE] = traceparent


def remember_key(scope: Scope, key: KeyRecord) -> None:
    """Keep with a request whose key it came with, for the log."""
    state_of(scope)[_KEY] = key


def key_of(scope: Scope) -> KeyRecord | None:
    """Return the key that a request came with; None where none was asked for or it is unknown."""
    found: KeyRecord | None = state_of(scope).get(_KEY)
    return found


def keep_download(scope: Scope, download: Download) -> None:
    """Keep with a request its answer, whose turn ends with the request: see `ending_downloads`."""
    state_of(scope)[_DOWNLOAD] = download


def ending_downloads(app: ASGIApp) -> ASGIApp:
    """Return an application whose large answers end with their requests, however those end."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        finally:
            download: Download | None = state_of(scope).pop(_DOWNLOAD, None)
            if download is not None:
                download.end()

    return run


def remember_refusal(scope: Scope, message: str) -> None:
    """Keep with a request why it is answered with an error, for the log."""
    state_of(scope)[_REFUSAL] = message


def refusal_of(scope: Scope) -> str | None:
    """Return the message that a request is refused with, or None."""
    found: str | None = state_of(scope).get(_REFUSAL)
    return found


def notices_of(scope: Scope) -> Notices:
    """Return where is told what of a request is not understood, the same each time.

    A request is strict that has the header `Paultrap-Strict: true`.
    """
    state = state_of(scope)
    found: Notices | None = state.get(_NOTICES)
    if found is None:
        sent = (header_of(scope, b"paultrap-strict") or b"").strip().lower()
        found = state[_NOTICES] = Notices(strict=sent in {b"true", b"1"})
        if sent not in {b"", b"true", b"1", b"false", b"0"}:
            shown = quotable(sent.decode("latin-1"))
            problem = f'"{shown}" is neither true nor false'
            found.add("header", shown, Notice("paultrap-strict", problem))
    return found


def be_strict(scope: Scope) -> None:
    """Have what of a request is not understood refused, whatever its header says."""
    notices_of(scope).strict = True


def told_of(scope: Scope, *, with_query: bool = True) -> list[str]:
    """Return what of a request was not understood, its query among that or not.

    Of a strict one nothing: it is refused, and nothing is ignored.
    """
    state = state_of(scope)
    found: Notices | None = state.get(_NOTICES)
    told = [] if found is None or found.strict else found.told(with_query=with_query)
    return [*state.get(_TOLD, ()), *told]


def tell(scope: Scope, told: Sequence[str]) -> None:
    """Let a request be told what an equal one was told whose answer it has."""
    state_of(scope)[_TOLD] = told


class WatchedSend:
    """Passes an answer on.

    Args:
        send: Where the answer goes.

    Attributes:
        status: The HTTP status code of the answer; 0 before it has one.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Pass on one message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
