"""Statements that read the circuits of a job again, as they were submitted."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus
from paultrap.store.blobs import read_blob
from paultrap.store.tables import chunk_programs, chunks, circuits


class PackedCircuit(NamedTuple):
    """A chunk's packed program, and the place of the circuit that is meant."""

    program: bytes
    place: int


def read_circuit(connection: sa.Connection, job_id: str, index: int) -> PackedCircuit | None:
    """Return circuit ``index`` of a job, or None when the job was deleted.

    None too while it depends on answers that are not all there.
    """
    chunk = connection.execute(
        sa.select(chunks.c.position, chunks.c.first).where(
            chunks.c.job_id == job_id,
            chunks.c.first <= index,
            chunks.c.stop > index,
            sa.or_(chunks.c.stage == 0, chunks.c.status == ChunkStatus.DONE),
        )
    ).one_or_none()
    if chunk is None:
        return None
    program = read_blob(connection, chunk_programs, job_id, chunk.position)
    return None if program is None else PackedCircuit(program, index - chunk.first)


def read_all(connection: sa.Connection, job_id: str) -> list[bytes]:
    """Return the packed programs of all chunks of a job, in order; none where it keeps none."""
    positions = connection.scalars(
        sa.select(chunks.c.position).where(chunks.c.job_id == job_id).order_by(chunks.c.position)
    )
    found = [read_blob(connection, chunk_programs, job_id, position) for position in positions]
    return [program for program in found if program is not None]


def read_children(connection: sa.Connection, job_id: str) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return position, name, gateset and registers of a job's children, without deleted ones."""
    return connection.execute(
        sa.select(circuits.c.position, circuits.c.name, circuits.c.gateset, circuits.c.registers)
        .where(circuits.c.job_id == job_id, circuits.c.deleted_at.is_(None))
        .order_by(circuits.c.position)
    ).all()
