"""The thread pools as metrics: how many threads are busy, how long calls wait for one and take."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from paultrap.service import Pool

_BUCKETS_S = (0.0001, 0.0005, 0.001, 0.0025, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 10, 60)


class PoolMetrics(Collector):
    """Measures the thread pools of one application.

    Args:
        registry: The registry of the application's metrics.
        pools: All of them.
    """

    def __init__(self, registry: CollectorRegistry, pools: Iterable[Pool]) -> None:
        self._pools = list(pools)
        waits = Histogram(
            "paultrap_pool_wait_seconds",
            "Time for which calls waited for a free thread of the pool.",
            ["pool"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        runs = Histogram(
            "paultrap_pool_call_duration_seconds",
            "Time that calls took in a thread of the pool. "
            "Those of store-writer are transactions, with the disk's share.",
            ["pool"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        for pool in self._pools:
            pool.measure(waits.labels(pool.name).observe, runs.labels(pool.name).observe)
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Return how many threads there are, are busy, and how many calls wait for one."""
        threads = GaugeMetricFamily(
            "paultrap_pool_threads", "Threads of the pool.", labels=["pool"]
        )
        busy = GaugeMetricFamily(
            "paultrap_pool_busy_threads", "Threads of the pool that run a call.", labels=["pool"]
        )
        queued = GaugeMetricFamily(
            "paultrap_pool_queued_calls", "Calls that wait for a free thread.", labels=["pool"]
        )
        for pool in self._pools:
            load = pool.load()
            threads.add_metric([pool.name], load.threads)
            busy.add_metric([pool.name], load.running)
            queued.add_metric([pool.name], load.waiting)
        return [threads, busy, queued]

    def describe(self) -> Iterable[Metric]:
        """Return the metrics as they are: asking takes nothing."""
        return self.collect()
