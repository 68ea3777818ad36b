"""Statements that halve a chunk, so that what no worker can run is found and the rest runs.

Each half is a chunk like any other, due when the whole was. Its circuits keep their indices in the
job, and so their seeds.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from paultrap.circuits import Program
from paultrap.engine import RunOptions
from paultrap.jobs import HALVING_DEATHS, MAX_OUTAGES, ChunkStatus, Sampling, method_of
from paultrap.precision import Precision
from paultrap.store import checksums
from paultrap.store.blobs import insert_blobs, pack_program, read_blob, unpack_program
from paultrap.store.ending import ChunkKey, update_chunk
from paultrap.store.tables import chunk_programs, chunks, circuits, jobs

#: What a lease has written, once it has ended.
UNLEASED: Mapping[str, Any] = dict.fromkeys(("owner", "server", "host", "lease_until"))
_FREE = {"status": ChunkStatus.QUEUED, **UNLEASED}


def is_divisible(connection: sa.Connection, chunk: ChunkKey) -> bool:
    """Return whether a chunk can be halved: it has several circuits, and its job no stages."""
    if chunk.stop - chunk.first == 1:
        return False
    stages = sa.select(jobs.c.stages).where(jobs.c.id == chunk.job_id)
    return bool(connection.scalars(stages).one() == 1)


def halve_deadly(connection: sa.Connection, chunk: ChunkKey, counts: dict[str, int]) -> None:
    """Queue the halves of a chunk whose workers died.

    The next death of one that is still divisible halves it again.

    Args:
        connection: The connection of a transaction that writes.
        chunk: A divisible chunk.
        counts: Its deaths, outages and expiries.
    """
    # Both were there each time; but of the server's deaths perhaps neither is to blame.
    kept = {
        "deaths": min(counts["deaths"], HALVING_DEATHS - 1),
        "outages": min(counts["outages"], MAX_OUTAGES - 2),
        "expiries": 0,
    }
    _halve(connection, chunk, kept, _program_of(connection, chunk))


def halve_large(connection: sa.Connection, chunk: ChunkKey, precision: Precision) -> None:
    """Queue the halves of a chunk that needs too much memory, each with what it needs.

    Args:
        connection: The connection of a transaction that writes.
        chunk: A divisible chunk.
        precision: That of the amplitudes, where the job has not begun.
    """
    columns = sa.select(jobs.c.sampling, jobs.c.precision).where(jobs.c.id == chunk.job_id)
    job = connection.execute(columns).one()
    sampling = None if job.sampling is None else Sampling.from_bytes(job.sampling)
    options = RunOptions(job.precision or precision, threads=1)
    whole = _program_of(connection, chunk)
    middle = whole.n_circuits // 2
    needed = [
        method_of(sampling).memory(whole.slice(first, stop), options)
        for first, stop in ((0, middle), (middle, whole.n_circuits))
    ]
    _halve(connection, chunk, {}, whole, needed)


def _program_of(connection: sa.Connection, chunk: ChunkKey) -> Program:
    packed = read_blob(connection, chunk_programs, chunk.job_id, chunk.position)
    assert packed is not None  # noqa: S101  # it goes with its chunk
    return unpack_program(packed)


def _halve(
    connection: sa.Connection,
    chunk: ChunkKey,
    changed: dict[str, Any],
    whole: Program,
    memory: list[int] | None = None,
) -> None:
    """Divide a chunk in two, which wait: it keeps the first half, a new one has the second."""
    of_job = chunks.c.job_id == chunk.job_id
    last = connection.scalars(sa.select(sa.func.max(chunks.c.position)).where(of_job)).one()
    row = connection.execute(
        sa.select(chunks).where(of_job, chunks.c.position == chunk.position)
    ).one()
    size = whole.n_circuits // 2
    middle = chunk.first + size
    share = size / whole.n_circuits
    needed = memory or [row.memory, row.memory]
    first = {**_FREE, **changed, "stop": middle, "cost": row.cost * share, "memory": needed[0]}
    second = {
        **row._asdict(),
        **_FREE,
        **changed,
        "position": last + 1,
        "first": middle,
        "cost": row.cost * (1 - share),
        "memory": needed[1],
    }
    update_chunk(connection, chunk, **first)
    checksums.insert(connection, chunks, [second])
    connection.execute(
        sa.delete(chunk_programs).where(
            chunk_programs.c.job_id == chunk.job_id, chunk_programs.c.position == chunk.position
        )
    )
    programs = {
        chunk.position: pack_program(whole.slice(0, size)),
        last + 1: pack_program(whole.slice(size, whole.n_circuits)),
    }
    insert_blobs(connection, chunk_programs, chunk.job_id, programs)
    checksums.change(
        connection,
        circuits,
        {"chunk": last + 1},
        circuits.c.job_id == chunk.job_id,
        circuits.c.position >= middle,
        circuits.c.position < chunk.stop,
    )
    checksums.change(connection, jobs, _with_one_more, jobs.c.id == chunk.job_id)


def _with_one_more(job: checksums.Row) -> dict[str, int]:
    return {"chunks_open": job["chunks_open"] + 1}
