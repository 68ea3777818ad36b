"""Answers that are texts of a job: known by an entity tag, asked for under conditions and in ranges.

A tag has two parts: a digest of what the text follows from, which is known before it is made, and the
encoding. Ranges are of the text itself, never of an encoding of it.
"""

from functools import partial
from typing import Any

from litestar import Request, Response
from litestar.response import Stream

from paultrap.api.conditions import fails, known, wanted_range
from paultrap.api.errors import ApiError
from paultrap.api.responses import (
    JSON,
    WORTH_PACKING,
    Head,
    answer_pieces,
    answer_streamed,
    packing_for,
)
from paultrap.service import Services, Text


async def answer_text(
    request: Request[Any, Any, Any], service: Services, text: Text, media_type: str = JSON
) -> Response[Any]:
    """Return a text, a range of it, or what its conditions say.

    Raises:
        ApiError: 412 where it is not what `If-Match` names, 416 where it has no such bytes.
    """
    packing = packing_for(request)
    head = Head(media_type, partial(_headers, text))
    # What is short is not packed, whatever is asked for.
    tags = {_tag(text, None), _tag(text, packing)}
    if fails(request, tags):
        raise ApiError(412, "The result is not the one that If-Match names.")
    if (tag := known(request, tags)) is not None:
        return Response(b"", status_code=304, headers=head.headers(packing) | {"etag": tag})
    if request.method == "HEAD":
        return await _head(service, text, head, packing)
    wanted = None if packing else wanted_range(request, _tag(text, None))
    if wanted is None:
        pieces = partial(service.results.pieces, text)
        return await answer_pieces(request, service, pieces, head)
    lengths = await service.results.lengths(text)
    total = sum(lengths)
    found = wanted.within(total)
    if found is None:
        raise ApiError(
            416,
            f"The result has {total:,} bytes, and none of those that Range names.",
            headers={"content-range": f"bytes */{total}", "accept-ranges": "bytes"},
        )
    extra = {
        "content-range": f"bytes {found.start}-{found.stop - 1}/{total}",
        "content-length": str(len(found)),
    }
    cut = partial(text.cut, lengths, found)
    return await answer_streamed(request, service, cut, head.with_status(206, extra))


async def _head(service: Services, text: Text, head: Head, packing: str | None) -> Stream:
    total = sum(await service.results.lengths(text))
    packing = packing if total >= WORTH_PACKING else None
    charset = "; charset=utf-8" if head.media_type.startswith("text/") else ""
    headers = head.headers(packing) | {"content-type": head.media_type + charset}
    if packing is None:
        headers["content-length"] = str(total)
    else:
        headers["content-encoding"] = packing
    # A whole answer would name a length of its own: that of nothing.
    return Stream(iter([b""]), headers=headers, media_type=head.media_type)


def _headers(text: Text, packing: str | None) -> dict[str, str]:
    """Return the headers that a text has in an encoding."""
    found = {"etag": _tag(text, packing), "vary": "accept-encoding"}
    return found if packing else found | {"accept-ranges": "bytes"}


def _tag(text: Text, packing: str | None) -> str:
    suffix = f"-{packing}" if packing else ""
    return f'"{text.digest.hex()}{suffix}"'
