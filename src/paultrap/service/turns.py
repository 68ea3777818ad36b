"""`Turns`: a few turns for many owners, who take them one after the other."""

import asyncio
from collections import Counter, deque
from typing import NamedTuple


class Owner(NamedTuple):
    """Who takes turns, and for what: each kind has a queue of its own.

    Attributes:
        key: The id of a key.
        kind: What the turns are for.
    """

    key: str
    kind: str


class Turns:
    """A few turns that owners take in a circle. To be used on one event loop.

    A turn that is given back goes to the next owner that waits, who then is the last. No key has all
    turns at a time: one is left for others, whoever comes.

    Args:
        count: How many turns there are at a time, two or more.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._most = count - 1
        self._held: Counter[str] = Counter()
        # The next owner first. In each queue the oldest comes first.
        self._waiting: dict[Owner, deque[asyncio.Future[None]]] = {}

    async def take(self, owner: Owner) -> None:
        """Wait for a turn of this owner's, and take it."""
        if self.take_at_once(owner):
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._forget(owner, turn)
            else:  # It was given in the same moment.
                self.give_back(owner)
            raise

    def take_at_once(self, owner: Owner) -> bool:
        """Take a turn where there is one for this owner, and return whether there was."""
        if owner in self._waiting or not self._may_take(owner):
            return False
        self._give(owner)
        return True

    def give_back(self, owner: Owner) -> None:
        """End a turn of this owner's; the next one has it."""
        self._free += 1
        self._held[owner.key] -= 1
        if not self._held[owner.key]:
            del self._held[owner.key]
        following = next(filter(self._may_take, self._waiting), None)
        if following is not None:
            turns = self._waiting.pop(following)
            turn = turns.popleft()
            if turns:
                self._waiting[following] = turns  # the last now
            self._give(following)
            turn.set_result(None)

    def _may_take(self, owner: Owner) -> bool:
        return self._free > 0 and self._held[owner.key] < self._most

    def _give(self, owner: Owner) -> None:
        self._free -= 1
        self._held[owner.key] += 1

    def _forget(self, owner: Owner, turn: asyncio.Future[None]) -> None:
        turns = self._waiting[owner]
        turns.remove(turn)
        if not turns:
            del self._waiting[owner]
