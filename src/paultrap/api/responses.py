"""Answers: JSON whole or streamed, packed with gzip or zstd when the client asks for it.

A large answer is never built in memory: it is made piece by piece in a thread, a block at a
time, at the speed at which the client takes it.
"""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, Protocol, Self, TypeAlias

import msgspec
import zstandard
from litestar import Request, Response
from litestar.response import Stream

from paultrap.addresses import is_loopback
from paultrap.api.network import client_address
from paultrap.api.requests import keep_download, key_of, left
from paultrap.service import Download, Services, Threads, unless_left

JSON = "application/json"
WORTH_PACKING = 1_024
_BLOCK = 2 << 20  # What is made before the first of it is sent: each costs a change of threads.
_FAST_S = 0.1  # in which a block is taken: 20 MB/s
_CLOSE_PAUSE_S = 0.05
_GZIP = 16 + zlib.MAX_WBITS
_FASTEST = 1  # The client waits for the answer; a better ratio costs more time than it saves.


_Blocks: TypeAlias = Generator[list[bytes]]


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
    return _whole(request, body, Head(status=status))


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer begins with.

    Attributes:
        media_type: Of what is answered.
        headers: Returns headers beside the usual ones, for an encoding or None.
        status: HTTP's status code.
    """

    media_type: str = JSON
    headers: Callable[[str | None], dict[str, str]] = lambda _: {}
    status: int = 200

    def with_status(self, status: int, extra: dict[str, str]) -> Self:
        """Return this with another status and with more headers."""
        headers = self.headers
        return replace(self, status=status, headers=lambda packing: headers(packing) | extra)


async def answer_pieces(
    request: Request[Any, Any, Any],
    service: Services,
    make: Callable[[], Iterator[bytes]],
    head: Head = Head(),
) -> Response[Any]:
    """Return a text: whole when it is short, else streamed, when it is its turn.

    The first block is made before anything is sent, so that an error in it still has a status.

    Args:
        request: The request.
        service: The use cases of the server.
        make: Returns the pieces of the text, from the first on each time.
        head: What the answer begins with.

    Raises:
        ClientLeftError: The client has left before it was the answer's turn.
    """
    first, rest = await _begin(request, service, make)
    if rest is None:
        return _whole(request, b"".join(first), head)
    return _streamed(service.threads, chain([first], rest), head, packing_for(request))


async def answer_streamed(
    request: Request[Any, Any, Any],
    service: Services,
    make: Callable[[], Iterator[bytes]],
    head: Head,
) -> Response[Any]:
    """Return a text as `answer_pieces` does, and never pack it."""
    first, rest = await _begin(request, service, make)
    if rest is None:
        return Response(
            b"".join(first),
            status_code=head.status,
            media_type=head.media_type,
            headers=head.headers(None),
        )
    return _streamed(service.threads, chain([first], rest), head, None)


async def _begin(
    request: Request[Any, Any, Any], service: Services, make: Callable[[], Iterator[bytes]]
) -> tuple[list[bytes], _Blocks | None]:
    """Return the first block and the rest, which is None where the first is all."""
    key = key_of(request.scope)
    download = service.downloads.of("" if key is None else key.id)
    keep_download(request.scope, download)
    if not await download.begin_at_once():
        short = await unless_left(_wait(service.threads, download, make), partial(left, request))
        if short is not None:
            return short, None
    blocks = _blocks(make())
    first: list[bytes] = await service.threads.read(next, blocks, [])
    if _is_short(first):
        download.end()
        return first, None
    return first, blocks


async def _wait(
    threads: Threads, download: Download, make: Callable[[], Iterator[bytes]]
) -> list[bytes] | None:
    """Return an answer that is short, else wait for its turn, and hold nothing of it meanwhile."""
    async with download.look:
        blocks = _blocks(make())
        try:
            first: list[bytes] = await threads.read(next, blocks, [])
        finally:
            threads.run_in_background(partial(_close, blocks))
    if _is_short(first):
        return first
    del first, blocks
    await download.begin()
    return None


def _is_short(first: list[bytes]) -> bool:
    """Return whether the first block is all of an answer."""
    return sum(map(len, first)) < _BLOCK


def _whole(request: Request[Any, Any, Any], body: bytes, head: Head) -> Response[bytes]:
    packing = None
    headers = {}
    if len(body) >= WORTH_PACKING:
        headers["vary"] = "accept-encoding"
        packing = packing_for(request)
    if packing:
        packer = _PACKERS[packing]()
        body = packer.compress(body) + packer.flush()
        headers["content-encoding"] = packing
    return Response(
        body,
        status_code=head.status,
        media_type=head.media_type,
        headers=headers | head.headers(packing),
    )


def _streamed(
    threads: Threads, blocks: Iterator[list[bytes]], head: Head, packing: str | None
) -> Stream:
    headers = {"vary": "accept-encoding"} | ({"content-encoding": packing} if packing else {})
    return Stream(
        _stream(threads, _packed(blocks, packing)),
        status_code=head.status,
        media_type=head.media_type,
        headers=headers | head.headers(packing),
    )


def packing_for(request: Request[Any, Any, Any]) -> str | None:
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


def _blocks(pieces: Iterator[bytes]) -> _Blocks:
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


def _packed(blocks: Iterator[list[bytes]], packing: str | None) -> _Blocks:
    packer = _PACKERS[packing]() if packing else None
    for block in blocks:
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
    return asyncio.create_task(threads.read_on(next, blocks, None))


def _close(blocks: _Blocks) -> None:
    while True:
        try:
            blocks.close()
        except ValueError:  # It is at work on the block that nobody waits for any more.
            time.sleep(_CLOSE_PAUSE_S)
        else:
            return
