"""The digest of a request's body, made while the body arrives, by which an equal one is known."""

import asyncio
import hashlib
from collections.abc import Iterable

from paultrap.service import Threads

# What takes longer than a change of threads is left to one: a megabyte takes half a millisecond.
_LARGE = 1 << 18


class BodyDigest:
    """SHA-256 of a body that arrives in pieces. It keeps the event loop for what is small alone.

    Args:
        threads: Where what is large is read.
    """

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._hash = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._size = 0
        self._running: asyncio.Task[None] | None = None

    def add(self, piece: bytes) -> None:
        """Take the next piece."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= _LARGE and (self._running is None or self._running.done()):
            self._running = asyncio.create_task(self._threads.compute(self._take, self._some()))

    async def finish(self) -> bytes:
        """Return the 32 bytes of the digest; all pieces have come."""
        if self._running is not None:
            await self._running
        if self._size >= _LARGE:
            await self._threads.compute(self._take, self._some())
        else:
            self._take(self._some())
        return self._hash.digest()

    def _some(self) -> list[bytes]:
        some, self._pieces, self._size = self._pieces, [], 0
        return some

    def _take(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self._hash.update(piece)
