"""`StoreWatch`: whether a database that is reached over a network answers.

While it does not, whoever needs it hears so at once: else each request would hold a thread until its
own attempt fails, and those behind it would wait for threads. One attempt a second goes on, so that
all goes on by itself when the database is back. The log has a line when it is lost, and one when it is
back.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import structlog

from paultrap.store import StoreDownError, StoreError

_PERIOD_S = 1.0  # between two looks
_PATIENCE_S = 3.0  # for one; a database that is only busy answers `SELECT 1` sooner

_log = structlog.get_logger("paultrap.server")


class StoreWatch:
    """Whether a database answers. To be used on one event loop, but for what is said otherwise.

    Args:
        name: What people call the database.
        probe: Asks it; blocks, and raises a `StoreError` where there is no answer.
        clock: Returns seconds that never decrease.
    """

    def __init__(
        self, name: str, probe: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._probe = probe
        self._clock = clock
        self._lost_at = 0.0
        self._refused = 0
        self._failed = asyncio.Event()
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        #: Why the database does not answer, in a sentence; None where it does.
        self.trouble: str | None = None

    def start(self) -> None:
        """Look at the database from now on."""
        self._task = asyncio.create_task(self._keep_looking())

    async def stop(self) -> None:
        """Look at it no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def check(self) -> None:
        """Refuse what needs the database while that does not answer.

        Raises:
            StoreDownError: It does not.
        """
        if self.trouble is not None:
            self._refused += 1
            raise StoreDownError(self.trouble)

    def failed(self) -> None:
        """Note that something could not be done with it: it is looked at now."""
        self._failed.set()

    async def lost(self) -> None:
        """Wait until the database does not answer."""
        await self._lost.wait()

    async def _keep_looking(self) -> None:
        # A thread of its own: all others may wait for the database.
        thread = ThreadPoolExecutor(1, "store-watch")
        try:
            while True:
                await self._look(thread)
        finally:
            thread.shutdown(wait=False, cancel_futures=True)

    async def _look(self, thread: ThreadPoolExecutor) -> None:
        """Ask the database, and wait until it is to be asked again."""
        self._failed.clear()
        look = asyncio.get_running_loop().run_in_executor(thread, self._probe)
        done, _ = await asyncio.wait({look}, timeout=_PATIENCE_S)
        if not done:
            self._lose(f"it has said nothing for {_PATIENCE_S:.0f} s")
            await asyncio.wait({look})
        error = look.exception()
        if error is None:
            self._find()
        elif isinstance(error, StoreError):
            self._lose(str(error).rstrip("."))
        else:
            _log.error("unexpected error", exc_info=error)
        with suppress(TimeoutError):
            async with asyncio.timeout(_PERIOD_S):
                await (asyncio.Event().wait() if self.trouble else self._failed.wait())

    def _lose(self, reason: str) -> None:
        reason = reason.removeprefix(f"{self._name} is unavailable: ")
        if self.trouble is None:
            self._lost_at = self._clock()
            self._refused = 0
            _log.error("the database does not answer", database=self._name, reason=reason)
        self.trouble = f"The database does not answer: {reason}."
        self._lost.set()

    def _find(self) -> None:
        if self.trouble is not None:
            seconds = round(self._clock() - self._lost_at, 1)
            _log.info(
                "the database answers again",
                database=self._name,
                after_s=seconds,
                refused=self._refused,
            )
        self.trouble = None
        self._lost.clear()
