"""One span for each request, under that of the client where it names one.

Litestar's own plug-in is not used: it names spans by the path, ids and all, and makes further ones
for each message of an answer.
"""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from paultrap.api.requests import (
    WatchedSend,
    is_probe,
    keep_traceparent,
    request_id,
    traceparent_of,
)
from paultrap.tracing import SpanKind, Tracing

_SERVER_ERROR = 500


def traced(app: ASGIApp, tracing: Tracing) -> ASGIApp:
    """Return an application that does what ``app`` does, with a span for each request."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or is_probe(scope):
            await app(scope, receive, send)
            return
        watched = WatchedSend(send)
        method: str = scope["method"]
        span = tracing.span(
            "HTTP",  # until the route is known
            kind=SpanKind.SERVER,
            parent=traceparent_of(scope),
            attributes={
                "http.request.method": method,
                "url.path": scope["path"],
                "url.scheme": scope["scheme"],
                "paultrap.request_id": request_id(scope),
            },
        )
        with span:
            keep_traceparent(scope, span.traceparent)
            try:
                await app(scope, receive, watched)
            finally:
                if route := scope.get("path_template"):
                    span.rename(f"{method} {route}")
                    span.set("http.route", route)
                if watched.status:
                    span.set("http.response.status_code", watched.status)
                if watched.status >= _SERVER_ERROR:
                    span.fail()

    return answer
