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
from itertools import chain, repeat
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from paultrap.service.errors import ClientLeftError
from paultrap.service.threads import Threads
from paultrap.store import (
    CreatingRequest,
    Creations,
    Fate,
    FirstAnswer,
    RepeatedRequestError,
    StoreUnavailableError,
)

_PAUSE_S = 0.1  # At most so often what has become of answers is written.
# An answer that is not acknowledged for so long, while its client sends the same again, is given up.
_PATIENCE_S = 10.0
_PROBED_S = 3.0  # A connection that stopped sending is probed within a second.
_PAUSES_S = (0.001, 0.002, 0.005, 0.01, 0.02)
_MOST_REMEMBERED = 10_000

T = TypeVar("T")


class Recipient(Protocol):
    """Who is to get an answer, as far as its connection shows."""

    @property
    def number(self) -> int:
        """Its request's place in the order in which requests came."""

    @property
    def alive(self) -> bool:
        """Whether it can still get it, as far as is known."""

    @property
    def is_leaving(self) -> bool:
        """Whether it has stopped sending before it had the answer."""

    @property
    def is_doubtful(self) -> bool:
        """Whether it may have gone: it is leaving, or has not acknowledged the answer yet."""

    @property
    def is_acknowledged(self) -> bool:
        """Whether it has acknowledged the answer, or it is known what has become of it."""

    def give_up(self) -> None:
        """End a connection that has not acknowledged the answer, which is lost then."""

    def on_fate(self, callback: Callable[[Literal["taken", "lost"]], None]) -> None:
        """Have ``callback`` called once, in the event loop, when it has taken or lost the answer."""


class Created(NamedTuple):
    """How a request that makes something is answered.

    Attributes:
        answer: The answer.
        repeats: The id of what an earlier request has made, whose answer it is; None where this one
            has made it.
    """

    answer: FirstAnswer
    repeats: str | None = None


class Creating:
    """A request at work.

    Args:
        request: What the store knows of it.
        recipient: Who is to get the answer; None where nothing is known of it.
        before: Those like it that are at work, or whose answers are not acknowledged.
        whole: Gives the digest of the request, where that has a short one; None where it has it.
        is_overtaken: Whether one like it that came later is not behind it.

    Attributes:
        request: What the store knows of it.
    """

    def __init__(
        self,
        request: CreatingRequest,
        recipient: Recipient | None,
        before: list["Creating"],
        whole: asyncio.Task[bytes] | None = None,
        *,
        is_overtaken: bool = False,
    ) -> None:
        self.request = request
        self._is_overtaken = is_overtaken
        self._recipient = recipient
        self._before = before
        self._whole = whole
        self._ended = asyncio.Event()
        self._settled = asyncio.Event()
        self._fate: Fate | None = None
        self._on_fate: Callable[[Fate], None] = _ignore
        if recipient is not None:
            recipient.on_fate(lambda word: self.settle(Fate(word)))

    @property
    def is_lost(self) -> bool:
        """Whether its client will not have the answer."""
        gone = self._recipient is not None and not self._recipient.alive
        return gone or self._fate is Fate.LOST

    async def check_wanted(self) -> None:
        """Refuse to make something for a client that has gone and sent the same again.

        Requests overtake each other on their way here: the later one may have its answer already.

        Raises:
            ClientLeftError: It has.
        """
        recipient = self._recipient
        if recipient is None or not self._is_overtaken:
            return
        if recipient.is_leaving and not self.is_lost:
            with suppress(TimeoutError):  # Its connection is probed.
                async with asyncio.timeout(_PROBED_S):
                    await self._settled.wait()
        if self.is_lost:
            raise ClientLeftError

    def settle(self, fate: Fate) -> None:
        """Note what has become of the answer; the first word counts."""
        if self._fate is None:
            self._fate = fate
            self._on_fate(fate)
            self._settled.set()

    def drop(self) -> None:
        """Note that the request is answered with an error, whatever it has made by then."""
        self._fate = Fate.LOST
        self._on_fate(Fate.LOST)
        self._settled.set()

    def end(self, on_fate: Callable[[Fate], None]) -> None:
        """End its work; ``on_fate`` is called when it is known what has become of the answer."""
        self._ended.set()
        self._before = []
        if self._fate is None:
            self._on_fate = on_fate
        else:
            on_fate(self._fate)

    async def identify(self) -> None:
        """Wait for the digest of the request."""
        if self._whole is not None:
            self.request.digest = await asyncio.shield(self._whole)
            self._whole = None

    async def _identify_earlier(self) -> None:
        """Forget those before it that have no more than the short digest in common with it."""
        for each in (self, *self._before):
            await each.identify()
        own = self.request.digest
        self._before = [each for each in self._before if each.request.digest == own]

    async def wait_for_earlier(self) -> None:
        """Wait for those before it that may make what this one asks for.

        With an idempotency key, and within the window of duplicates, these are all of them; else
        those whose clients have gone, or may have.
        """
        has_key = self.request.idempotency_key is not None
        if self._before and not has_key:
            await self._identify_earlier()
        everybody = has_key or self.request.window_ms > 0
        has_waited = True
        while has_waited:  # Others may have left meanwhile.
            has_waited = False
            for each in self._before:
                has_waited |= await each.settled(everybody=everybody)

    async def settled(self, *, everybody: bool) -> bool:
        """Wait until it is known what has become of it, where that matters; return whether it did.

        Args:
            everybody: Whether it matters although its client is there.
        """
        recipient = self._recipient
        leaving = recipient is not None and recipient.is_leaving
        if not self._ended.is_set() and (everybody or leaving or self.is_lost):
            await self._ended.wait()
            return True
        if not self._is_undecided():
            return False
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._decided()
        except TimeoutError:
            if recipient is not None:
                recipient.give_up()
            self.settle(Fate.LOST)
        return True

    def _is_undecided(self) -> bool:
        recipient = self._recipient
        return self._fate is None and recipient is not None and recipient.is_doubtful

    async def _decided(self) -> None:
        """Wait until the client has acknowledged the answer or lost it."""
        for pause_s in chain(_PAUSES_S, repeat(_PAUSES_S[-1])):
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._settled.wait()
            if not self._is_undecided():
                return

    @property
    def is_over(self) -> bool:
        """Whether nobody has to wait for it any more."""
        recipient = self._recipient
        return self._ended.is_set() and (recipient is None or recipient.is_acknowledged)


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
        self._is_writing = False

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
        if creating.is_over:
            self._forget(name, creating)

    def _settle(self, name: Hashable, creating: Creating, fate: Fate) -> None:
        request = creating.request
        if request.ticket is not None and request.is_watched:
            self._creations.noted(request.ticket, fate)
            self._write_soon()
        self._forget(name, creating)

    def _forget(self, name: Hashable, creating: Creating) -> None:
        others = self._at_work.get(name, [])
        if creating in others:
            others.remove(creating)
            if not others:
                del self._at_work[name]

    def asked(self, job_id: str) -> None:
        """Note that somebody has asked for a job: a request like the one that made it is a new one."""
        if not self.window_ms or job_id in self._asked:
            return
        self._asked[job_id] = None
        if len(self._asked) > _MOST_REMEMBERED:
            self._asked.popitem(last=False)
        self._creations.asked(job_id)
        self._write_soon()

    async def close(self) -> None:
        """Write what has become of answers, as far as it is known; what is not counts as lost."""
        with suppress(StoreUnavailableError):
            await self._threads.write(self._creations.write_notes)

    def _write_soon(self) -> None:
        if not self._is_writing:
            self._is_writing = True
            asyncio.get_running_loop().call_later(_PAUSE_S, self._write)

    def _write(self) -> None:
        self._is_writing = False
        self._threads.write_in_background(self._creations.write_notes)


async def stored(
    threads: Threads, creating: Creating | None, store: Callable[[CreatingRequest | None], T]
) -> T:
    """Store what a request makes, after those before it whose answers it may have to give.

    Args:
        threads: The threads that blocking calls run in.
        creating: The request; None for what is made each time.
        store: Stores it, in a transaction that notes the request.
    """
    if creating is None:
        return await threads.write(store, None)
    await creating.identify()
    await creating.wait_for_earlier()
    await creating.check_wanted()
    return await threads.write(store, creating.request)


def _ignore(_: Fate) -> None:
    """Do nothing: it is asked for later."""
