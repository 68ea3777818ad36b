"""Conditional requests and ranges, by RFC 9110, for answers that have strong entity tags.

Of `Range` one range of bytes is understood. What is malformed, and several ranges, are as if they
were not there, which the RFC allows.
"""

import re
from collections.abc import Collection
from typing import Any, NamedTuple

from litestar import Request

_TAG = re.compile(r'(W/)?("[!#-~\x80-\xff]*")')
_RANGE = re.compile(r"([0-9]*)-([0-9]*)")
_MOST_DIGITS = 20  # of a number of bytes; more are as good as these


class ByteRange(NamedTuple):
    """One range of bytes as it is asked for.

    Attributes:
        first: The first byte; None where the last ones are asked for.
        last: The last byte, None for all; or how many of the last ones.
    """

    first: int | None
    last: int | None

    def within(self, total: int) -> range | None:
        """Return which bytes of a text of this length are meant, or None where it has none of them."""
        if self.first is None:
            found = range(max(total - (self.last or 0), 0), total)
        else:
            found = range(self.first, total if self.last is None else min(self.last + 1, total))
        return found or None


def fails(request: Request[Any, Any, Any], tags: Collection[str]) -> bool:
    """Return whether a request is for another state than this, by its `If-Match`.

    Args:
        request: The request.
        tags: The entity tags of what is there: one for each encoding that may be answered.
    """
    wanted = _header(request, "if-match")
    if wanted is None or wanted == "*":
        return False
    return not any(not weak and tag in tags for weak, tag in _TAG.findall(wanted))


def known(request: Request[Any, Any, Any], tags: Collection[str]) -> str | None:
    """Return the tag of what a client has already, by its `If-None-Match`, or None."""
    wanted = _header(request, "if-none-match")
    if wanted is None:
        return None
    if wanted == "*":
        return next(iter(tags))
    return next((tag for _, tag in _TAG.findall(wanted) if tag in tags), None)


def wanted_range(request: Request[Any, Any, Any], tag: str) -> ByteRange | None:
    """Return the range that is asked for of what has this tag, or None where all of it is.

    All of it also where `If-Range` names something else: a weak tag, or a date.
    """
    text = _header(request, "range")
    if text is None or request.method != "GET":
        return None
    condition = _header(request, "if-range")
    if condition is not None and condition != tag:
        return None
    unit, _, ranges = text.partition("=")
    named = [each.strip() for each in ranges.split(",") if each.strip()]
    if unit.strip().lower() != "bytes" or len(named) != 1:
        return None
    match = _RANGE.fullmatch(named[0])
    if match is None or not (match[1] or match[2]):
        return None
    first, last = map(_number, match.groups())
    if first is not None and last is not None and last < first:
        return None
    return ByteRange(first, last)


def _number(digits: str) -> int | None:
    digits = digits.lstrip("0") or digits[:1]
    return int(digits[:_MOST_DIGITS]) if digits else None


def _header(request: Request[Any, Any, Any], name: str) -> str | None:
    """Return the value of a header, whose lines are one list; None without one."""
    found = request.headers.getall(name, [])
    return ", ".join(found).strip() if found else None
