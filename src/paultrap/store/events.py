"""What happens to jobs, published once the transaction in which it happened is committed.

A statement that changes a job notes an event on its connection; `Database` publishes what was
noted after the commit, and drops it where there was none. An SQLite database publishes what its
process does: a server hears of its workers' events through `paultrap.worker.Supervisor.on_event`.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa
import structlog

from paultrap.store.records import JobRecord, Lease
from paultrap.store.tables import jobs

_NOTED = "paultrap.events"

_log = structlog.get_logger("paultrap.store")


class EventKind(StrEnum):
    """What has happened: to a job, or to one of its chunks where that is said."""

    SUBMITTED = "submitted"
    LEASED = "leased"  # a chunk; the job has started when `starts_job`
    CHUNK_DONE = "chunk_done"
    CHUNK_FAILED = "chunk_failed"
    RETRIED = "retried"  # a chunk that was leased waits again
    HALVED = "halved"  # one that may hold what kills its worker: its halves wait
    LOST = "lost"  # a worker has found that it no longer has its chunk
    QUEUED = "queued"  # the chunks of a job's next stage wait, whose circuits follow from the last
    RERUN = "rerun"  # the failed circuits of a job wait again
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    DELETED = "deleted"
    DOUBTED = "doubted"  # no event: a server asks another what became of the answer to a request


class EventReason(StrEnum):
    """Why a chunk is run again, or a job was canceled though nobody asked for that by its id."""

    LEASE_EXPIRED = "lease_expired"
    WORKER_DIED = "worker_died"
    WORKER_STOPPED = "worker_stopped"
    SERVER_DIED = "server_died"
    SESSION_ENDED = "session_ended"
    MOVED = "moved"


class JobEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event of a job.

    Attributes:
        kind: Which kind of event it is.
        job_id: The id of the job; of a child where that alone was canceled or deleted.
        at: When it happened, in Unix milliseconds.
        project_id: The id of the job's project.
        backend: The name of the job's backend.
        request_id: The id of the request that submitted the job; None in jobs of early releases.
        traceparent: The W3C trace context that came with that request.
        parent_id: The id of the parent, where the event is of a child alone.
        circuits: How many the job has, or the chunk in an event of a chunk.
        circuits_failed: How many of them have failed, in an event of an end.
        gates_1q: Gates on one qubit of the whole job; ``gates_2q``: on two or more.
        dry_run: Whether the job is only checked.
        chunk: The chunk's place in its job, in an event of a chunk; ``first``: the index of its
            first circuit.
        attempt: How often the chunk has been leased.
        owner: The worker that has, or had, the chunk.
        starts_job: Whether a lease is the first of its job.
        elapsed_ms: Milliseconds since the job was submitted.
        execution_ms: Spent in the engine: on the job, or on the chunk in an event of a chunk.
        code: Why a job or chunk failed, a `paultrap.errors.FailureCode`; ``message``: for a person.
        reason: Why a chunk was retried or halved, or the job canceled.
    """

    kind: EventKind
    job_id: str
    at: int
    project_id: str
    backend: str
    request_id: str | None = None
    traceparent: str | None = None
    parent_id: str | None = None
    circuits: int = 0
    circuits_failed: int = 0
    gates_1q: int = 0
    gates_2q: int = 0
    dry_run: bool = False
    chunk: int | None = None
    first: int | None = None
    attempt: int | None = None
    owner: str | None = None
    starts_job: bool = False
    elapsed_ms: int | None = None
    execution_ms: float | None = None
    code: str | None = None
    message: str | None = None
    reason: EventReason | None = None


class JobNotice(NamedTuple):
    """What is told of an event to all processes that use a database.

    Attributes:
        kind: Which kind of event it was; None where any may have happened, such as while nothing
            could be heard.
        job_id: The id of the job, of a child's parent; None likewise.
    """

    kind: EventKind | None
    job_id: str | None


#: Something may have happened, to any job.
ANYTHING = JobNotice(None, None)

Listener = Callable[[JobEvent], None]
NoticeListener = Callable[[JobNotice], None]


E = TypeVar("E", JobEvent, JobNotice)


class EventBus:
    """Who is told of events, in the thread in which they happen."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = list(listeners)
        self._notice_listeners: list[NoticeListener] = []

    def subscribe(self, listener: Listener) -> None:
        """Tell ``listener`` too from now on; it must not block for long."""
        self._listeners.append(listener)

    def listen(self, listener: NoticeListener) -> None:
        """Tell ``listener`` of each event, here or elsewhere; likewise."""
        self._notice_listeners.append(listener)

    def publish(self, events: Sequence[JobEvent]) -> None:
        """Tell all listeners; one that fails changes nothing of what has happened."""
        for event in events:
            for listener in self._listeners if event.kind is not EventKind.DOUBTED else ():
                _call(listener, event)
        self.tell(map(notice_of, events))

    def tell(self, notices: Iterable[JobNotice]) -> None:
        """Tell those who listen of what has happened elsewhere."""
        for notice in notices:
            for listener in self._notice_listeners:
                _call(listener, notice)


def notice_of(event: JobEvent) -> JobNotice:
    """Return what all are told of an event."""
    return JobNotice(event.kind, event.parent_id or event.job_id)


def _call(listener: Callable[[E], None], happened: E) -> None:
    try:
        listener(happened)
    except Exception:  # noqa: BLE001  # A listener's mistake is not the writer's.
        _log.warning("event listener failed", kind=happened.kind, exc_info=True)


#: What of a job's row every event of it needs.
JOB_COLUMNS = (
    jobs.c.id,
    jobs.c.project_id,
    jobs.c.backend,
    jobs.c.request_id,
    jobs.c.traceparent,
    jobs.c.circuits,
    jobs.c.gates_1q,
    jobs.c.gates_2q,
    jobs.c.dry_run,
    jobs.c.requested_at,
)


def begin(connection: sa.Connection) -> list[JobEvent]:
    """Return the list that takes what is noted on the connection in the transaction that begins."""
    noted: list[JobEvent] = []
    connection.info[_NOTED] = noted
    return noted


def note(
    connection: sa.Connection,
    kind: EventKind,
    job: sa.Row[*tuple[Any, ...]] | JobRecord | SimpleNamespace,
    now: int,
    **fields: Any,
) -> None:
    """Have an event published when the transaction is committed.

    Args:
        connection: The connection of the transaction that changes the job.
        kind: Which kind of event it is.
        job: A row that has `JOB_COLUMNS`, or a record.
        now: The time of the event, in Unix milliseconds.
        fields: Fields of the event that do not follow from the job, or replace what does.
    """
    about_job: dict[str, Any] = {
        "job_id": job.id,
        "project_id": job.project_id,
        "backend": job.backend,
        "request_id": job.request_id,
        "traceparent": job.traceparent,
        "circuits": job.circuits,
        "gates_1q": job.gates_1q,
        "gates_2q": job.gates_2q,
        "dry_run": bool(job.dry_run),  # a number in plain rows, as of `checksums`
        "elapsed_ms": max(0, now - job.requested_at),
    }
    noted: list[JobEvent] = connection.info[_NOTED]
    noted.append(JobEvent(kind=kind, at=now, **about_job | fields))


def doubt(connection: sa.Connection, made_id: str, now: int) -> None:
    """Have the other servers asked what has become of the answer to the request that made something."""
    noted: list[JobEvent] = connection.info[_NOTED]
    asked = JobEvent(kind=EventKind.DOUBTED, job_id=made_id, at=now, project_id="", backend="")
    noted.append(asked)


def lost(lease: Lease, now: int) -> JobEvent:
    """Return the event of a worker that has found that its lease is gone."""
    return JobEvent(
        kind=EventKind.LOST,
        job_id=lease.job_id,
        at=now,
        project_id=lease.project_id,
        backend=lease.backend,
        request_id=lease.request_id,
        traceparent=lease.traceparent,
        circuits=lease.stop - lease.first,
        chunk=lease.chunk,
        first=lease.first,
        attempt=lease.attempt,
        owner=lease.owner,
    )
