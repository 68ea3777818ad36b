"""Reading a request body: its size is bounded before anything looks inside.

The bound holds for the bytes as sent (by Content-Length and by count, while they stream in) and
for what they unpack to.
"""

import io
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import zstandard
from litestar import Request

from paultrap.admission import check_understood
from paultrap.api.digests import BodyDigest, Digest
from paultrap.api.errors import ApiError
from paultrap.api.requests import notices_of
from paultrap.service import Threads
from paultrap.submissions import decode

_GZIP = 16 + zlib.MAX_WBITS
# Clients send one. Many empty ones would cost much time for nothing.
_MOST_MEMBERS = 16
_ZSTD_FRAME = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"  # the end of sixteen magic numbers
_MAX_ZSTD_WINDOW = 1 << 24  # A frame may ask its reader for this much memory and no more.
_MAX_IDS = 5_000


class _Ids(msgspec.Struct, forbid_unknown_fields=True):
    ids: list[str]


async def read_body(request: Request[Any, Any, Any], threads: Threads, limit: int) -> bytes:
    """Return the request's body, unpacked.

    Raises:
        ApiError: 413 when it is larger than ``limit`` bytes, sent or unpacked; 415 for an unknown
            Content-Encoding; 400 when it does not unpack.
    """
    encoding = _encoding(request)
    body = await _receive_whole(request, limit)
    return body if encoding is None else await threads.compute(_unpack, body, encoding, limit)


async def read_hashed_body(
    request: Request[Any, Any, Any], threads: Threads, limit: int
) -> tuple[bytes, Digest]:
    """Return the request's body, unpacked, and its digest.

    Raises:
        ApiError: As of `read_body`.
    """
    digest = BodyDigest(threads)
    encoding = _encoding(request)
    if encoding is None:
        await _receive(request, limit, digest.add)
    else:
        packed = await _receive_whole(request, limit)
        digest.add(await threads.compute(_unpack, packed, encoding, limit))
    return await digest.finish()


async def read_ids(request: Request[Any, Any, Any], threads: Threads, limit: int) -> list[str]:
    """Return the job ids of a `{"ids": [...]}` body.

    Raises:
        ApiError, Refusal: 400 for anything else, 413 for too large a body.
    """
    notices = notices_of(request.scope)
    ids = decode(await read_body(request, threads, limit), _Ids, notices).ids
    check_understood(notices)
    if len(ids) > _MAX_IDS:
        raise ApiError(400, f"ids: {len(ids)} ids, the limit is {_MAX_IDS}.", ("ids",))
    return ids


def _encoding(request: Request[Any, Any, Any]) -> str | None:
    """Return how the body is packed; None where it is not."""
    found = request.headers.get("content-encoding", "").strip().lower()
    return None if found in {"", "identity"} else found


async def _receive_whole(request: Request[Any, Any, Any], limit: int) -> bytes:
    body = io.BytesIO()
    await _receive(request, limit, body.write)
    return body.getvalue()


async def _receive(
    request: Request[Any, Any, Any], limit: int, take: Callable[[bytes], object]
) -> None:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(limit)
    size = 0
    while True:
        event = await request.receive()
        if event["type"] != "http.request":
            raise ApiError(400, "The connection closed before the body was complete.", ("body",))
        size += len(event["body"])
        if size > limit:
            raise _too_large(limit)
        take(event["body"])
        if not event.get("more_body", False):
            return


def _unpack(body: bytes, encoding: str, limit: int) -> bytes:
    if encoding in {"gzip", "x-gzip"}:
        unpacked = _gunzip(body, limit)
    elif encoding == "zstd":
        unpacked = _unzstd(body, limit)
    else:
        raise ApiError(
            415, f'Content-Encoding "{encoding}" is not supported; gzip, zstd and identity are.'
        )
    if len(unpacked) > limit:
        raise _too_large(limit)
    return unpacked


def _gunzip(body: bytes, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    rest = body
    try:
        for _ in range(_MOST_MEMBERS):  # A gzip file may hold several, one after the other.
            if not rest:
                break
            member = zlib.decompressobj(_GZIP)
            pieces.append(member.decompress(rest, limit + 1 - size))
            size += len(pieces[-1])
            if size > limit:
                break
            if not member.eof:
                raise ApiError(400, "The gzip body is cut short.", ("body",))
            rest = member.unused_data
        else:
            if rest:
                raise _too_many_members()
    except zlib.error as error:
        raise ApiError(400, f"The body is not gzip: {error}", ("body",)) from None
    return b"".join(pieces)


def _unzstd(body: bytes, limit: int) -> bytes:
    if body.count(_ZSTD_SKIPPABLE) + body.count(_ZSTD_FRAME) > _MOST_MEMBERS:
        raise _too_many_members()
    unpacker = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW)
    pieces: list[bytes] = []
    size = 0
    try:
        with unpacker.stream_reader(body, read_across_frames=True) as reader:
            while size <= limit and (piece := reader.read(limit + 1 - size)):
                pieces.append(piece)
                size += len(piece)
    except zstandard.ZstdError as error:
        raise ApiError(400, f"The body is not zstd: {error}", ("body",)) from None
    return b"".join(pieces)


def _too_many_members() -> ApiError:
    return ApiError(400, f"The body has more than {_MOST_MEMBERS} packed members.", ("body",))


def _too_large(limit: int) -> ApiError:
    return ApiError(
        413,
        f"The request body may not exceed {limit:,} bytes, as sent and as unpacked "
        "(setting PAULTRAP_MAX_BODY_BYTES).",
    )
