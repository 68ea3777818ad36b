"""`HealthService`: whether a server takes jobs and works on them."""

import asyncio
from typing import Any

from paultrap.service.resources import Workers
from paultrap.service.threads import Threads
from paultrap.store import HostRecord, Store, StoreUnavailableError

# How long a probe waits for the store, and for how long the store may keep all probes waiting. It
# answers late where it is busy, and that is no trouble; see also the patience of `Threads`.
_PROBE_S = 0.5
_MOST_PROBE_S = 40.0


class HealthService:
    """Whether a server takes jobs and works on them.

    Args:
        store: The store, which has to answer.
        workers: The workers, of which one has to be alive.
        threads: The pools of threads, none of which may be stuck.
    """

    def __init__(self, store: Store, workers: Workers, threads: Threads) -> None:
        self._store = store
        self._workers = workers
        self._threads = threads
        self._probe: asyncio.Task[str | None] | None = None
        self._probed_at = 0.0

    async def trouble(self) -> str | None:
        """Return why jobs are not taken or not worked on now, or None where they are.

        It answers within a second whatever is stuck.
        """
        watch = self._threads.watch
        if watch is not None and watch.trouble is not None:
            return watch.trouble
        if not self._workers.is_alive():
            return "No worker is alive."
        if stuck := self._threads.stuck():
            each = ", ".join(f"{pool} for {seconds:.0f} s" for pool, seconds in stuck)
            return f"Threads of the server are stuck: {each}."
        return await self._store_trouble()

    async def note(self) -> str | None:
        """Return what a person should know who sees that jobs are taken, or None."""
        if self._workers.load().workers:
            return None
        try:
            found = await asyncio.wait_for(self._threads.read(self._live), _PROBE_S)
        except (TimeoutError, StoreUnavailableError):
            return None
        if any(each.about.slots and not each.is_draining for each in found):
            return None
        return (
            "No worker is there: jobs are taken, and wait for `paultrap worker` or another server."
        )

    def _live(self) -> list[HostRecord]:
        return self._store.workers.live(running=False)

    async def _store_trouble(self) -> str | None:
        """Return what is wrong with the store; many that ask share one question."""
        clock = self._threads.clock
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._threads.read(self._store.trouble))
            self._probe.add_done_callback(_take)
            self._probed_at = clock()
        done, _ = await asyncio.wait({self._probe}, timeout=_PROBE_S)
        if done:
            if self._probe.cancelled() or self._probe.exception() is not None:
                return "The store does not answer."
            return self._probe.result()
        waited = clock() - self._probed_at
        if waited > _MOST_PROBE_S:
            return f"The store has not answered for {waited:.0f} s."
        return None


def _take(probe: asyncio.Task[Any]) -> None:
    """Take what has come of a probe, of which nobody may ask any more."""
    if not probe.cancelled():
        probe.exception()
