"""`Creating`: a request at work that makes something, as only the server knows it that has it.

That is whether its client is still there, and, later, whether it has taken its answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import chain, repeat
from typing import Literal, Protocol

from paultrap.service.errors import ClientLeftError
from paultrap.store import CreatingRequest, Fate, UndecidedError

# An answer that is not acknowledged for so long, while its client sends the same again, is given up.
PATIENCE_S = 10.0
_PROBED_S = 3.0  # A connection that stopped sending is probed within a second.
_TURNS = 5
_PAUSES_S = (0.001, 0.002, 0.005, 0.01, 0.02)


class Recipient(Protocol):
    """Who is to get an answer, as far as its connection shows."""

    @property
    def number(self) -> int:
        """Its request's place in the order in which requests came."""

    @property
    def age_s(self) -> float:
        """How many seconds ago its request came."""

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

    def looks_gone(self) -> bool:
        """Ask the system whether it has left, from any thread: it may not have been told yet."""

    def on_fate(self, callback: Callable[[Literal["taken", "lost"]], None]) -> None:
        """Have ``callback`` called once, in the event loop, when it has taken or lost the answer."""


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
        decided_elsewhere: Waits until it is known what has become of an answer of another server, but
            not for ever; None where there are no others.
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
        self.decided_elsewhere: Callable[[UndecidedError], Awaitable[None]] | None = None
        self._ended = asyncio.Event()
        self._settled = asyncio.Event()
        self._fate: Fate | None = None
        self._on_fate: Callable[[Fate], None] = _ignore
        if recipient is not None:
            recipient.on_fate(lambda word: self.settle(Fate(word)))

    @property
    def fate(self) -> Fate | None:
        """What has become of the answer; None while nobody knows."""
        return self._fate

    def is_here(self) -> bool:
        """Return whether its client is there, as far as is known, from any thread."""
        recipient = self._recipient
        if recipient is None:
            return True
        return not (self.is_lost or recipient.is_leaving or recipient.looks_gone())

    async def is_acknowledged(self, patience_s: float) -> bool:
        """Return whether the client has all of the answer, once it has, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._decided()
        return not self._is_undecided()

    def give_up(self) -> None:
        """Take the answer for lost, and end its connection."""
        if self._recipient is not None:
            self._recipient.give_up()
        self.settle(Fate.LOST)

    @property
    def is_lost(self) -> bool:
        """Whether its client will not have the answer."""
        gone = self._recipient is not None and not self._recipient.alive
        return gone or self._fate is Fate.LOST

    async def check_wanted(self, *, is_overtaken: bool = False) -> None:
        """Refuse to make something for a client that has gone and sent the same again.

        Requests overtake each other on their way here: the later one may have its answer already.

        Args:
            is_overtaken: Whether another server has answered a later one.

        Raises:
            ClientLeftError: It has.
        """
        recipient = self._recipient
        if recipient is None or not (is_overtaken or self._is_overtaken):
            return
        await turns()
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
            async with asyncio.timeout(PATIENCE_S):
                await self._decided()
        except TimeoutError:
            self.give_up()
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


async def turns() -> None:
    """Let the event loop hear what the connections have to say by now."""
    # Data that came, that they have ended, and what follows from either.
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _ignore(_: Fate) -> None:
    """Do nothing: it is asked for later."""
