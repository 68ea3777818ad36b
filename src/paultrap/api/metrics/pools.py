"""The thread pools as metrics: how many threads are busy, how long calls wait for one and take."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

__all__ = ["PoolMeter", "PoolMetrics"]

_BUCKETS_S = (0.0001, 0.0005, 0.001, 0.0025, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 10, 60)

T = TypeVar("T")


class PoolMetrics(Collector):
    """Measures the thread pools of one application, by their names.

    Args:
        registry: Of the application.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._meters: dict[str, PoolMeter] = {}
        self._waits = Histogram(
            "paultrap_pool_wait_seconds",
            "Time for which calls waited for a free thread of the pool.",
            ["pool"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self._runs = Histogram(
            "paultrap_pool_call_duration_seconds",
            "Time that calls took in a thread of the pool. "
            "Those of store-writer are transactions, with the disk's share.",
            ["pool"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        registry.register(self)

    def meter(self, pool: str, threads: int) -> "PoolMeter":
        """Return what measures a pool of so many threads."""
        meter = PoolMeter(self._waits.labels(pool), self._runs.labels(pool), threads)
        self._meters[pool] = meter
        return meter

    def describe(self) -> Iterable[Metric]:
        """Return the metrics without values."""
        return _families()

    def collect(self) -> Iterable[Metric]:
        """Return how many threads there are, are busy, and how many calls wait for one."""
        families = threads, busy, queued = _families()
        for pool, meter in self._meters.items():
            threads.add_metric([pool], meter.threads)
            busy.add_metric([pool], meter.busy)
            # A caller may have left, and its call be running still.
            queued.add_metric([pool], max(0, meter.awaited - meter.busy))
        return families


def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
    return (
        GaugeMetricFamily("paultrap_pool_threads", "Threads of the pool.", labels=["pool"]),
        GaugeMetricFamily(
            "paultrap_pool_busy_threads", "Threads of the pool that run a call.", labels=["pool"]
        ),
        GaugeMetricFamily(
            "paultrap_pool_queued_calls", "Calls that wait for a free thread.", labels=["pool"]
        ),
    )


class PoolMeter:
    """Measures the calls of one pool.

    Attributes:
        threads: How many it has.
        busy: How many of them run a call.
        awaited: Calls whose result somebody waits for; changed by the event loop alone.
    """

    def __init__(self, waits: Histogram, runs: Histogram, threads: int) -> None:
        self._waits = waits
        self._runs = runs
        self._lock = threading.Lock()
        self.threads = threads
        self.busy = 0
        self.awaited = 0

    def timed(self, call: Callable[[], T]) -> Callable[[], T]:
        """Return ``call`` as it is to be handed to the pool, now."""
        asked = time.perf_counter()

        def run() -> T:
            begun = time.perf_counter()
            self._waits.observe(begun - asked)
            with self._lock:
                self.busy += 1
            try:
                return call()
            finally:
                with self._lock:
                    self.busy -= 1
                self._runs.observe(time.perf_counter() - begun)

        return run
