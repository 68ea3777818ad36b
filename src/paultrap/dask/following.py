"""`follow`: has a Dask cluster run jobs and logs how it grows and shrinks, until it is told to end."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from distributed import Client

from paultrap.dask.errors import DaskError
from paultrap.dask.plugin import TOPIC
from paultrap.dask.working import NAME, ClusterWork, work

_LOOK_S = 1.0
_CONNECT_S = 10.0  # and how long it tries to have a scheduler back that it has lost

_log = structlog.get_logger("paultrap.worker")


def follow(scheduler: str, database: str | None, *, until: float | None, **told: Any) -> None:
    """Have the workers of a cluster run jobs. It is called in the main thread.

    SIGTERM and SIGINT end that; a second one does not wait for what runs.

    Args:
        scheduler: The address of the cluster's scheduler.
        database: As of `work`.
        until: Unix seconds at which all is to have ended; None for no end.
        **told: As of `work`.

    Raises:
        DaskError: There is no such scheduler, or it is gone, or as of `work`.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        client = Client(scheduler, timeout=_CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise DaskError(
            f"there is no Dask scheduler to be had at {scheduler} ({reason})."
        ) from error
    with client:
        with suppress(KeyboardInterrupt):
            _keep(client, scheduler, partial(work, client, database, until=until, **told), until)
        _log.info("Dask cluster runs no more jobs")
        ClusterWork(client, NAME).stop()


def _keep(
    client: Client, scheduler: str, start: Callable[[], ClusterWork], until: float | None
) -> None:
    """Start, and log what changes, until the time is over or the scheduler is gone."""
    cluster = _Cluster(client)
    client.subscribe_topic(TOPIC, cluster.hear)  # type: ignore[no-untyped-call]
    start()
    _log.info("Dask cluster runs jobs", scheduler=scheduler)
    while until is None or time.time() < until:
        if client.status == "closed":
            raise DaskError(
                f"the Dask scheduler at {scheduler} is gone, and its workers end with it: start this "
                "again when it is back."
            )
        if client.status == "running" and cluster.was_lost:
            # Perhaps another scheduler, which does not know of it. One that does starts nothing twice.
            start()
        cluster.look()
        time.sleep(_LOOK_S)


class _Cluster:
    """What is known of a cluster's workers, and logged when it changes.

    Attributes:
        was_lost: Whether the scheduler did not answer when it was looked last.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: set[str] = set()
        self.was_lost = False

    def look(self) -> None:
        """Log who has come and who has left."""
        try:
            is_there = self._client.status == "running"
            found = set(self._client.scheduler_info(n_workers=-1)["workers"]) if is_there else None
        except (OSError, ValueError):
            found = None
        if found is None:
            if not self.was_lost:
                _log.warning("Dask scheduler does not answer")
            self.was_lost = True
            return
        self.was_lost = False
        for each in sorted(found - self._known):
            _log.info("Dask worker joined", dask_worker=each, workers=len(found))
        for each in sorted(self._known - found):
            _log.info("Dask worker left", dask_worker=each, workers=len(found))
        self._known = found

    def hear(self, event: tuple[float, Any]) -> None:
        """Log what a Dask worker says of its pull loop; called in a thread of Dask."""
        said = event[1]
        log = _log.warning if said["reason"] else _log.info
        log("Dask worker", dask_worker=said["worker"], state=said["state"], reason=said["reason"])
