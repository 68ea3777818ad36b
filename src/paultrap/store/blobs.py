"""Programs as the store keeps them: their own bytes, compressed where that helps."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from paultrap.circuits import Program
from paultrap.store.compression import compress, decompress

_PART_BYTES = 1 << 28  # SQLite takes values of up to a thousand million bytes


def pack_program(program: Program) -> bytes:
    """Return the program as a blob."""
    return compress([program.to_bytes()], [program.params])


def unpack_program(blob: bytes) -> Program:
    """Return what `pack_program` was given."""
    return Program.from_bytes(decompress(blob))


def insert_blobs(
    connection: sa.Connection, table: sa.Table, job_id: str, blobs: dict[int, bytes]
) -> None:
    """Write the blobs of some chunks of a job, by the chunks' positions."""
    rows: list[dict[str, Any]] = [
        {
            "job_id": job_id,
            "position": position,
            "part": part,
            "data": memoryview(blob)[start : start + _PART_BYTES],
        }
        for position, blob in blobs.items()
        for part, start in enumerate(range(0, len(blob), _PART_BYTES))
    ]
    connection.execute(sa.insert(table), rows)


def read_blob(
    connection: sa.Connection, table: sa.Table, job_id: str, position: int
) -> bytes | None:
    """Return the blob of a chunk, or None when there is none."""
    parts: Sequence[bytes] = connection.scalars(
        sa.select(table.c.data)
        .where(table.c.job_id == job_id, table.c.position == position)
        .order_by(table.c.part)
    ).all()
    if len(parts) == 1:
        return parts[0]
    return b"".join(parts) if parts else None
