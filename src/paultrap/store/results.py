"""Statements that read results, one chunk at a time: a job's results may not fit in memory."""

from collections.abc import Iterator

import numpy as np
import sqlalchemy as sa

from paultrap.circuits import Distributions
from paultrap.jobs import ChunkStatus
from paultrap.store.blobs import read_blob, unpack_distributions
from paultrap.store.database import Database
from paultrap.store.errors import JobNotFoundError
from paultrap.store.tables import chunk_results, chunks, circuits

__all__ = ["child_result", "job_results"]


def job_results(database: Database, job_id: str) -> Iterator[Distributions]:
    """Yield the distributions of each completed chunk, in order.

    Raises:
        JobNotFoundError: The job was deleted in the meantime.
    """
    with database.read() as connection:
        done = connection.execute(
            sa.select(chunks.c.position, chunks.c.first)
            .where(chunks.c.job_id == job_id, chunks.c.status == ChunkStatus.DONE)
            .order_by(chunks.c.position)
        ).all()
        fates = _fates(connection, job_id)
    for position, first in done:
        # A transaction of its own for each: a reader may take minutes over the whole.
        with database.read() as connection:
            blob = read_blob(connection, chunk_results, job_id, position)
        if blob is None:
            raise JobNotFoundError([job_id])
        yield _applied(unpack_distributions(blob), first, fates)


def child_result(database: Database, job_id: str, index: int) -> Distributions | None:
    """Return the distribution of one circuit, or None while it has none."""
    with database.read() as connection:
        chunk = connection.execute(
            sa.select(chunks.c.position, chunks.c.first).where(
                chunks.c.job_id == job_id,
                chunks.c.status == ChunkStatus.DONE,
                chunks.c.first <= index,
                chunks.c.stop > index,
            )
        ).one_or_none()
        if chunk is None:
            return None
        blob = read_blob(connection, chunk_results, job_id, chunk.position)
    if blob is None:
        return None
    start = index - chunk.first
    return unpack_distributions(blob).slice(start, start + 1)


def _fates(connection: sa.Connection, job_id: str) -> dict[int, bool]:
    """Return which circuits a client has canceled (False) or deleted (True) by themselves."""
    rows = connection.execute(
        sa.select(circuits.c.position, circuits.c.deleted_at).where(
            circuits.c.job_id == job_id,
            sa.or_(circuits.c.canceled_at.is_not(None), circuits.c.deleted_at.is_not(None)),
        )
    )
    return {row.position: row.deleted_at is not None for row in rows}


def _applied(found: Distributions, first: int, fates: dict[int, bool]) -> Distributions:
    """Return ``found`` without deleted circuits and with canceled ones empty.

    So the distributions of a job always pair with the ids of its children.
    """
    stop = first + found.n_circuits
    here = {index - first: fate for index, fate in fates.items() if first <= index < stop}
    if not here:
        return found
    empty = Distributions(np.zeros(2, np.int64), np.zeros(0, np.uint64), np.zeros(0))
    kept = [
        empty if index in here else found.slice(index, index + 1)
        for index in range(found.n_circuits)
        if not here.get(index, False)
    ]
    return Distributions.concatenate(kept)
