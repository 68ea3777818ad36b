"""Statements that end a chunk, and with the last one its job."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus, Failure, Status
from paultrap.store import sessions
from paultrap.store.executions import record_execution
from paultrap.store.tables import chunks, jobs

__all__ = ["ChunkKey", "end_chunk", "update_chunk"]


@dataclass(frozen=True, slots=True)
class ChunkKey:
    """Which chunk, and which circuits it holds."""

    job_id: str
    position: int
    first: int
    stop: int


def update_chunk(connection: sa.Connection, chunk: ChunkKey, **values: Any) -> None:
    """Change columns of one chunk."""
    connection.execute(
        sa.update(chunks)
        .where(chunks.c.job_id == chunk.job_id, chunks.c.position == chunk.position)
        .values(**values)
    )


def end_chunk(
    connection: sa.Connection,
    chunk: ChunkKey,
    now: int,
    *,
    execution_us: int = 0,
    failure: Failure | None = None,
) -> None:
    """End a chunk, as done or as failed; the caller has made sure that it is leased.

    The job ends with its last chunk: failed when any of them failed, else with a record of its
    execution.
    """
    code, message = (failure.code, failure.message) if failure else (None, None)
    update_chunk(
        connection,
        chunk,
        status=ChunkStatus.FAILED if failure else ChunkStatus.DONE,
        ended_at=now,
        lease_until=None,
        execution_us=execution_us,
        failure_code=code,
        failure_message=message,
    )
    job = connection.execute(
        sa.select(jobs.c.chunks_open, jobs.c.failure_code, jobs.c.session_id, jobs.c.price_usd)
        .where(jobs.c.id == chunk.job_id)
        .with_for_update()
    ).one()
    values: dict[str, Any] = {
        "chunks_open": job.chunks_open - 1,
        "execution_us": sa.func.coalesce(jobs.c.execution_us, 0) + execution_us,
    }
    if failure is None:
        values["circuits_done"] = jobs.c.circuits_done + chunk.stop - chunk.first
    elif job.failure_code is None:  # The first failure speaks for the job.
        values |= {"failure_code": code, "failure_message": message}
    if job.chunks_open == 1:
        failed = failure is not None or job.failure_code is not None
        values["status"] = Status.FAILED if failed else Status.COMPLETED
        values["completed_at"] = now
    connection.execute(sa.update(jobs).where(jobs.c.id == chunk.job_id).values(**values))
    if values.get("status") is Status.COMPLETED:
        record_execution(connection, chunk.job_id)
    if job.session_id is not None and "status" in values:
        if values["status"] is Status.COMPLETED:
            sessions.count_cost(connection, job.session_id, job.price_usd)
        sessions.settle(connection, now)
