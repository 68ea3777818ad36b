"""What the server is like at a scrape: its queue, its database, its workers."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from paultrap.service import Workers
from paultrap.store import BackendLoad, StoreLoad


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"paultrap_{name}", text, value=value)


class StoreMetrics(Collector):
    """The queue and the database, as they were found last.

    Args:
        registry: The registry of the application's metrics.
        backends: The names of its backends.

    Attributes:
        load: What was found, or None when the store did not answer.
    """

    def __init__(self, registry: CollectorRegistry, backends: Iterable[str]) -> None:
        self._backends = list(backends)
        self.load: StoreLoad | None = None
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Return the metrics as of an empty store."""
        return [*self._found(StoreLoad(0, {}, 0, 0, 0.0)), _up(0)]

    def collect(self) -> Iterable[Metric]:
        """Return the metrics; those of a store that does not answer are missing but for one."""
        load = self.load
        return [_up(0)] if load is None else [_up(1), *self._found(load)]

    def _found(self, load: StoreLoad) -> Iterable[Metric]:
        labels = ["backend"]
        jobs = GaugeMetricFamily(
            "paultrap_queue_jobs", "Jobs of which nothing has run yet.", labels=labels
        )
        ages = GaugeMetricFamily(
            "paultrap_queue_oldest_job_age_seconds",
            "Time since the submission of the oldest job of which nothing has run yet, 0 without any.",
            labels=labels,
        )
        queued = GaugeMetricFamily(
            "paultrap_queue_chunks", "Chunks of jobs that wait for a worker.", labels=labels
        )
        running = GaugeMetricFamily(
            "paultrap_running_chunks", "Chunks of jobs that a worker has.", labels=labels
        )
        leased = GaugeMetricFamily(
            "paultrap_memory_leased_bytes",
            "Memory that the chunks that workers have may take at most.",
            labels=labels,
        )
        # Backends that have nothing to do have their zeros, and those that are gone may have jobs.
        for backend in dict.fromkeys([*self._backends, *load.backends]):
            found = load.backends.get(backend) or BackendLoad()
            age_ms = 0 if found.oldest_at is None else max(0, load.at - found.oldest_at)
            jobs.add_metric([backend], found.waiting_jobs)
            ages.add_metric([backend], age_ms / 1_000)
            queued.add_metric([backend], found.queued_chunks)
            running.add_metric([backend], found.running_chunks)
            leased.add_metric([backend], found.leased_bytes)
        size = GaugeMetricFamily(
            "paultrap_database_size_bytes",
            "Size of the database's files: the database and its write-ahead log.",
            labels=["file"],
        )
        size.add_metric(["database"], load.database_bytes)
        size.add_metric(["log"], load.log_bytes)
        read = _gauge(
            "database_read_duration_seconds",
            "Time that the last count of the queue took in the database.",
            load.read_s,
        )
        damaged = CounterMetricFamily(
            "paultrap_damaged_parts",
            "Parts of the database that were found damaged since the server started.",
        )
        damaged.add_metric([], load.damaged)
        return [jobs, ages, queued, running, leased, size, read, damaged]


def _up(value: int) -> Metric:
    return _gauge(
        "database_up", "Whether the database answered in time when it was last asked.", value
    )


class WorkerMetrics(Collector):
    """The workers.

    Args:
        registry: The registry of the application's metrics.
        workers: Are asked at each scrape.
    """

    def __init__(self, registry: CollectorRegistry, workers: Workers) -> None:
        self._workers = workers
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Return the metrics."""
        load = self._workers.load()
        memory = GaugeMetricFamily(
            "paultrap_worker_resident_memory_bytes",
            "Resident memory of each worker process, by its place.",
            labels=["worker"],
        )
        for place, resident in enumerate(load.resident_bytes):
            memory.add_metric([str(place)], resident)
        return [
            _gauge("workers", "Worker processes that there should be.", load.workers),
            _gauge("workers_ready", "Worker processes that can work.", load.ready),
            CounterMetricFamily(
                "paultrap_worker_restarts",
                "Worker processes that were started in the place of one that died. Those that gave up "
                "a chunk whose job was canceled do not count.",
                value=load.restarts,
            ),
            _gauge(
                "memory_limit_bytes",
                "Memory that all chunks that run at the same time may take together.",
                load.memory_limit,
            ),
            memory,
        ]

    def describe(self) -> Iterable[Metric]:
        """Return the metrics as they are: asking takes nothing."""
        return self.collect()
