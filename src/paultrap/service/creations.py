"""`CreationService`: requests that make something, each of which does it once.

What a request has made, and its answer, are in the store. Here is what only the server that has
the request can know: which requests are at work, whether their clients are still there, and, later,
whether they have taken their answers.

Two equal requests without an idempotency key are two, unless the client of the first one never got
its answer. So an equal request waits for one at work whose client has gone, and for no other.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any, NamedTuple, TypeVar

from paultrap.service.creating import Creating, Recipient
from paultrap.service.doubts import Doubts
from paultrap.service.elsewhere import decided
from paultrap.service.threads import Threads
from paultrap.store import (
    CreatingRequest,
    Creations,
    Fate,
    FirstAnswer,
    JobNotice,
    OvertakenError,
    RepeatedRequestError,
    StoreUnavailableError,
    UndecidedError,
)

_PAUSE_S = 0.1  # At most so often what has become of answers is written.
_SHARED_PAUSE_S = 0.01  # Other servers may wait for it.
_FAILED_PAUSE_S = 1.0
_MOST_REMEMBERED = 10_000
_MOST_TURNS = 10
_SKEW_MS = 1_000  # The clocks of two servers differ by less.

T = TypeVar("T")


class Created(NamedTuple):
    """How a request that makes something is answered.

    Attributes:
        answer: The answer.
        repeats: The id of what an earlier request has made, whose answer it is; None where this one
            has made it.
    """

    answer: FirstAnswer
    repeats: str | None = None


class CreationService:
    """The requests of one server that make something.

    Args:
        creations: The store's client for what requests have made.
        threads: The threads that blocking calls run in.
        window_ms: The milliseconds of `duplicate_window_seconds`.
    """

    def __init__(self, creations: Creations, threads: Threads, window_ms: int = 0) -> None:
        self._creations = creations
        self._threads = threads
        self.window_ms = window_ms
        self._at_work: dict[Hashable, list[Creating]] = {}
        self._newest: OrderedDict[Hashable, int] = OrderedDict()
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._writing: asyncio.TimerHandle | asyncio.Task[None] | None = None
        self._doubts = Doubts(creations, threads, self._note)

    async def once(
        self,
        request: CreatingRequest,
        recipient: Recipient | None,
        make: Callable[[Creating | None], Awaitable[Any]],
        whole: asyncio.Task[bytes] | None = None,
    ) -> Created:
        """Return how a request is answered, after it has made what it asks for.

        Args:
            request: What is to be made once.
            recipient: Who is to get the answer; None where nothing is known of it.
            make: Makes it with `stored`, and returns its record.
            whole: Gives the digest of the request, where that has a short one as yet, which equal
                requests have in common and other ones hardly ever.

        Raises:
            IdempotencyKeyError: Its idempotency key was sent before, with another request.
        """
        if not request.is_known:
            return Created(request.answer(await make(None)))
        name: Hashable = request.digest
        if request.idempotency_key is not None:
            name, recipient = (request.key_id, request.idempotency_key), None
        others = [each for each in self._at_work.get(name, ()) if not each.is_over]
        self._at_work[name] = others
        creating = Creating(
            request,
            recipient,
            others.copy(),
            whole,
            is_overtaken=self._is_overtaken(name, recipient),
        )
        creating.decided_elsewhere = partial(decided, self._creations, self._threads, request)
        if self._creations.is_shared and recipient is not None:
            request.came_at = self._creations.steady() - int(recipient.age_s * 1000) - _SKEW_MS
            request.is_here = creating.is_here
        others.append(creating)
        task = asyncio.create_task(self._run(creating, make))
        task.add_done_callback(partial(self._end, name, creating))
        try:
            # What has begun goes on when the request is dropped: it may be in its transaction.
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            creating.drop()
            raise

    def _is_overtaken(self, name: Hashable, recipient: Recipient | None) -> bool:
        """Return whether a request like one that has come now came later and was faster."""
        if recipient is None:
            return False
        newest = self._newest.pop(name, -1)
        self._newest[name] = max(newest, recipient.number)
        if len(self._newest) > _MOST_REMEMBERED:
            self._newest.popitem(last=False)
        return newest > recipient.number

    async def _run(
        self, creating: Creating, make: Callable[[Creating | None], Awaitable[Any]]
    ) -> Created:
        request = creating.request
        await creating.wait_for_earlier()
        found = None
        if request.idempotency_key is not None:
            await creating.identify()
            found = await self._threads.read(self._creations.find, request)
        if found is None:
            try:
                return Created(request.answer(await make(creating)))
            except RepeatedRequestError as error:
                found = error.creation
        return Created(found.answer, found.made_id)

    def _end(self, name: Hashable, creating: Creating, task: asyncio.Task[Created]) -> None:
        failed = task.cancelled() or task.exception() is not None
        if failed:
            # Whether a transaction that failed was committed is not always known.
            creating.drop()
        creating.end(partial(self._settle, name, creating))
        if self._creations.is_shared:
            self._doubts.watch(creating)
        if creating.is_over:
            self._forget(name, creating)

    def _settle(self, name: Hashable, creating: Creating, fate: Fate) -> None:
        self._doubts.forget(creating)
        self._note(creating, fate)
        self._forget(name, creating)

    def _note(self, creating: Creating, fate: Fate) -> None:
        request = creating.request
        if request.ticket is not None and request.is_watched:
            self._creations.noted(request.ticket, fate)
            self._write_soon()

    def _forget(self, name: Hashable, creating: Creating) -> None:
        others = self._at_work.get(name, [])
        if creating in others:
            others.remove(creating)
            if not others:
                del self._at_work[name]

    def attach(self) -> None:
        """Serve the running event loop from now on."""
        self._doubts.attach()

    def hear(self, notice: JobNotice) -> None:
        """Hear, from any thread, what other servers ask."""
        self._doubts.hear(notice)

    async def asked(self, job_id: str) -> None:
        """Note that somebody has asked for a job: a request like the one that made it is a new one."""
        if not self.window_ms or job_id in self._asked:
            return
        self._asked[job_id] = None
        if len(self._asked) > _MOST_REMEMBERED:
            self._asked.popitem(last=False)
        self._creations.asked(job_id)
        if self._creations.is_shared:  # The next request may come to another server.
            with suppress(StoreUnavailableError):
                await self._threads.write(self._creations.write_notes)
        else:
            self._write_soon()

    async def close(self) -> None:
        """Write what has become of answers, as far as it is known; what is not counts as lost."""
        self._doubts.close()
        if self._writing is not None:
            self._writing.cancel()
        with suppress(StoreUnavailableError):
            await self._threads.write(self._creations.write_notes)

    def _write_soon(self, pause_s: float | None = None) -> None:
        if self._writing is None:
            usual_s = _SHARED_PAUSE_S if self._creations.is_shared else _PAUSE_S
            loop = asyncio.get_running_loop()
            self._writing = loop.call_later(pause_s or usual_s, self._begin_to_write)

    def _begin_to_write(self) -> None:
        self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        pause_s = None
        try:
            await self._threads.write(self._creations.write_notes)
        except StoreUnavailableError:
            pause_s = _FAILED_PAUSE_S
        except RuntimeError:  # The pools have stopped.
            return
        finally:
            self._writing = None
        if self._creations.has_notes:
            self._write_soon(pause_s)


async def stored(
    threads: Threads, creating: Creating | None, store: Callable[[CreatingRequest | None], T]
) -> T:
    """Store what a request makes, after those before it whose answers it may have to give.

    Args:
        threads: The threads that blocking calls run in.
        creating: The request; None for what is made each time.
        store: Stores it, in a transaction that notes the request.

    Raises:
        ClientLeftError: Its client has gone, and has sent the same again.
    """
    if creating is None:
        return await threads.write(store, None)
    await creating.identify()
    await creating.wait_for_earlier()
    await creating.check_wanted()
    for turn in count():
        # While equal requests come at all servers at once, there may be new ones each time.
        creating.request.asks = turn < _MOST_TURNS
        try:
            return await threads.write(store, creating.request)
        except UndecidedError as error:
            if creating.decided_elsewhere is None:
                raise
            await creating.decided_elsewhere(error)
        except OvertakenError:
            await creating.check_wanted(is_overtaken=True)
            creating.request.is_here = _always
    raise AssertionError  # It goes on for ever; mypy cannot know.


def _always() -> bool:
    return True
