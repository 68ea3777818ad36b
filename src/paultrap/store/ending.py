"""Statements that end a chunk, and with the last one its job."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus, Failure, Status
from paultrap.store import checksums, sessions
from paultrap.store.clock import Moment
from paultrap.store.events import JOB_COLUMNS, EventKind, note
from paultrap.store.tables import chunks, executions, jobs

# What is recorded of a job that completes; it outlives the job.
_JOB_ID: sa.BindParameter[str] = sa.bindparam("id_of_job")
_EXECUTION = {
    executions.c.job_id: jobs.c.id,
    executions.c.project_id: jobs.c.project_id,
    executions.c.submitter_id: jobs.c.submitter_id,
    executions.c.backend: jobs.c.backend,
    executions.c.completed_at: jobs.c.completed_at,
    executions.c.circuits: jobs.c.circuits,
    executions.c.shots: jobs.c.shots,
    executions.c.execution_us: sa.func.coalesce(jobs.c.machine_us, jobs.c.execution_us, 0),
    executions.c.cost_usd: jobs.c.price_usd,
}
_EXECUTED = sa.select(*(value.label(column.name) for column, value in _EXECUTION.items())).where(
    jobs.c.id == _JOB_ID
)


@dataclass(frozen=True, slots=True)
class ChunkKey:
    """Which chunk, and which circuits it holds."""

    job_id: str
    position: int
    first: int
    stop: int

    def as_fields(self) -> dict[str, Any]:
        """Return what an event of the chunk says of it."""
        return {
            "chunk": self.position,
            "first": self.first,
            "circuits": self.stop - self.first,
            "gates_1q": 0,
            "gates_2q": 0,
        }


def update_chunk(connection: sa.Connection, chunk: ChunkKey, **values: Any) -> None:
    """Change columns of one chunk."""
    which = (chunks.c.job_id == chunk.job_id, chunks.c.position == chunk.position)
    checksums.change(connection, chunks, values, *which)


def end_chunk(
    connection: sa.Connection,
    chunk: ChunkKey,
    now: Moment,
    *,
    execution_us: int = 0,
    failure: Failure | None = None,
) -> None:
    """End a chunk, as done or as failed; the caller has made sure that it is leased.

    The job ends with its last chunk: failed when any of them failed, else with a record of its
    execution. The chunks of later stages, which wait for the chunk, are queued when it was the last of its
    stage, or fail with it.
    """
    code, message = (failure.code, failure.message) if failure else (None, None)
    update_chunk(
        connection,
        chunk,
        status=ChunkStatus.FAILED if failure else ChunkStatus.DONE,
        ended_at=now.wall,
        lease_until=None,
        execution_us=execution_us,
        failure_code=code,
        failure_message=message,
    )
    job = connection.execute(
        sa.select(
            *JOB_COLUMNS,
            jobs.c.chunks_open,
            jobs.c.failure_code,
            jobs.c.failure_message,
            jobs.c.circuits_done,
            jobs.c.execution_us,
            jobs.c.stages,
            jobs.c.session_id,
            jobs.c.price_usd,
        )
        .where(jobs.c.id == chunk.job_id)
        .with_for_update()
    ).one()
    outcome = (
        {"code": code, "message": message} if failure else {"execution_ms": execution_us / 1000}
    )
    kind = EventKind.CHUNK_FAILED if failure else EventKind.CHUNK_DONE
    note(connection, kind, job, now.wall, **chunk.as_fields() | outcome)
    still_open = job.chunks_open - 1
    if job.stages > 1:
        if failure is None:
            _queue_next_stage(connection, chunk.job_id, now.steady)
        else:
            still_open -= _fail_waiting(connection, chunk.job_id, now.wall, failure)
    values: dict[str, Any] = {
        "chunks_open": still_open,
        "execution_us": (job.execution_us or 0) + execution_us,
    }
    if failure is None:
        values["circuits_done"] = job.circuits_done + chunk.stop - chunk.first
    elif job.failure_code is None:  # The first failure speaks for the job.
        values |= {"failure_code": code, "failure_message": message}
    if still_open == 0:
        failed = failure is not None or job.failure_code is not None
        values["status"] = Status.FAILED if failed else Status.COMPLETED
        values["completed_at"] = now.wall
    checksums.change(connection, jobs, values, jobs.c.id == chunk.job_id)
    if still_open == 0:
        _note_end(connection, job, now.wall, execution_us, failure)
        _book(connection, job, values["status"], now)


def _note_end(
    connection: sa.Connection,
    job: sa.Row[*tuple[Any, ...]],
    now: int,
    execution_us: int,
    failure: Failure | None,
) -> None:
    fields: dict[str, Any] = {"execution_ms": ((job.execution_us or 0) + execution_us) / 1000}
    if job.failure_code is not None:  # The first failure speaks for the job.
        fields |= {"code": job.failure_code, "message": job.failure_message}
    elif failure is not None:
        fields |= {"code": failure.code, "message": failure.message}
    kind = EventKind.FAILED if "code" in fields else EventKind.COMPLETED
    note(connection, kind, job, now, **fields)


def _book(
    connection: sa.Connection, job: sa.Row[*tuple[Any, ...]], status: Status, now: Moment
) -> None:
    """Count a job that has just ended for its organization and its session."""
    if status is Status.COMPLETED:
        found = connection.execute(_EXECUTED, {"id_of_job": job.id}).one()
        checksums.insert(connection, executions, [found._asdict()])
        if job.session_id is not None:
            sessions.count_cost(connection, job.session_id, job.price_usd)
    if job.session_id is not None:
        sessions.settle(connection, now, job.session_id)


def _queue_next_stage(connection: sa.Connection, job_id: str, now: int) -> None:
    """Queue the chunks of the next stage, unless some of this one are still to be done."""
    open_chunks = sa.select(chunks.c.position).where(
        chunks.c.job_id == job_id,
        chunks.c.status.in_([ChunkStatus.QUEUED, ChunkStatus.LEASED]),
    )
    if connection.execute(open_chunks.limit(1)).first() is not None:
        return
    waiting = (chunks.c.job_id == job_id, chunks.c.status == ChunkStatus.WAITING)
    stage, due_at = connection.execute(
        sa.select(sa.func.min(chunks.c.stage), sa.func.min(chunks.c.due_at)).where(*waiting)
    ).one()
    if stage is not None:
        # As far from each other as they were planned; the first one now.
        def queued(chunk: checksums.Row) -> dict[str, Any]:
            return {"status": ChunkStatus.QUEUED, "due_at": chunk["due_at"] + now - due_at}

        checksums.change(connection, chunks, queued, *waiting, chunks.c.stage == stage)


def _fail_waiting(connection: sa.Connection, job_id: str, now: int, failure: Failure) -> int:
    """Fail the chunks that wait for one that has failed, and return how many they are."""
    values = {
        "status": ChunkStatus.FAILED,
        "ended_at": now,
        "failure_code": failure.code,
        "failure_message": failure.message,
    }
    waiting = (chunks.c.job_id == job_id, chunks.c.status == ChunkStatus.WAITING)
    return len(checksums.change(connection, chunks, values, *waiting))
