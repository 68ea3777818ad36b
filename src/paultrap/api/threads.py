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

__all__ = ["Threads"]

_READERS = 8

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """The thread pools of one application."""

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(_READERS, "store-reader")
        cores = os.cpu_count() or 1
        self._computers = ThreadPoolExecutor(cores, "compute")
        # Each has a process at work, for as long as a minute: other requests need cores too.
        self._waiters = ThreadPoolExecutor(max(1, cores // 2), "program-reader")

    async def write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call`` after the writes before it."""
        return await self._run(self._writer, partial(call, *args, **kwargs))

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which waits for the store."""
        return await self._run(self._readers, partial(call, *args, **kwargs))

    def leave(self, call: Callable[[], None]) -> None:
        """Have ``call`` run by a reader some time, and do not wait for it."""
        with suppress(RuntimeError):  # The pools have stopped, and everything goes anyway.
            self._readers.submit(call)

    async def compute(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which needs a core."""
        return await self._run(self._computers, partial(call, *args, **kwargs))

    async def wait(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which waits for a process that may need a core for long."""
        return await self._run(self._waiters, partial(call, *args, **kwargs))

    def stop(self) -> None:
        """Let what is running end, and drop what has not begun."""
        for pool in (self._writer, self._readers, self._computers, self._waiters):
            pool.shutdown(cancel_futures=True)

    @staticmethod
    async def _run(pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, call)
