"""`Doubts`: what other servers ask this one: whether the clients have their answers.

A client that lost its answer may send its request again to another server. Only the server that gave
the answer has the connection, and can say whether it is still there.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from paultrap.service.creating import PATIENCE_S, Creating, turns
from paultrap.service.threads import Threads
from paultrap.store import Creations, EventKind, Fate, JobNotice, StoreUnavailableError

_MOST_REMEMBERED = 1_000
_MOST_ASKED = 500
_POLL_S = 1.0  # where no notification comes through


class Doubts:
    """The answers of one server of which nobody knows yet what will become of them.

    Args:
        creations: The store's client for what requests have made.
        threads: The threads that blocking calls run in.
        note: Notes what has become of an answer.
    """

    def __init__(
        self, creations: Creations, threads: Threads, note: Callable[[Creating, Fate], None]
    ) -> None:
        self._creations = creations
        self._threads = threads
        self._note = note
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: dict[str, Creating] = {}
        # Of what has not been answered yet as this server knows it; the answer is on its way.
        self._early: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._polling: asyncio.Task[None] | None = None

    def attach(self) -> None:
        """Serve the running event loop from now on."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Answer nothing more."""
        self._loop = None
        for task in (*self._tasks, *filter(None, [self._polling])):
            task.cancel()

    def watch(self, creating: Creating) -> None:
        """Be ready to say what has become of an answer that is on its way."""
        ticket = creating.request.ticket
        if ticket is None or not creating.request.is_watched or creating.fate is not None:
            return
        self._open[ticket.made_id] = creating
        if ticket.made_id in self._early:
            del self._early[ticket.made_id]
            self._ask(ticket.made_id)
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())

    def forget(self, creating: Creating) -> None:
        """Say no more of an answer: it is known what has become of it."""
        ticket = creating.request.ticket
        if ticket is not None:
            self._open.pop(ticket.made_id, None)

    def hear(self, notice: JobNotice) -> None:
        """Hear, from any thread, that another server asks."""
        if notice.kind is EventKind.DOUBTED and notice.job_id and self._loop is not None:
            with suppress(RuntimeError):  # The loop is closed.
                self._loop.call_soon_threadsafe(self._ask, notice.job_id)

    def _ask(self, made_id: str) -> None:
        creating = self._open.get(made_id)
        if creating is None:
            self._early[made_id] = None
            if len(self._early) > _MOST_REMEMBERED:
                self._early.popitem(last=False)
            return
        task = asyncio.create_task(self._answer(creating))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, creating: Creating) -> None:
        """Say that a client is there that has its answer, or what else becomes known."""
        await turns()
        if await creating.is_acknowledged(PATIENCE_S):
            self._note(creating, Fate.SEEN)
        else:
            creating.give_up()

    async def _poll(self) -> None:
        while self._open:
            await asyncio.sleep(_POLL_S)
            newest = list(self._open)[-_MOST_ASKED:]
            with suppress(StoreUnavailableError):
                for made_id in await self._threads.read(self._creations.doubted, newest):
                    self._ask(made_id)
