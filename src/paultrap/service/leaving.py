"""Waiting only while somebody waits for the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from paultrap.service.errors import ClientLeftError

T = TypeVar("T")


async def unless_left(work: Coroutine[Any, Any, T], left: Callable[[], Awaitable[None]]) -> T:
    """Return what ``work`` does; it is canceled when nobody waits for it any more.

    Args:
        work: What is to be done.
        left: Returns when nobody waits for it any more.

    Raises:
        ClientLeftError: Nobody waits for it any more.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(left())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientLeftError
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
