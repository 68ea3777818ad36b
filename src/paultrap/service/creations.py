"""`CreationService`: requests that make something, each of which does it once.

What a request has made, and its answer, are in the store. Here is what only the server that has
the request can know: that it is in flight, so that the same one waits for what becomes of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from paultrap.service.threads import Threads
from paultrap.store import CreatingRequest, Creations, FirstAnswer, RepeatedRequestError


class Created(NamedTuple):
    """How a request that makes something is answered.

    Attributes:
        answer: The answer.
        is_repeated: Whether it is that of an earlier request, which has made it.
    """

    answer: FirstAnswer
    is_repeated: bool


class CreationService:
    """The requests of one server that make something.

    Args:
        creations: The store's client for what requests have made.
        threads: The threads that blocking calls run in.
    """

    def __init__(self, creations: Creations, threads: Threads) -> None:
        self._creations = creations
        self._threads = threads
        self._in_flight: dict[tuple[str, str], asyncio.Event] = {}

    async def once(
        self, request: CreatingRequest, make: Callable[[CreatingRequest | None], Awaitable[Any]]
    ) -> Created:
        """Return how a request is answered, after it has made what it asks for.

        Args:
            request: What is to be made once. One without an idempotency key makes it each time.
            make: Makes it, and returns its record; it passes the request to the store.

        Raises:
            IdempotencyKeyError: Its idempotency key was sent before, with another request.
        """
        if request.idempotency_key is None:
            return Created(request.answer(await make(None)), is_repeated=False)
        name = (request.key_id, request.idempotency_key)
        while (earlier := self._in_flight.get(name)) is not None:
            await earlier.wait()
        ended = self._in_flight[name] = asyncio.Event()
        task = asyncio.create_task(self._once(request, make))

        def end(task: asyncio.Task[Created]) -> None:
            del self._in_flight[name]
            ended.set()
            if not task.cancelled():
                task.exception()  # whoever waited for it may have gone

        task.add_done_callback(end)
        # What has begun goes on when the request is dropped: it may be in its transaction.
        return await asyncio.shield(task)

    async def _once(
        self, request: CreatingRequest, make: Callable[[CreatingRequest | None], Awaitable[Any]]
    ) -> Created:
        found = await self._threads.read(self._creations.find, request)
        if found is None:
            try:
                return Created(request.answer(await make(request)), is_repeated=False)
            except RepeatedRequestError as error:  # another server was faster
                found = error.creation
        return Created(found.answer, is_repeated=True)
