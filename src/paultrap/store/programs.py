"""Statements that read the circuits of a job again, as they were submitted."""

from typing import NamedTuple

import sqlalchemy as sa

from paultrap.store.blobs import read_blob
from paultrap.store.tables import chunk_programs, chunks

__all__ = ["PackedCircuit", "read_circuit"]


class PackedCircuit(NamedTuple):
    """A chunk's packed program, and the place of the circuit that is meant."""

    program: bytes
    place: int


def read_circuit(connection: sa.Connection, job_id: str, index: int) -> PackedCircuit | None:
    """Return circuit ``index`` of a job, or None when the job was deleted."""
    chunk = connection.execute(
        sa.select(chunks.c.position, chunks.c.first).where(
            chunks.c.job_id == job_id, chunks.c.first <= index, chunks.c.stop > index
        )
    ).one_or_none()
    if chunk is None:
        return None
    program = read_blob(connection, chunk_programs, job_id, chunk.position)
    return None if program is None else PackedCircuit(program, index - chunk.first)
