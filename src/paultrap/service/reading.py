"""`ReadingQueue`: whose program or ansatz other processes read next, and when they give one up.

Each owner has a queue, and they take turns. What takes more than a quarter of a second of a core's
time lets others pass: it goes on beside them where few such are read, and else it is begun anew once
it may be. What a client has sent who closes the connection is dropped, and the process that reads it
is ended.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from paultrap.languages import ReaderError, Reading
from paultrap.service.leaving import unless_left
from paultrap.service.pools import Pool
from paultrap.service.turns import Owner, Turns

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# After so long it counts as slow though nobody says so.
_SHORT_S = 5.0
# Of all requests with one key that wait to be read. Whoever waits holds its memory.
_MOST_BYTES = 64 << 20


class Unread(Protocol[T_co]):
    """What another process is to read.

    Attributes:
        seconds: How long that may take.
    """

    @property
    def seconds(self) -> float: ...  # noqa: D102

    def read(self, reading: Reading) -> T_co:
        """Wait for it, unless ``reading`` is stopped."""
        ...


class ReadingQueue:
    """Reads programs and ansätze, fairly between their owners. To be used on one event loop.

    Args:
        pool: The threads that wait for processes, as many as `threads_for` says.
        count: How many are read at a time that have just begun, and as many beside them that take
            longer; two or more.
    """

    def __init__(self, pool: Pool, count: int) -> None:
        self._pool = pool
        self._short, self._long = Turns(count), Turns(count)
        self._bytes: Counter[str] = Counter()

    @staticmethod
    def threads_for(count: int) -> int:
        """Return how many threads the pool needs."""
        return 2 * count

    async def read(
        self, owner: Owner, size: int, unread: Unread[T], left: Callable[[], Awaitable[None]]
    ) -> T:
        """Return what ``unread.read`` does, in a thread, when it is the owner's turn.

        Args:
            owner: Whose it is.
            size: How many bytes are kept while it waits.
            unread: What is to be read.
            left: Returns when nobody waits for it any more.

        Raises:
            ClientLeftError: Nobody waits for it any more.
            ReaderError: Too much with this key waits, or no process could be started.
        """
        with self._counted(owner, size):
            return await unless_left(self._read(owner, unread), left)

    @contextmanager
    def _counted(self, owner: Owner, size: int) -> Iterator[None]:
        if self._bytes[owner.key] and self._bytes[owner.key] + size > _MOST_BYTES:
            raise ReaderError(
                f"more than {_MOST_BYTES >> 20} MB of requests with this key wait to be read; "
                "try again later"
            )
        self._bytes[owner.key] += size
        try:
            yield
        finally:
            self._bytes[owner.key] -= size
            if not self._bytes[owner.key]:
                del self._bytes[owner.key]

    async def _read(self, owner: Owner, unread: Unread[T]) -> T:
        attempt = await self._begun(owner, unread, self._short)
        if not await attempt.was_quick() and not attempt.moves_to(self._long):
            attempt.stop()
            attempt = await self._begun(owner, unread, self._long)
        return await attempt.result()

    async def _begun(self, owner: Owner, unread: Unread[T], turns: Turns) -> "_Attempt[T]":
        place = self._pool.wait()
        try:
            await turns.take(owner)
        except asyncio.CancelledError:
            self._pool.forget(place)
            raise
        attempt: _Attempt[T] = _Attempt(unread.seconds, turns, owner)
        try:
            attempt.begin(self._pool.submit(partial(unread.read, attempt.reading), place))
        except RuntimeError:  # The pool was closed.
            turns.give_back(owner)
            raise
        return attempt


class _Attempt(Generic[T]):
    """One reading, which gives its turn back when the thread is free that waits for it."""

    def __init__(self, seconds: float, turns: Turns, owner: Owner) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_slow = self._loop.create_future()
        self.reading = Reading(seconds, self._slows)
        self._turns = turns
        self._owner = owner

    def begin(self, future: Future[T]) -> None:
        """Take what is to come of it."""
        self._future = asyncio.wrap_future(future)
        self._future.add_done_callback(self._end)

    def _slows(self) -> None:
        with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            self._loop.call_soon_threadsafe(self._is_slow.cancel)

    def _end(self, future: asyncio.Future[T]) -> None:
        self._turns.give_back(self._owner)
        if not future.cancelled():
            future.exception()  # It is known: it may have been stopped, and nobody asks.

    def stop(self) -> None:
        """End the process that reads."""
        self.reading.stop()

    def moves_to(self, turns: Turns) -> bool:
        """Go on in a turn of others, where there is one, and return whether it does."""
        if not turns.take_at_once(self._owner):
            return False
        self._turns.give_back(self._owner)
        self._turns = turns
        return True

    async def was_quick(self) -> bool:
        """Wait until it has ended or is slow, and return whether it has ended."""
        await self._wait({self._future, self._is_slow}, _SHORT_S)
        return self._future.done()

    async def result(self) -> T:
        """Return what was read, once it has ended."""
        await self._wait({self._future})
        return self._future.result()

    async def _wait(
        self, futures: Iterable[asyncio.Future[Any]], seconds: float | None = None
    ) -> None:
        try:
            await asyncio.wait(futures, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.stop()
            raise
