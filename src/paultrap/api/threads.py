"""Threads for what must not run on the event loop: the store's calls and heavy parsing.

One writer, because the store takes one write at a time and a queue is fairer than a lock; a few
readers; and as many computing threads as cores, since the kernels release the GIL.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from prometheus_client import CollectorRegistry

from paultrap.api.metrics.pools import PoolMetrics

__all__ = ["Threads"]

_READERS = 8

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """The thread pools of one application.

    Args:
        metrics: Measures them; None where nobody asks.
    """

    def __init__(self, metrics: PoolMetrics | None = None) -> None:
        metrics = metrics or PoolMetrics(CollectorRegistry())
        cores = os.cpu_count() or 1
        self._writer = _Pool("store-writer", 1, metrics)
        self._readers = _Pool("store-reader", _READERS, metrics)
        self._computers = _Pool("compute", cores, metrics)
        # Each has a process at work, for as long as a minute: other requests need cores too.
        self._waiters = _Pool("program-reader", max(1, cores // 2), metrics)

    async def write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call`` after the writes before it."""
        return await self._writer.run(partial(call, *args, **kwargs))

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which waits for the store."""
        return await self._readers.run(partial(call, *args, **kwargs))

    def leave(self, call: Callable[[], None]) -> None:
        """Have ``call`` run by a reader some time, and do not wait for it."""
        with suppress(RuntimeError):  # The pools have stopped, and everything goes anyway.
            self._readers.submit(call)

    async def compute(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which needs a core."""
        return await self._computers.run(partial(call, *args, **kwargs))

    async def wait(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which waits for a process that may need a core for long."""
        return await self._waiters.run(partial(call, *args, **kwargs))

    def stop(self) -> None:
        """Let what is running end, and drop what has not begun."""
        for pool in (self._writer, self._readers, self._computers, self._waiters):
            pool.shutdown(cancel_futures=True)


class _Pool(ThreadPoolExecutor):
    """A thread pool whose calls are measured."""

    def __init__(self, name: str, threads: int, metrics: PoolMetrics) -> None:
        super().__init__(threads, name)
        self._meter = metrics.meter(name, threads)

    async def run(self, call: Callable[[], T]) -> T:
        """Run ``call`` in a thread, and wait for it without one."""
        self._meter.awaited += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self, self._meter.timed(call))
        finally:
            self._meter.awaited -= 1
