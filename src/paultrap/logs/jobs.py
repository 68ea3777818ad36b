"""Events of jobs as lines of the log."""

from typing import Any

from paultrap.logs.configuration import is_on, write
from paultrap.store import EventKind, EventReason, JobEvent

_LOGGER = "paultrap.jobs"

_EVENTS = {
    EventKind.SUBMITTED: "job submitted",
    EventKind.LEASED: "chunk leased",
    EventKind.CHUNK_DONE: "chunk done",
    EventKind.CHUNK_FAILED: "chunk failed",
    EventKind.RETRIED: "chunk retried",
    EventKind.HALVED: "chunk halved",
    EventKind.QUEUED: "stage queued",
    EventKind.RERUN: "job retried",
    EventKind.LOST: "lease lost",
    EventKind.COMPLETED: "job completed",
    EventKind.FAILED: "job failed",
    EventKind.CANCELED: "job canceled",
    EventKind.DELETED: "job deleted",
}
# A job may have thousands of chunks: what is usual about one is for whoever looks closely.
_LEVELS = {
    EventKind.LEASED: "debug",
    EventKind.CHUNK_DONE: "debug",
    EventKind.CHUNK_FAILED: "debug",
    EventKind.QUEUED: "debug",
    EventKind.RETRIED: "warning",
    EventKind.HALVED: "warning",
    EventKind.FAILED: "warning",
}
_MOST_OF_MESSAGE = 1_000


def log_event(event: JobEvent) -> None:
    """Write the line of an event."""
    level = _level(event)
    if is_on(level):
        write(level, _LOGGER, _name(event), _fields(event))


def _name(event: JobEvent) -> str:
    return "job leased" if event.starts_job else _EVENTS[event.kind]


def _level(event: JobEvent) -> str:
    if event.starts_job or event.reason is EventReason.WORKER_STOPPED:
        return "info"
    return _LEVELS.get(event.kind, "info")


def _fields(event: JobEvent) -> dict[str, Any]:
    trace = (event.traceparent or "").split("-")
    fields = {
        "job": event.job_id,
        "parent": event.parent_id,
        "request_id": event.request_id,
        "trace_id": trace[1] if len(trace) > 1 else None,
        "project": event.project_id,
        "backend": event.backend,
        "circuits": event.circuits,
        "circuits_failed": event.circuits_failed or None,
        "gates": event.gates_1q + event.gates_2q or None,
        "dry_run": event.dry_run or None,
        "chunk": event.chunk,
        "first": event.first,
        "attempt": event.attempt,
        "worker": event.owner,
        "ms": event.elapsed_ms if event.kind is not EventKind.SUBMITTED else None,
        "execution_ms": event.execution_ms,
        "reason": event.reason,
        "code": event.code,
        "message": None if event.message is None else event.message[:_MOST_OF_MESSAGE],
    }
    return {name: value for name, value in fields.items() if value is not None}
