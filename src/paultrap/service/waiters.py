"""`JobWaiters`: who waits for a job to get on. A wait holds no thread, and the waiter bounds it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain

from paultrap.store import EventKind, JobNotice

# With these, neither a job nor a part of it has ended.
_GOES_ON = {
    EventKind.SUBMITTED,
    EventKind.LEASED,
    EventKind.RETRIED,
    EventKind.HALVED,
    EventKind.QUEUED,
    EventKind.RERUN,
    EventKind.LOST,
    EventKind.DOUBTED,
}


class JobWaiters:
    """Who waits for which job."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def attach(self) -> None:
        """Serve the running event loop from now on."""
        self._loop = asyncio.get_running_loop()

    def hear(self, notice: JobNotice) -> None:
        """Wake, from any thread, those who wait for a job that has ended, or a part of it."""
        if self._loop is not None and notice.kind not in _GOES_ON:
            with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
                self._loop.call_soon_threadsafe(self._wake, notice.job_id)

    @contextmanager
    def watch(self, job_id: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set each time the job, which is no child, or a part has ended."""
        event = asyncio.Event()
        self._waiting[job_id].add(event)
        try:
            yield event
        finally:
            self._waiting[job_id].discard(event)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    def _wake(self, job_id: str | None) -> None:
        """Wake those who wait for a job, or, without one, all."""
        known = self._waiting.values() if job_id is None else [self._waiting.get(job_id, set())]
        for event in chain.from_iterable(known):
            event.set()
