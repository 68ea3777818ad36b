"""`JobWaiters`: who waits for a job to get on. A wait holds no thread, and the waiter bounds it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class JobWaiters:
    """Who waits for which job."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def attach(self) -> None:
        """Serve the running event loop from now on."""
        self._loop = asyncio.get_running_loop()

    def announce(self, job_id: str) -> None:
        """Say, from any thread, that a job or a part of it has ended."""
        if self._loop is not None:
            with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
                self._loop.call_soon_threadsafe(self._wake, job_id)

    @contextmanager
    def watch(self, job_id: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set each time the job is announced."""
        event = asyncio.Event()
        self._waiting[job_id].add(event)
        try:
            yield event
        finally:
            self._waiting[job_id].discard(event)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    def _wake(self, job_id: str) -> None:
        for event in self._waiting.get(job_id, ()):
            event.set()
