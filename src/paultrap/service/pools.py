"""`Pool`: a few threads that know how long they have been at what they do."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Stuck(NamedTuple):
    """A pool in which nothing gets on.

    Attributes:
        pool: The name of the pool.
        seconds: How long it has been stuck, in seconds.
    """

    pool: str
    seconds: float


class PoolLoad(NamedTuple):
    """What a pool is at.

    Attributes:
        threads: How many threads the pool has.
        running: How many tasks run.
        waiting: How many tasks wait for a thread.
    """

    threads: int
    running: int
    waiting: int


class Pool:
    """Threads for one kind of tasks. Safe to use from many threads.

    Args:
        name: The name of the pool and of its threads.
        threads: How many threads the pool has.
        patience_s: How many seconds a task may run or wait until the pool counts as stuck.
        queue_counts: Whether a task that waits so long for a thread shows that, too. Not where a
            long queue is as it should be.
        clock: Returns seconds that never decrease.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        *,
        patience_s: float,
        queue_counts: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._threads = threads
        self._patience_s = patience_s
        self._queue_counts = queue_counts
        self._clock = clock
        self._executor = ThreadPoolExecutor(threads, name)
        self._lock = threading.Lock()
        # When each task came, or began; the oldest is the first.
        self._waiting: dict[object, float] = {}
        self._running: dict[object, float] = {}
        self._on_begun: Callable[[float], None] = _ignore
        self._on_ended: Callable[[float], None] = _ignore

    def measure(self, on_begun: Callable[[float], None], on_ended: Callable[[float], None]) -> None:
        """Have each task's times reported from now on, in its thread.

        Args:
            on_begun: Called with the seconds for which the task has waited.
            on_ended: Called with the seconds that it took.
        """
        self._on_begun, self._on_ended = on_begun, on_ended

    def load(self) -> PoolLoad:
        """Return what the pool is at."""
        with self._lock:
            return PoolLoad(self._threads, len(self._running), len(self._waiting))

    def wait(self) -> object:
        """Count a task that is not submitted yet as waiting, and return what `submit` knows it by."""
        task = object()
        with self._lock:
            self._waiting[task] = self._clock()
        return task

    def forget(self, task: object) -> None:
        """Count a task no more that waited, and will not be submitted."""
        with self._lock:
            self._waiting.pop(task, None)

    def submit(self, call: Callable[[], T], task: object | None = None) -> "Future[T]":
        """Have ``call`` run by a thread that is free.

        Args:
            call: The task.
            task: What `wait` has returned where it waits already.

        Raises:
            RuntimeError: The pool was closed.
        """
        task = task or self.wait()
        try:
            future = self._executor.submit(self._run, task, call)
        except RuntimeError:
            self.forget(task)
            raise
        # It may have been canceled.
        future.add_done_callback(lambda _: self.forget(task))
        return future

    def stuck(self) -> Stuck | None:
        """Return for how long nothing has got on, where that is too long.

        Nothing gets on while each thread is at one task, and while the oldest task that waits does.
        """
        now = self._clock()
        seconds = 0.0
        with self._lock:
            if len(self._running) == self._threads:
                seconds = now - list(self._running.values())[-1]
            if self._queue_counts and self._waiting:
                seconds = max(seconds, now - next(iter(self._waiting.values())))
        return Stuck(self.name, seconds) if seconds > self._patience_s else None

    def longest_s(self) -> float | None:
        """Return for how long the oldest running task has been at it, or None where none is."""
        with self._lock:
            began = next(iter(self._running.values()), None)
        return None if began is None else self._clock() - began

    def close(self) -> None:
        """Take no more tasks and drop those that have not begun; return at once."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _run(self, task: object, call: Callable[[], T]) -> T:
        began = self._clock()
        with self._lock:
            came = self._waiting.pop(task, began)
            self._running[task] = began
        self._on_begun(began - came)
        try:
            return call()
        finally:
            with self._lock:
                del self._running[task]
            self._on_ended(self._clock() - began)


def _ignore(_seconds: float) -> None:
    """Do nothing with a time: it is not measured."""
