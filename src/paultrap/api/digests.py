"""The digest of a request's body, made while the body arrives, by which an equal one is known.

Some clients pack what they keep in a job's metadata with gzip and write it in base64. gzip's header
holds the time, so that two equal bodies differ in bytes. Such strings count as what they unpack to.
"""

import asyncio
import binascii
import hashlib
import re
import zlib
from collections.abc import Iterable

from paultrap.service import Threads

# What takes longer than a change of threads is left to one: a megabyte takes half a millisecond.
_LARGE = 1 << 18

_GZIP = 16 + zlib.MAX_WBITS
# How gzip's header begins, in base64; JSON may write a slash with a backslash.
_MARK = b'"H4sI'
_RARE = _MARK[1:2]  # by which a body without one is known faster
_PACKED = re.compile(rb'"(H4sI(?:[A-Za-z0-9+/=]|\\/)*)"')
# What strings may unpack to, all of a body together; beyond it they count as they are.
_MOST_UNPACKED = 1 << 25
_PIECE = 1 << 16


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

    async def finish(self, body: bytes) -> bytes:
        """Return the 32 bytes of the digest.

        Args:
            body: The whole, of which all pieces have come.
        """
        if self._running is not None:
            await self._running
        if len(body) >= _LARGE:
            return await self._threads.compute(self._end, body)
        if _MARK in body:
            return await self._threads.compute(_digest_unpacked, body)
        self._take(self._some())
        return self._hash.digest()

    def _end(self, body: bytes) -> bytes:
        if _RARE in body and _MARK in body:
            return _digest_unpacked(body)
        self._take(self._some())
        return self._hash.digest()

    def _some(self) -> list[bytes]:
        some, self._pieces, self._size = self._pieces, [], 0
        return some

    def _take(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self._hash.update(piece)


def _digest_unpacked(body: bytes) -> bytes:
    """Return the digest of a body in which packed strings count as what they unpack to.

    What stands between them and what they unpack to are told apart by the digests of each.
    """
    whole = hashlib.sha256(b"unpacked")
    at = unpacked = 0
    for found in _PACKED.finditer(body):
        inner = hashlib.sha256()
        size = _unpack_into(inner, found[1].replace(b"\\", b""), _MOST_UNPACKED - unpacked)
        if size is None:
            continue
        unpacked += size
        whole.update(hashlib.sha256(memoryview(body)[at : found.start(1)]).digest())
        whole.update(inner.digest())
        at = found.end(1)
    whole.update(hashlib.sha256(memoryview(body)[at:]).digest())
    return whole.digest()


def _unpack_into(digest: "hashlib._Hash", text: bytes, limit: int) -> int | None:
    """Feed ``digest`` what a string unpacks to; return its size, or None where it does not."""
    unpacker = zlib.decompressobj(_GZIP)
    size = 0
    try:
        rest = binascii.a2b_base64(text, strict_mode=True)
        while not unpacker.eof:
            piece = unpacker.decompress(rest, min(_PIECE, limit + 1 - size))
            rest = unpacker.unconsumed_tail
            size += len(piece)
            if size > limit or not (piece or rest or unpacker.eof):
                return None
            digest.update(piece)
    except (ValueError, zlib.error):
        return None
    return None if unpacker.unused_data else size
