"""`PullPlugin`: has each Dask worker run a pull loop beside it, and end that with it.

It travels through the scheduler as a pickle, with what it is told. Nothing of it may raise: an
exception would keep a Dask worker from starting.
"""

import asyncio
import logging
from functools import partial
from typing import Any

from distributed import Worker
from distributed.diagnostics.plugin import WorkerPlugin

from paultrap.dask.loop import LoopState, LoopStatus, PullLoop
from paultrap.dask.process import Told
from paultrap.dask.versions import Versions, complaint, versions_here
from paultrap.store import memory_host

#: Under which the changes of all pull loops are logged in Dask's events.
TOPIC = "paultrap"

# Dask shows what its own loggers say, and those below them.
_log = logging.getLogger("distributed.worker.paultrap")


class PullPlugin(WorkerPlugin):
    """What a Dask worker is to do.

    Args:
        name: The name of the plug-in.
        told: What all pull loops are told: the settings that follow from no Dask worker.
        drain_s: How many seconds what runs may take once a Dask worker ends.
        versions: The versions that a Dask worker must have.
    """

    def __init__(self, name: str, told: Told, drain_s: float, versions: Versions) -> None:
        self.name = name
        self.told = told
        self.drain_s = drain_s
        self.versions = versions
        self.loop: PullLoop | None = None
        self.status = LoopStatus(LoopState.STARTING)

    async def setup(self, worker: Worker) -> None:
        """Start the pull loop; return before it runs."""
        note = partial(self._note, worker)
        if wrong := complaint(self.versions, {worker.address: versions_here()}):
            note(LoopStatus(LoopState.REFUSED, wrong))
            return
        self.loop = PullLoop(told_of(self.told, worker), self.drain_s, note)
        self.loop.start()

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002  # as Dask calls it
        """End the pull loop; return when it has ended."""
        if self.loop is not None:
            await asyncio.to_thread(self.loop.stop)

    def _note(self, worker: Worker, status: LoopStatus) -> None:
        self.status = status
        level = logging.WARNING if status.reason else logging.INFO
        _log.log(level, "paultrap: %s. %s", status.state, status.reason)
        try:
            worker.log_event(
                TOPIC,
                {"worker": worker.address, "state": str(status.state), "reason": status.reason},
            )
        except Exception:  # noqa: BLE001  # The Dask worker may be ending.
            _log.debug("no event logged", exc_info=True)


def told_of(told: Told, worker: Worker) -> Told:
    """Return what the pull loop of one Dask worker is told.

    Its memory is the Dask worker's alone. Where Dask sets no bound it is the machine's, which all on
    it share.
    """
    limit = worker.memory_manager.memory_limit
    follows: dict[str, Any] = {
        "slots": 1,
        "threads": worker.state.nthreads,
        "memory_limit": limit,
        "exit_when_idle": None,
        "until": None,
    }
    host = f"{memory_host()[:150]} {worker.address[:100]}" if limit else None
    return Told(told.settings | follows, host, told.until)


def status_on(name: str, dask_worker: Worker) -> LoopStatus | None:
    """Return the status of a Dask worker, which runs this; None where it has no such plug-in."""
    plugin = dask_worker.plugins.get(name)
    return plugin.status if isinstance(plugin, PullPlugin) else None


def plugin_on(name: str, dask_worker: Worker) -> tuple[Told, float] | None:
    """Return what the pull loop of a Dask worker was told; None where it has no such plug-in."""
    plugin = dask_worker.plugins.get(name)
    return (plugin.told, plugin.drain_s) if isinstance(plugin, PullPlugin) else None
