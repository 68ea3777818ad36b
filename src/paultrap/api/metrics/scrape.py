"""All metrics of one application as text, at a bounded cost however often they are asked for."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from platform import python_version

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from paultrap.api.metrics.jobs import JobMetrics
from paultrap.api.metrics.pools import PoolMetrics
from paultrap.api.metrics.requests import RequestMetrics
from paultrap.api.metrics.state import StoreMetrics, WorkerMetrics
from paultrap.release import release
from paultrap.service import Threads, Workers
from paultrap.store import Store, StoreLoad

_PLAIN = "text/plain; version=0.0.4"  # Litestar adds the charset.
_REUSE_S = 1.0
_PATIENCE_S = 2.0  # Prometheus waits for 10 s; a store that hangs must not hide the rest.


class _WithoutCreated(Collector):
    """What a registry has, but for a second series of each that says when it began."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        for metric in self._registry.collect():
            metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
            yield metric


class Metrics:
    """The metrics of one application, which are nobody else's: two can be in one process.

    Args:
        backends: The names of the application's backends.

    Attributes:
        requests: Counts requests.
    """

    def __init__(self, backends: Iterable[str]) -> None:
        backends = list(backends)
        self._registry = CollectorRegistry()
        self.requests = RequestMetrics(self._registry)
        self._store_metrics = StoreMetrics(self._registry, backends)
        self._jobs = JobMetrics(self._registry, backends)
        ProcessCollector(registry=self._registry)
        build = Gauge(
            "paultrap_build_info",
            "Always 1; the labels say which paultrap this is, on which Python.",
            ["version", "python"],
            registry=self._registry,
        )
        build.labels(release(), python_version()).set(1)
        self._texts: dict[bool, tuple[float, bytes]] = {}
        self._writing: dict[bool, asyncio.Task[bytes]] = {}
        self._reading: asyncio.Task[StoreLoad] | None = None

    def watch(self, store: Store, threads: Threads, workers: Workers) -> None:
        """Count the events of a store's jobs, and ask all of them at each scrape."""
        self._store, self._threads = store, threads
        PoolMetrics(self._registry, threads.pools)
        store.on_event(self._jobs.count)
        workers.on_event(self._jobs.count)
        WorkerMetrics(self._registry, workers)

    async def text(self, accepted: str) -> tuple[bytes, str]:
        """Return all metrics, at most a second old, and their content type.

        Args:
            accepted: The header ``Accept``: Prometheus' text unless it names OpenMetrics.
        """
        is_open = "application/openmetrics-text" in accepted
        kind = openmetrics.CONTENT_TYPE_LATEST if is_open else _PLAIN
        made_at, text = self._texts.get(is_open, (0.0, b""))
        if text and time.monotonic() - made_at < _REUSE_S:
            return text, kind
        writing = self._writing.get(is_open)
        if writing is None or writing.done():
            writing = self._writing[is_open] = asyncio.create_task(self._write(is_open=is_open))
        # Others may wait for it too, when this client leaves.
        return await asyncio.shield(writing), kind

    async def _write(self, *, is_open: bool) -> bytes:
        self._store_metrics.load = await self._load()
        write = openmetrics.generate_latest if is_open else generate_latest
        # In a thread of its own: the pools may be what is stuck.
        text: bytes = await asyncio.to_thread(write, _WithoutCreated(self._registry))
        self._texts[is_open] = time.monotonic(), text
        return text

    async def _load(self) -> StoreLoad | None:
        """Ask the store, unless it is at work on an earlier question, and wait a while for it."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._threads.read(self._store.load))
        await asyncio.wait([self._reading], timeout=_PATIENCE_S)
        if self._reading.done():
            with suppress(Exception):
                return self._reading.result()
        return None
