"""What waits and what runs, counted for monitoring."""

from dataclasses import dataclass

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus, Status
from paultrap.store.tables import chunks, jobs, workers


@dataclass(slots=True)
class BackendLoad:
    """What is to be done for one backend.

    Attributes:
        waiting_jobs: Jobs of which nothing has run yet.
        oldest_at: When the oldest of them was submitted, in Unix milliseconds, or None.
        queued_chunks: Chunks that could run if a worker were free and had the memory.
        running_chunks: How many chunks are leased.
        leased_bytes: The bytes of memory that the leased chunks may take at most.
    """

    waiting_jobs: int = 0
    oldest_at: int | None = None
    queued_chunks: int = 0
    running_chunks: int = 0
    leased_bytes: int = 0


@dataclass(frozen=True, slots=True)
class StoreLoad:
    """What a store holds at a moment.

    Attributes:
        at: When it was counted, in Unix milliseconds.
        backends: What is to be done, by the name of the backend; those without anything are missing.
        database_bytes: The size of the database; ``log_bytes``: of its log, where that is apart.
        read_s: How long counting took, in seconds.
        damaged: How many damaged parts this process has found.
    """

    at: int
    backends: dict[str, BackendLoad]
    database_bytes: int
    log_bytes: int
    read_s: float
    damaged: int = 0


# An index holds the chunks by their status, and a job that waits has queued chunks: nothing that has
# ended is read.
_QUEUED_BY_JOB = (
    sa.select(chunks.c.job_id, sa.func.count().label("number"))
    .where(chunks.c.status == ChunkStatus.QUEUED)
    .group_by(chunks.c.job_id)
    .subquery()
)
_WAITS = jobs.c.status == Status.READY
_QUEUED = (
    sa.select(
        jobs.c.backend,
        sa.func.sum(_QUEUED_BY_JOB.c.number),
        sa.func.sum(sa.case((_WAITS, 1), else_=0)),
        sa.func.min(sa.case((_WAITS, jobs.c.requested_at))),
    )
    .select_from(_QUEUED_BY_JOB)
    .join(jobs, jobs.c.id == _QUEUED_BY_JOB.c.job_id)
    .group_by(jobs.c.backend)
)
# As `Claimant.needed` counts it, with the threads of the host that runs it.
_WHOLE = chunks.c.memory + (sa.func.coalesce(workers.c.threads, 1) - 1) * chunks.c.thread_memory
_NEEDED = sa.case((workers.c.memory_limit < _WHOLE, workers.c.memory_limit), else_=_WHOLE)
_RUNNING = (
    sa.select(jobs.c.backend, sa.func.count(), sa.func.sum(_NEEDED))
    .select_from(chunks)
    .join(jobs, jobs.c.id == chunks.c.job_id)
    .outerjoin(workers, workers.c.id == chunks.c.server)
    .where(chunks.c.status == ChunkStatus.LEASED)
    .group_by(jobs.c.backend)
)


def read_backends(connection: sa.Connection) -> dict[str, BackendLoad]:
    """Return what is to be done, by backend."""
    found: dict[str, BackendLoad] = {}
    for backend, queued_chunks, waiting_jobs, oldest_at in connection.execute(_QUEUED):
        found[backend] = BackendLoad(waiting_jobs, oldest_at, queued_chunks)
    for backend, number, leased_bytes in connection.execute(_RUNNING):
        load = found.setdefault(backend, BackendLoad())
        load.running_chunks, load.leased_bytes = number, leased_bytes
    return found
