"""`Downloads`: how many large answers each key may have under way; further ones wait for their turn.

An answer that is being sent holds what it is made from, for as long as its client takes. One that
waits holds nothing. Small answers never wait for large ones: whether one is small is found out by
making its beginning, one by one for each key where no turn is free.
"""

import asyncio
from weakref import WeakValueDictionary


class _Turns:
    """The turns of one key."""

    def __init__(self, most: int) -> None:
        self.free = asyncio.Semaphore(most)
        self.look = asyncio.Lock()


class Download:
    """One answer, which may be large.

    Args:
        turns: Those of its key.
    """

    def __init__(self, turns: _Turns) -> None:
        self._turns = turns
        self._is_under_way = False

    @property
    def look(self) -> asyncio.Lock:
        """What is held while the beginning of an answer is made that has no turn."""
        return self._turns.look

    async def begin_at_once(self) -> bool:
        """Take a turn where one is free, and return whether there was."""
        if self._turns.free.locked():
            return False
        await self.begin()
        return True

    async def begin(self) -> None:
        """Wait for a turn, behind those who wait already."""
        await self._turns.free.acquire()
        self._is_under_way = True

    def end(self) -> None:
        """Give the turn back, where there is one."""
        if self._is_under_way:
            self._is_under_way = False
            self._turns.free.release()


class Downloads:
    """The answers of one server. To be used on one event loop.

    Args:
        most: How many large ones each key may have under way.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._turns: WeakValueDictionary[str, _Turns] = WeakValueDictionary()

    def of(self, key_id: str) -> Download:
        """Return an answer to a request with this key, which has no turn yet."""
        turns = self._turns.get(key_id)
        if turns is None:
            turns = self._turns[key_id] = _Turns(self._most)
        return Download(turns)
