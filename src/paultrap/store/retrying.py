"""Statements that run the failed circuits of a job again, in their places: same ids, indices and seeds.

The chunks that they failed in stay as they are. New ones, numbered behind them, have these circuits
alone, so a circuit is in the last of the chunks that hold it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa

from paultrap.admission import PlannedChunk, due_delays
from paultrap.circuits import Program
from paultrap.jobs import ChunkStatus, Sampling, Status
from paultrap.store import checksums, verified
from paultrap.store.blobs import insert_blobs, pack_program, read_blob, unpack_program
from paultrap.store.clock import Moment
from paultrap.store.errors import JobNotFoundError, NothingToRetryError
from paultrap.store.events import JOB_COLUMNS, EventKind, note
from paultrap.store.locking import lock_job
from paultrap.store.tables import chunk_programs, chunks, circuit_failures, circuits, jobs

_JOB: sa.BindParameter[str] = sa.bindparam("job_id")
_CHUNKS = (
    sa.select(chunks.c.position, chunks.c.first, chunks.c.stop)
    .where(chunks.c.job_id == _JOB)
    .order_by(chunks.c.position)
)


class FailedCircuits(NamedTuple):
    """Neighbouring circuits that have failed.

    Attributes:
        first: The index in the job of the first of them.
        program: The circuits, as they were to run.
    """

    first: int
    program: Program


class Retry(NamedTuple):
    """Failed circuits, as they are to be run again.

    Attributes:
        failed: The circuits, in order.
        chunks: How they are cut into chunks, by their indices in the job, in order.
    """

    failed: Sequence[FailedCircuits]
    chunks: Sequence[PlannedChunk]


def read_failed(connection: sa.Connection, project_id: str, job_id: str) -> list[FailedCircuits]:
    """Return the circuits of a job that have failed, neighbours of one chunk together.

    Raises:
        JobNotFoundError: There is no such job.
        NothingToRetryError: None can be run again.
        DamagedError: Which have failed is not what was written.
    """
    _check(connection, project_id, job_id)
    failed = verified.check_failures(connection, job_id)
    owners = _owners(connection, job_id)
    cuts = [
        0,
        *(k for k in range(1, len(failed)) if _is_cut(failed[k - 1], failed[k], owners)),
        len(failed),
    ]
    programs: dict[int, Program] = {}
    found = []
    for begin, end in pairwise(cuts):
        first, stop = failed[begin], failed[end - 1] + 1
        position, start = owners[first]
        if position not in programs:
            packed = read_blob(connection, chunk_programs, job_id, position)
            if packed is None:
                raise JobNotFoundError([job_id])
            programs[position] = unpack_program(packed)
        found.append(FailedCircuits(first, programs[position].slice(first - start, stop - start)))
    return found


def _is_cut(last: int, index: int, owners: dict[int, tuple[int, int]]) -> bool:
    return index != last + 1 or owners[index] != owners[last]


def _owners(connection: sa.Connection, job_id: str) -> dict[int, tuple[int, int]]:
    """Return the number and the first circuit of the chunk that each circuit is in."""
    found: dict[int, tuple[int, int]] = {}
    for position, first, stop in connection.execute(_CHUNKS, {"job_id": job_id}):
        found |= dict.fromkeys(range(first, stop), (position, first))
    return found


def _check(connection: sa.Connection, project_id: str, job_id: str) -> sa.Row[*tuple[Any, ...]]:
    """Return the row of a job whose failed circuits can be run again."""
    job = connection.execute(
        sa.select(
            *JOB_COLUMNS, jobs.c.status, jobs.c.stages, jobs.c.circuits_failed, jobs.c.sampling
        ).where(jobs.c.id == job_id, jobs.c.project_id == project_id, jobs.c.deleted_at.is_(None))
    ).one_or_none()
    if job is None:
        raise JobNotFoundError([job_id])
    if job.stages > 1:
        raise NothingToRetryError(job_id, "is a search, which fails as a whole: submit it again")
    if not job.status.is_final:
        raise NothingToRetryError(job_id, f"is {job.status.value}: it has not ended yet")
    if job.status is not Status.FAILED or not job.circuits_failed:
        raise NothingToRetryError(job_id, f"is {job.status.value}: no circuit has failed as it ran")
    return job


def retry(
    connection: sa.Connection, project_id: str, job_id: str, again: Retry, now: Moment
) -> None:
    """Queue the failed circuits of a job; it goes on as if they had not run yet.

    Raises:
        JobNotFoundError: There is no such job.
        NothingToRetryError: They are not what has failed, as when somebody else was faster.
    """
    lock_job(connection, job_id)
    job = _check(connection, project_id, job_id)
    if sum(chunk.stop - chunk.first for chunk in again.chunks) != job.circuits_failed:
        raise NothingToRetryError(job_id, "has changed meanwhile")
    last = connection.scalars(
        sa.select(sa.func.max(chunks.c.position)).where(chunks.c.job_id == job_id)
    ).one()
    positions = range(last + 1, last + 1 + len(again.chunks))
    sampling = None if job.sampling is None else Sampling.from_bytes(job.sampling)
    backend = None if sampling is None else sampling.backend
    checksums.insert(
        connection,
        chunks,
        [
            _row(job_id, position, chunk, now.steady + delay) | {"backend": backend}
            for position, chunk, delay in zip(
                positions, again.chunks, due_delays(again.chunks), strict=True
            )
        ],
    )
    insert_blobs(
        connection,
        chunk_programs,
        job_id,
        {
            position: pack_program(_program(again.failed, chunk))
            for position, chunk in zip(positions, again.chunks, strict=True)
        },
    )
    for position, chunk in zip(positions, again.chunks, strict=True):
        checksums.change(
            connection,
            circuits,
            {"chunk": position},
            circuits.c.job_id == job_id,
            circuits.c.position >= chunk.first,
            circuits.c.position < chunk.stop,
        )
    connection.execute(sa.delete(circuit_failures).where(circuit_failures.c.job_id == job_id))
    changed = {
        "status": Status.STARTED,
        "completed_at": None,
        "chunks_open": len(again.chunks),
        "circuits_failed": 0,
        "failure_code": None,
        "failure_message": None,
        "completed_usd": None,
        "completed_us": None,
    }
    checksums.change(connection, jobs, changed, jobs.c.id == job_id)
    note(connection, EventKind.RERUN, job, now.wall, circuits_failed=job.circuits_failed)


def _program(failed: Sequence[FailedCircuits], chunk: PlannedChunk) -> Program:
    """Return the circuits of a chunk, which are neighbours."""
    each = failed[bisect_right(failed, chunk.first, key=lambda each: each.first) - 1]
    return each.program.slice(chunk.first - each.first, chunk.stop - each.first)


def _row(job_id: str, position: int, chunk: PlannedChunk, due_at: int) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "position": position,
        "first": chunk.first,
        "stop": chunk.stop,
        "cost": chunk.cost,
        "memory": chunk.memory,
        "thread_memory": chunk.thread_memory,
        "stage": 0,
        "status": ChunkStatus.QUEUED,
        "due_at": due_at,
        "attempts": 0,
        "deaths": 0,
        "outages": 0,
    }
