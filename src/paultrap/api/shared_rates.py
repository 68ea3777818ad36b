"""How many requests a key may send to all servers of a database together.

The bucket of a key is in the database (`paultrap.store.Rates`). A server takes requests out of it in
blocks, so that most requests ask nobody, and puts back after a second what it has not used.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from paultrap.api.rates import too_many
from paultrap.service import Threads
from paultrap.store import Grant, StoreUnavailableError

_MOST_KEPT = 10_000
_KEPT_S = 1.0  # how long a block is kept
_SHARE = 40  # A block has at most such a part of a minute's requests: what the others miss.
# Who is refused asks the database no sooner: a client that does not wait must not reach it each time.
_PAUSE_S = 0.1


class Buckets(Protocol):
    """The buckets of all keys, as `paultrap.store.Rates` has them. The calls block."""

    def take(self, key_id: str, wanted: int, per_minute: int) -> Grant:
        """Take up to ``wanted`` requests out of the bucket of a key."""
        ...

    def give_back(self, key_id: str, count: int, per_minute: int) -> None:
        """Put back what was not used."""


@dataclass(slots=True)
class _Block:
    """What a server has of one key's requests.

    Attributes:
        left: How many it may answer without asking.
        until: When what is left is given back.
        closed_until: Until when nothing is to be had.
        wait_s: How long its client was told to wait from then on.
        used: How many it has answered since ``since``; ``before``: in the second before that.
        asking: Held while the database is asked.
        waiting: How many requests wait for that.
    """

    left: int = 0
    until: float = 0.0
    closed_until: float = 0.0
    told_until: float = 0.0
    since: float = 0.0
    used: int = 0
    before: int = 0
    waiting: int = 0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def count(self, now: float) -> None:
        """Count a request that is answered."""
        self._turn(now)
        self.used += 1

    def recent(self, now: float) -> int:
        """Return how many requests a second needs, as far as the last ones show."""
        self._turn(now)
        return max(self.used, self.before)

    def _turn(self, now: float) -> None:
        if now - self.since >= 1.0:
            self.before = self.used if now - self.since < 2.0 else 0  # noqa: PLR2004  # seconds
            self.used, self.since = 0, now


class SharedRateLimits:
    """The requests of each key that one of several servers may answer. To be used on one event loop.

    Args:
        buckets: Those of all servers together.
        threads: Where the database is asked.
        per_minute: How many requests a key may send in a minute, at once or not; 0 for any number.
        clock: Returns seconds that never decrease.
    """

    def __init__(
        self,
        buckets: Buckets,
        threads: Threads,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._buckets = buckets
        self._threads = threads
        self._per_minute = per_minute
        self._most = max(1, per_minute // _SHARE)
        self._clock = clock
        self._blocks: dict[str, _Block] = {}

    async def take(self, key_id: str) -> None:
        """Count one request. Nothing is counted while the database does not answer.

        Raises:
            ApiError: 429 when the key has sent too many, with the seconds that it has to wait.
        """
        if not self._per_minute:
            return
        block = self._blocks.get(key_id)
        if block is None:
            self._drop_unused()
            block = self._blocks[key_id] = _Block()
        if not block.left:
            block.waiting += 1
            try:
                async with block.asking:
                    await self._fill(key_id, block)
            except StoreUnavailableError:
                return
            finally:
                block.waiting -= 1
        block.left -= 1
        block.count(self._clock())

    async def _fill(self, key_id: str, block: _Block) -> None:
        """Take a block, unless whoever asked before has left something of it."""
        now = self._clock()
        if now < block.closed_until:
            raise self._refusal(block, now)
        if block.left:
            return
        wanted = min(max(block.waiting, block.recent(now)), self._most)
        grant = await self._threads.read(self._buckets.take, key_id, wanted, self._per_minute)
        now = self._clock()
        if not grant.requests:
            block.told_until = now + grant.wait_ms / 1000
            block.closed_until = min(block.told_until, now + _PAUSE_S)
            raise self._refusal(block, now)
        block.left = grant.requests
        block.until = now + _KEPT_S
        asyncio.get_running_loop().call_later(_KEPT_S, self._expire, key_id, block)

    def _refusal(self, block: _Block, now: float) -> Exception:
        return too_many(self._per_minute, max(1, math.ceil(block.told_until - now)))

    def _expire(self, key_id: str, block: _Block) -> None:
        """Give back what was not used of a block, unless another has followed it."""
        if block.left and self._clock() >= block.until:
            unused, block.left = block.left, 0
            give_back = partial(self._buckets.give_back, key_id, unused, self._per_minute)
            self._threads.run_in_background(give_back)

    def _drop_unused(self) -> None:
        """Forget keys of which this server has nothing, where it knows very many."""
        if len(self._blocks) < _MOST_KEPT:
            return
        now = self._clock()
        self._blocks = {
            key: block
            for key, block in self._blocks.items()
            if block.left or block.waiting or now - block.since < 1.0
        }
