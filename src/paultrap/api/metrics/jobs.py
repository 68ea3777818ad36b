"""What happens to jobs as metrics: counted since the server's start, from their events.

Nothing of an event but backend, code and reason becomes a label: no metric names a job, a project
or a person.
"""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from paultrap.errors import FailureCode
from paultrap.store import EventKind, EventReason, JobEvent

# From a small circuit to the longest that is taken.
_BUCKETS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800, 3_600, 21_600)
_RETRIES = (
    EventReason.LEASE_EXPIRED,
    EventReason.WORKER_DIED,
    EventReason.WORKER_STOPPED,
)


class JobMetrics:
    """Counts the events of the jobs of one application.

    Args:
        registry: The registry of the application's metrics.
        backends: The names of its backends.
    """

    def __init__(self, registry: CollectorRegistry, backends: Iterable[str]) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"paultrap_{name}", text, ["backend", *labels], registry=registry)

        def histogram(name: str, text: str) -> Histogram:
            return Histogram(
                f"paultrap_{name}", text, ["backend"], buckets=_BUCKETS_S, registry=registry
            )

        self._submitted = counter("jobs_submitted", "Jobs that were taken, without dry runs.")
        self._completed = counter("jobs_completed", "Jobs that were completed, without dry runs.")
        self._failed = counter(
            "jobs_failed", "Jobs that failed, by the code of the failure.", "code"
        )
        self._canceled = counter(
            "jobs_canceled", "Jobs that were canceled, single circuits of a job not counted."
        )
        self._deleted = counter(
            "jobs_deleted",
            "Jobs that were deleted, ended or not; single circuits of a job not counted.",
        )
        self._dry_runs = counter("dry_runs", "Jobs that were only checked.")
        self._circuits = counter("circuits_done", "Circuits whose answers were stored.")
        self._circuits_failed = counter(
            "circuits_failed", "Circuits that failed; the others of their jobs go on."
        )
        self._gates = counter("gates_done", "Gates of the jobs that were completed.")
        self._retries = counter(
            "chunk_retries", "Chunks that have to run again, by the reason.", "reason"
        )
        self._losses = counter(
            "lease_losses",
            "Chunks that a worker ran and no longer had at the end: canceled, deleted or given to "
            "another worker.",
        )
        self._waits = histogram(
            "job_wait_seconds", "Time from a job's submission to the start of its first chunk."
        )
        self._durations = histogram(
            "job_duration_seconds", "Time from a job's submission to its end as completed."
        )
        self._executions = histogram(
            "chunk_duration_seconds", "Time that a chunk took in the engine or the backend."
        )
        self._counted: dict[EventKind, Callable[[JobEvent], None]] = {
            EventKind.SUBMITTED: self._count_submitted,
            EventKind.LEASED: self._count_leased,
            EventKind.CHUNK_DONE: self._count_done,
            EventKind.CHUNK_FAILED: self._count_circuits,
            EventKind.RETRIED: self._count_retried,
            EventKind.HALVED: self._count_retried,
            EventKind.LOST: self._count_lost,
            EventKind.COMPLETED: self._count_completed,
            EventKind.FAILED: self._count_failed,
            EventKind.CANCELED: self._count_canceled,
            EventKind.DELETED: self._count_deleted,
        }
        self._begin(backends)

    def _begin(self, backends: Iterable[str]) -> None:
        """Export zeros from the start: a rate needs the value before the first event."""
        for backend in backends:
            for metric in (
                self._submitted,
                self._completed,
                self._canceled,
                self._deleted,
                self._dry_runs,
                self._circuits,
                self._circuits_failed,
                self._gates,
                self._losses,
            ):
                metric.labels(backend)
            for code in FailureCode:
                self._failed.labels(backend, code)
            for reason in _RETRIES:
                self._retries.labels(backend, reason)

    def count(self, event: JobEvent) -> None:
        """Count an event, in any thread."""
        count = self._counted.get(event.kind)
        if count is not None:
            count(event)

    def _count_submitted(self, event: JobEvent) -> None:
        (self._dry_runs if event.dry_run else self._submitted).labels(event.backend).inc()

    def _count_leased(self, event: JobEvent) -> None:
        if event.starts_job:
            self._waits.labels(event.backend).observe(_seconds(event.elapsed_ms))

    def _count_circuits(self, event: JobEvent) -> None:
        self._circuits.labels(event.backend).inc(event.circuits - event.circuits_failed)
        self._circuits_failed.labels(event.backend).inc(event.circuits_failed)

    def _count_done(self, event: JobEvent) -> None:
        self._count_circuits(event)
        self._executions.labels(event.backend).observe(_seconds(event.execution_ms))

    def _count_retried(self, event: JobEvent) -> None:
        self._retries.labels(event.backend, event.reason or "unknown").inc()

    def _count_lost(self, event: JobEvent) -> None:
        self._losses.labels(event.backend).inc()

    def _count_completed(self, event: JobEvent) -> None:
        if event.dry_run:
            return
        self._completed.labels(event.backend).inc()
        self._gates.labels(event.backend).inc(event.gates_1q + event.gates_2q)
        self._durations.labels(event.backend).observe(_seconds(event.elapsed_ms))

    def _count_failed(self, event: JobEvent) -> None:
        if not event.dry_run:
            self._failed.labels(event.backend, event.code or "unknown").inc()

    def _count_canceled(self, event: JobEvent) -> None:
        if event.parent_id is None:
            self._canceled.labels(event.backend).inc()

    def _count_deleted(self, event: JobEvent) -> None:
        if event.parent_id is None:
            self._deleted.labels(event.backend).inc()


def _seconds(milliseconds: float | None) -> float:
    return (milliseconds or 0) / 1_000
