"""The digest of a request's body, by which an equal one is known.

Some clients pack what they keep in a job's metadata with gzip and write it in base64. gzip's header
holds the time, so that two equal bodies differ in bytes. Such strings count as what they unpack to.
"""

import asyncio
import binascii
import hashlib
import io
import re
import time
import zlib
from collections.abc import Awaitable
from typing import NamedTuple

from paultrap.service import Threads

# What takes longer than a change of threads is left to one: a megabyte takes half a millisecond.
_LARGE = 1 << 18
# A body that arrives for longer is hashed meanwhile.
_SLOW_S = 0.05
_END_BYTES = 1 << 16  # of each end of a large body, by which it is known at first

_GZIP = 16 + zlib.MAX_WBITS
# How gzip's header begins, in base64; JSON may write a slash with a backslash.
_MARK = b'"H4sI'
_RARE = _MARK[1:2]  # by which a body without one is known faster
_LONG = 1 << 20  # is not looked through on the event loop
_PACKED = re.compile(rb'"(H4sI(?:[A-Za-z0-9+/=]|\\/)*)"')
# What strings may unpack to, all of a body together; beyond it they count as they are.
_MOST_UNPACKED = 1 << 25
_PIECE = 1 << 16


class Digest(NamedTuple):
    """The digest of a body, or what is known of it while it is made.

    Attributes:
        short: 32 bytes that equal bodies have in common, and other ones hardly ever.
        whole: Gives the 32 bytes that are the digest; None where these are ``short``.
    """

    short: bytes
    whole: Awaitable[bytes] | None = None


class BodyDigest:
    """A body that arrives in pieces, and its SHA-256. It keeps the event loop for what is small alone.

    A body that comes at once is hashed when it is whole, while it is read: before, the cores have
    to do with its arrival.

    Args:
        threads: Where what is large is hashed.
    """

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._hash = hashlib.sha256()
        # In one place, since pieces that are kept take twice the memory, and longer for that.
        self._body = io.BytesIO()
        self._hashed = 0  # bytes, those that are being hashed among them
        self._end = b""  # the last bytes that have come, in which a mark may begin
        self._may_be_packed = False
        self._running: asyncio.Task[None] | None = None
        self._slow_from = time.monotonic() + _SLOW_S

    def add(self, piece: bytes) -> None:
        """Take the next piece."""
        self._body.write(piece)
        self._look_for_mark(piece)
        if (
            self._body.tell() - self._hashed >= _LARGE
            and time.monotonic() > self._slow_from
            and (self._running is None or self._running.done())
        ):
            self._body.seek(self._hashed)
            more = self._body.read()
            self._hashed += len(more)
            self._running = asyncio.create_task(self._threads.compute(self._hash.update, more))

    async def finish(self) -> tuple[bytes, Digest]:
        """Return the body, of which all pieces have come, and its digest."""
        body = self._body.getvalue()  # no copy
        if self._may_be_packed:
            found = await self._threads.compute(_digest_packed, body)
            if found is not None:
                return body, Digest(found)
        if len(body) < _LARGE:
            return body, Digest(self._hash_rest(body))
        ends = len(body).to_bytes(8, "big") + body[:_END_BYTES] + body[-_END_BYTES:]
        whole = asyncio.create_task(self._finish_hash(body))
        return body, Digest(hashlib.sha256(ends).digest(), whole)

    async def _finish_hash(self, body: bytes) -> bytes:
        if self._running is not None:
            await self._running
        return await self._threads.compute(self._hash_rest, body)

    def _hash_rest(self, body: bytes) -> bytes:
        self._hash.update(memoryview(body)[self._hashed :])
        return self._hash.digest()

    def _look_for_mark(self, piece: bytes) -> None:
        if self._may_be_packed:
            return
        before = len(_MARK) - 1
        is_across = _MARK in self._end + piece[:before]
        is_within = _RARE in piece and (len(piece) > _LONG or _MARK in piece)
        self._may_be_packed = is_across or is_within
        self._end = (self._end + piece[-before:])[-before:]


def _digest_packed(body: bytes) -> bytes | None:
    """Return the digest of a body that may hold packed strings, or None where it holds none."""
    return _digest_unpacked(body) if _MARK in body else None


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
