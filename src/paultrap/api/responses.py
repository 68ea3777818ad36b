"""Answers: JSON whole or streamed, packed with gzip or zstd when the client asks for it.

A large answer is never built in memory: it is made piece by piece in a thread, a block at a
time, at the speed at which the client takes it.
"""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from functools import partial
from itertools import chain
from typing import Any, Protocol

import msgspec
import zstandard
from litestar import Request, Response
from litestar.response import Stream

from paultrap.api.network import client_address
from paultrap.api.requests import keep_download, left
from paultrap.service import Download, Services, Threads, unless_left
from paultrap.settings import is_loopback
from paultrap.store import KeyRecord

_JSON = "application/json"
_WORTH_PACKING = 1_024
_BLOCK = 2 << 20  # What is made before the first of it is sent: each costs a change of threads.
_FAST_S = 0.1  # in which a block is taken: 20 MB/s
_CLOSE_PAUSE_S = 0.05
_GZIP = 16 + zlib.MAX_WBITS
_FASTEST = 1  # The client waits for the answer; a better ratio costs more time than it saves.


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


_PACKERS: dict[str, Callable[[], _Packer]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=_FASTEST).compressobj(),
    "gzip": lambda: zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP),
}


def answer(request: Request[Any, Any, Any], value: Any, status: int = 200) -> Response[bytes]:
    """Return ``value`` as JSON."""
    return answer_encoded(request, msgspec.json.encode(value), status)


def answer_encoded(
    request: Request[Any, Any, Any], body: bytes, status: int = 200
) -> Response[bytes]:
    """Return a body that is JSON."""
    if len(body) < _WORTH_PACKING:
        return Response(body, status_code=status, media_type=_JSON)
    headers = {"vary": "accept-encoding"}
    if packing := _packing(request):
        packer = _PACKERS[packing]()
        body = packer.compress(body) + packer.flush()
        headers["content-encoding"] = packing
    return Response(body, status_code=status, media_type=_JSON, headers=headers)


async def answer_pieces(
    request: Request[Any, Any, Any],
    service: Services,
    key: KeyRecord,
    read: Callable[[], Awaitable[Iterator[bytes]]],
) -> Response[Any]:
    """Return a JSON text: whole when it is short, else streamed, when it is its turn.

    The first block is made before anything is sent, so that an error in it still has a status.

    Args:
        request: The request.
        service: The use cases of the server.
        key: The key that the request came with.
        read: Returns the pieces of the text, from the first on each time.

    Raises:
        ClientLeftError: The client has left before it was the answer's turn.
    """
    threads = service.threads
    download = service.downloads.of(key.id)
    keep_download(request.scope, download)
    if not await download.begin_at_once():
        short = await unless_left(_wait(threads, download, read), partial(left, request))
        if short is not None:
            return answer_encoded(request, short)
    blocks = _blocks(await read())
    first: list[bytes] = await threads.read(next, blocks, [])
    if _is_short(first):
        download.end()
        return answer_encoded(request, b"".join(first))
    packing = _packing(request)
    headers = {"vary": "accept-encoding"} | ({"content-encoding": packing} if packing else {})
    stream = _stream(threads, _packed(first, blocks, packing))
    return Stream(stream, media_type=_JSON, headers=headers)


async def _wait(
    threads: Threads, download: Download, read: Callable[[], Awaitable[Iterator[bytes]]]
) -> bytes | None:
    """Return an answer that is short, else wait for its turn, and hold nothing of it meanwhile."""
    async with download.look:
        blocks = _blocks(await read())
        try:
            first: list[bytes] = await threads.read(next, blocks, [])
            if _is_short(first):
                return b"".join(first)
            del first
        finally:
            threads.run_in_background(partial(_close, blocks))
    del blocks
    await download.begin()
    return None


def _is_short(first: list[bytes]) -> bool:
    """Return whether the first block is all of an answer."""
    return sum(map(len, first)) < _BLOCK


def _packing(request: Request[Any, Any, Any]) -> str | None:
    """Return the packing to use, the faster one first, or None.

    None for a client on this machine, whatever it accepts: most accept gzip without being asked,
    and digits take far longer to pack than to copy.
    """
    address = client_address(request.scope)  # None where a proxy passes on for somebody unknown
    if address is not None and is_loopback(address):
        return None
    accepted = set()
    for entry in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, quality = entry.partition(";")
        if quality.replace(" ", "").rstrip("0.") != "q=":  # q=0 forbids it
            accepted.add(name.strip())
    return next((name for name in _PACKERS if name in accepted), None)


def _blocks(pieces: Iterator[bytes]) -> Generator[list[bytes]]:
    """Yield the pieces in blocks of at least `_BLOCK` bytes, the last one excepted."""
    block: list[bytes] = []
    size = 0
    for piece in pieces:
        block.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            yield block
            block, size = [], 0
    yield block


def _packed(
    first: list[bytes], rest: Iterator[list[bytes]], packing: str | None
) -> Generator[list[bytes]]:
    packer = _PACKERS[packing]() if packing else None
    for block in chain([first], rest):
        yield [packer.compress(piece) for piece in block] if packer else block
    if packer:
        yield [packer.flush()]


async def _stream(threads: Threads, blocks: Generator[list[bytes]]) -> AsyncIterator[bytes]:
    """Yield the blocks; for one who takes them fast, each is made while the one before is sent.

    For a slow reader nothing is made ahead, and what was sent is dropped: many such hold little.
    """
    made = _start(threads, blocks)
    is_fast = False
    try:
        while (block := await made) is not None:
            block.reverse()
            if is_fast:
                made = _start(threads, blocks)
            began = time.monotonic()
            while block:
                if piece := block.pop():
                    yield piece
            if not is_fast:
                made = _start(threads, blocks)
            is_fast = time.monotonic() - began < _FAST_S
    finally:
        made.cancel()
        # A client may have left: what the blocks are made from can be large.
        threads.run_in_background(partial(_close, blocks))


def _start(threads: Threads, blocks: Generator[list[bytes]]) -> asyncio.Task[list[bytes] | None]:
    return asyncio.create_task(threads.read(next, blocks, None))


def _close(blocks: Generator[list[bytes]]) -> None:
    while True:
        try:
            blocks.close()
        except ValueError:  # It is at work on the block that nobody waits for any more.
            time.sleep(_CLOSE_PAUSE_S)
        else:
            return
