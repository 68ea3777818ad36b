"""Threads for what must not run on the event loop: the store's calls and heavy parsing.

One writer, where the store takes one write at a time and a queue is fairer than a lock; a few
readers; and as many computing threads as cores, since the kernels release the GIL. What can take long
has threads apart, so that no other request waits behind it: programs and ansätze, which other
processes read, and the results of functions.
"""

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

from paultrap.host import usable_cores
from paultrap.service.outages import StoreWatch
from paultrap.service.pools import Pool, Stuck
from paultrap.service.reading import ReadingQueue
from paultrap.store import StoreUnavailableError

_READERS = 8
#: How many writes a server has at a time where the store takes many.
SHARED_WRITERS = 4
# For how long nothing may get on in a pool while the server counts as ready. Longer than anything
# takes that is allowed to take its time: a store that waits for a lock (30 s), circuits that are
# compiled, a large answer on a loaded machine.
_PATIENCE_S = 40.0
# Beyond the time that a process may read a program for: its answer is still to be checked.
_GRACE_S = 40.0
_END_PAUSE_S = 0.02

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """The thread pools of one server.

    Args:
        program_s: How long another process may read a program.
        writers: How many writes the store takes at a time.
        clock: Returns seconds that never decrease.
    """

    def __init__(
        self,
        program_s: float = 60.0,
        *,
        writers: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        pool = partial(Pool, patience_s=_PATIENCE_S, clock=clock)
        cores = usable_cores()
        self.clock = clock
        #: Knows whether the store answers; None where that is not watched.
        self.watch: StoreWatch | None = None
        self._writer = pool("store-writer", writers)
        self._readers = pool("store-reader", _READERS)
        self._computers = pool("compute", cores)
        # What a function has come to is made of all answers of its job, which can be gigabytes.
        self._evaluators = pool("function-results", cores, patience_s=math.inf)
        # Each has a process at work, for as long as a minute: other requests need cores too.
        most = max(2, cores // 2)
        self._programs = Pool(
            "program-reader",
            ReadingQueue.threads_for(most),
            # Many programs one after the other may take minutes: their queues say nothing.
            patience_s=program_s + _GRACE_S,
            queue_counts=False,
            clock=clock,
        )
        self._reading = ReadingQueue(self._programs, most)
        self._pools = (
            self._writer,
            self._readers,
            self._computers,
            self._evaluators,
            self._programs,
        )

    async def write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call`` after the writes before it, where there is one writer.

        Raises:
            StoreDownError: The database is known not to answer, and ``call`` was not begun.
        """
        return await self._of_store(self._writer, partial(call, *args, **kwargs), may_go_on=True)

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which waits for the store and changes nothing.

        Raises:
            StoreDownError: The database does not answer.
        """
        return await self._of_store(self._readers, partial(call, *args, **kwargs), may_go_on=False)

    async def read_on(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which reads a part of an answer that has begun, for as long as it takes."""
        return await self._run(self._readers, partial(call, *args, **kwargs))

    def write_in_background(self, call: Callable[[], None]) -> None:
        """Have ``call`` run after the writes before it, and do not wait for it."""
        with suppress(RuntimeError):  # as below
            self._writer.submit(call)

    def run_in_background(self, call: Callable[[], None]) -> None:
        """Have ``call`` run by a reader some time, and do not wait for it."""
        with suppress(RuntimeError):  # The pools have stopped, and everything goes anyway.
            self._readers.submit(call)

    async def compute(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which needs a core and waits for nothing."""
        return await self._run(self._computers, partial(call, *args, **kwargs))

    async def evaluate(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call``, which reads all answers of a job and needs a core, perhaps for long."""
        return await self._run(self._evaluators, partial(call, *args, **kwargs))

    @property
    def reading(self) -> ReadingQueue:
        """Has other processes read programs and ansätze, perhaps for long."""
        return self._reading

    @property
    def pools(self) -> tuple[Pool, ...]:
        """All pools, for monitoring."""
        return self._pools

    def stuck(self) -> list[Stuck]:
        """Return the pools in which nothing gets on, and for how long."""
        return [found for pool in self._pools if (found := pool.stuck()) is not None]

    def busy(self) -> dict[str, float]:
        """Return the pools that are at something, and for how many seconds at the oldest of it."""
        found = {pool.name: pool.longest_s() for pool in self._pools}
        return {name: seconds for name, seconds in found.items() if seconds is not None}

    @property
    def is_reading(self) -> bool:
        """Whether another process reads something."""
        return self._programs.longest_s() is not None

    def close(self) -> None:
        """Take nothing more, and drop what has not begun; return at once."""
        for pool in self._pools:
            pool.close()

    def stop(self, patience_s: float = 5.0) -> bool:
        """Close, and let what is running end, for so many seconds; return whether it has."""
        self.close()
        deadline = time.monotonic() + patience_s
        while self.busy():
            if time.monotonic() > deadline:
                return False
            time.sleep(_END_PAUSE_S)
        return True

    async def _of_store(self, pool: Pool, call: Callable[[], T], *, may_go_on: bool) -> T:
        """Run a call that needs the store, unless that is known not to answer.

        Args:
            pool: The threads.
            call: What is to be done.
            may_go_on: Whether it is waited for once it has begun, whatever the database does.
        """
        watch = self.watch
        if watch is None:
            return await self._run(pool, call)
        watch.check()
        future = asyncio.wrap_future(begun := pool.submit(call))
        lost = asyncio.ensure_future(watch.lost())
        try:
            waited: set[asyncio.Future[Any]] = {future, lost}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not future.done() and (begun.cancel() or not may_go_on):
                watch.check()
            return await future
        except StoreUnavailableError:
            watch.failed()
            raise
        finally:
            lost.cancel()
            future.add_done_callback(_forget)

    @staticmethod
    async def _run(pool: Pool, call: Callable[[], T]) -> T:
        return await asyncio.wrap_future(pool.submit(call))


def _forget(future: asyncio.Future[Any]) -> None:
    """Take what has come of a call that nobody waits for any more."""
    if not future.cancelled():
        future.exception()
