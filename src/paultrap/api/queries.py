"""Reading query parameters as clients send them: repeated, or one comma-separated list."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request

from paultrap.admission import LONGEST_VALUE, METADATA_PREFIX, NAME, Label, Refusal
from paultrap.api.bodies import read_body
from paultrap.api.errors import ApiError, invalid
from paultrap.api.requests import notices_of
from paultrap.engine import AGGREGATIONS
from paultrap.formats import whole_number, whole_numeral
from paultrap.jobs import AVERAGE
from paultrap.notices import Notice, quotable
from paultrap.service import Threads
from paultrap.spelling import closest
from paultrap.submissions import decode

_DEFAULT_LIMIT = 25
_HIGHEST_LIMIT = 1_000
_MAX_GET_BODY = 65_536
_LATEST = 10**16
_CURSOR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _ListBody(msgspec.Struct):
    limit: Any = None


def words(request: Request[Any, Any, Any], name: str) -> list[str]:
    """Return the values of ``name``, of every form `a,b`, `name=a&name=b` and `name[]=a`."""
    found = [
        value
        for key in (name, f"{name}[]")
        for text in request.query_params.getall(key, [])
        for value in text.split(",")
    ]
    return [value.strip() for value in found if value.strip()]


def word(request: Request[Any, Any, Any], name: str) -> str | None:
    """Return the value of ``name``, or None when it is missing or empty."""
    return request.query_params.get(name) or None


def read_statuses(request: Request[Any, Any, Any], known: Sequence[str]) -> list[str]:
    """Return the words of the filter by status; one that is no status is told, and no job has it.

    Args:
        request: The request.
        known: The statuses in the words of its version.

    Raises:
        ApiError: 400 where a word is no status and the request is strict.
    """
    found = words(request, "status")
    for each in found:
        if each not in known:
            close = closest(each, known)
            hint = f'; did you mean "{close}"?' if close else ""
            problem = f'"{quotable(each)}" is no status'
            notice = Notice("status", problem, "no job has it", hint, in_query=True)
            notices_of(request.scope).add("status", each, notice)
    refuse_if_strict(request)
    return found


def read_cursor(request: Request[Any, Any, Any]) -> str | None:
    """Return the ``next`` of the page before, or None for the first page.

    Raises:
        ApiError: 400 when it is none that a page can have had.
    """
    cursor = word(request, "next")
    if cursor is not None and _CURSOR.fullmatch(cursor.lower()) is None:
        raise invalid("next", "expected the `next` of the page before, as it was given.", "query")
    return cursor and cursor.lower()


def refuse_if_strict(request: Request[Any, Any, Any]) -> None:
    """Refuse what is not understood of the query of a request that is strict.

    Raises:
        ApiError: 400 where there is something.
    """
    notices = notices_of(request.scope)
    if notices.strict and notices.found:
        fields = tuple(each.path for each in notices.found)
        raise ApiError(400, notices.refusal(), fields, "query")


def read_labels(request: Request[Any, Any, Any]) -> list[Label]:
    """Return the labels that jobs must have: `name`, and `metadata.` with a key.

    Raises:
        ApiError: 400 for a value that is longer than what lists can be narrowed by.
    """
    found = []
    for name, value in request.query_params.multi_items():
        if name.startswith(METADATA_PREFIX):
            if max(len(name) - len(METADATA_PREFIX), len(value)) > LONGEST_VALUE:
                shown = f"{name[:64]}"
                message = f"keys and values of up to {LONGEST_VALUE:,} characters can be searched."
                raise invalid(shown, message, "query")
            found.append(Label(name, value))
        elif name == NAME and value:
            found.append(Label(name, value))
    return found


def read_flag(request: Request[Any, Any, Any], name: str) -> bool:
    """Return whether ``name`` is true; it is not when it is missing.

    Raises:
        ApiError: 400 when it is neither true nor false.
    """
    text = (word(request, name) or "false").lower()
    if text not in {"true", "false", "1", "0"}:
        raise invalid(name, "expected true or false.", "query")
    return text in {"true", "1"}


def read_aggregation(request: Request[Any, Any, Any]) -> str:
    """Return how the variants of a debiased circuit become one distribution.

    `sharpen=true` is the older word for voting; `aggregation` takes precedence over it.

    Raises:
        ApiError: 400 when there is no such aggregation, or `sharpen` is neither true nor false.
    """
    name = word(request, "aggregation")
    if name is None:
        return "voting" if read_flag(request, "sharpen") else AVERAGE
    if name not in AGGREGATIONS:
        raise invalid("aggregation", f"expected {', '.join(AGGREGATIONS)}.", "query")
    return name


def read_after(request: Request[Any, Any, Any]) -> str | None:
    """Return the id of the child behind which results are to begin, or None for all of them."""
    after = word(request, "after")
    return after and after.lower()


def read_limit(request: Request[Any, Any, Any], otherwise: int | None = None) -> int:
    """Return how many items a page may have.

    Args:
        request: The request, whose `limit` counts when there is one.
        otherwise: What to take when there is none.

    Raises:
        ApiError: 400 when it is not a whole number, 1 or more.
    """
    text = word(request, "limit")
    if text is None:
        limit = _DEFAULT_LIMIT if otherwise is None else otherwise
    else:
        limit = whole_numeral(text) or 0
    if limit < 1:
        raise invalid("limit", "expected a whole number, 1 or more.", "query")
    return min(limit, _HIGHEST_LIMIT)


def read_milliseconds(field: str, text: str) -> int:
    """Return an instant of a query, in Unix milliseconds.

    Raises:
        ApiError: 400 when it is none.
    """
    milliseconds = whole_numeral(text)
    if milliseconds is not None and 0 <= milliseconds < _LATEST:
        return milliseconds
    raise invalid(field, "expected Unix milliseconds.", "query")


async def read_body_limit(request: Request[Any, Any, Any], threads: Threads) -> int | None:
    """Return the `limit` of a GET's JSON body, which is where Cirq puts it."""
    body = await read_body(request, threads, _MAX_GET_BODY)
    try:
        return whole_number(decode(body, _ListBody).limit)
    except (ApiError, Refusal):
        return None  # The body of a GET has no meaning otherwise, so none is wrong.
