"""Keeps a lease alive while its chunk runs, and notices when it is lost."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

from paultrap.store import Lease, WorkQueue

_BEATS_PER_LEASE = 3  # two may fail before the lease runs out
# A chunk that has just been finished has no lease any more, and is not lost: the end of the
# context follows at once.
_GRACE_S = 0.2
_PATIENCE_S = 3.0  # on a busy host too; what looks up does within milliseconds

_log = structlog.get_logger("paultrap.worker")


class Heartbeat:
    """A context in which a thread extends a lease again and again.

    Args:
        queue: The queue that the lease is extended in.
        lease: The lease to keep alive.
        lease_ms: How long each extension lasts, in milliseconds.
        on_lost: Called in the thread when the lease cannot be extended: the job was canceled or
            deleted, or another worker has the chunk.
        on_stuck: Called in the thread when the context has not ended three seconds after that.
    """

    def __init__(
        self,
        queue: WorkQueue,
        lease: Lease,
        lease_ms: int,
        *,
        on_lost: Callable[[], None],
        on_stuck: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._lease = lease
        self._lease_ms = lease_ms
        self._on_lost = on_lost
        self._on_stuck = on_stuck
        self._is_over = False
        self._called = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over = True
        self._called.set()
        self._thread.join()

    def check(self) -> None:
        """Beat now: the lease may have been lost."""
        self._called.set()

    def _ends_within(self, seconds: float) -> bool:
        self._called.wait(seconds)
        self._called.clear()
        return self._is_over

    def _beat(self) -> None:
        while not self._ends_within(self._lease_ms / 1000 / _BEATS_PER_LEASE):
            try:
                kept = self._queue.extend(self._lease, self._lease_ms)
            except Exception:  # noqa: BLE001  # A busy database may answer the next time.
                _log.warning("heartbeat failed", exc_info=True)
                continue
            if not kept:
                if not self._ends_within(_GRACE_S):
                    self._lose()
                return

    def _lose(self) -> None:
        self._on_lost()
        until = time.monotonic() + _PATIENCE_S
        while not self._is_over and (left := until - time.monotonic()) > 0:
            self._ends_within(left)
        if not self._is_over:
            self._on_stuck()
