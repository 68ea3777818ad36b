"""Requests as metrics: how many, how they ended, how long they took.

Litestar's own plug-in is not used for them: it keeps its metrics in the process, so that two
applications share them, it times an answer up to its first piece alone, and it never sees a request
whose path is not found.
"""

import time
from collections.abc import Callable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from paultrap.api.requests import WatchedSend

# From an answer out of memory to a batch of the largest size.
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_UNMATCHED = "unmatched"
_NO_STATUS = "none"
# A client may send any word as its method, and each would be a time series.
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

_Note = Callable[[float], None]


class RequestMetrics:
    """Counts and times the requests of one application.

    Args:
        registry: The registry of the application's metrics.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "paultrap_http_requests",
            "Requests that were answered, or whose client left before.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._durations = Histogram(
            "paultrap_http_request_duration_seconds",
            "Time from a request's headers to the last byte of its answer.",
            ["method", "route"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self._in_progress = 0
        Gauge(
            "paultrap_http_requests_in_progress",
            "Requests that are being answered.",
            registry=registry,
        ).set_function(lambda: self._in_progress)
        # Looking a time series up by its labels takes longer than counting.
        self._notes: dict[tuple[str, str | None, int], _Note] = {}

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return an application that does what ``app`` does, and counts it."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await app(scope, receive, send)
                return
            watched = WatchedSend(send)
            started = time.perf_counter()
            self._in_progress += 1
            try:
                await app(scope, receive, watched)
            finally:
                self._in_progress -= 1
                # Litestar names the route where it has found one.
                key = (scope["method"], scope.get("path_template"), watched.status)
                note = self._notes.get(key) or self._note_of(*key)
                note(time.perf_counter() - started)

        return counted

    def _note_of(self, method: str, template: str | None, status: int) -> _Note:
        """Return what counts a request, remembered where there is a bound on how many there are."""
        known = method in _METHODS
        labels = (method if known else "other", template or _UNMATCHED)
        requests = self._requests.labels(*labels, str(status) if status else _NO_STATUS)
        durations = self._durations.labels(*labels)

        def note(duration_s: float) -> None:
            requests.inc()
            durations.observe(duration_s)

        if known:
            self._notes[method, template, status] = note
        return note
