"""Programs as the store keeps them, and compression with zstd where it saves more than it costs."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
import zstandard
from numpy.typing import NDArray

from paultrap.circuits import Program
from paultrap.store import checksums
from paultrap.store.errors import DamagedError

_PART_BYTES = 1 << 28  # SQLite takes values of up to a thousand million bytes
# Angles and probabilities are nearly random bits, of which zstd takes a sixth and more time than
# the disk needs for that. Where a sample shrinks to a quarter, much is equal, and all is compressed.
_WORTH = 0.25
_SAMPLE_BYTES = 1 << 14
_LEVEL = 1  # Higher ones take longer for nothing.
_MAGIC = b"\x28\xb5\x2f\xfd"  # how zstd's frames begin, and none of our blobs


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
    checksums.insert(connection, table, rows_of_blobs(job_id, blobs))


def rows_of_blobs(job_id: str, blobs: dict[int, bytes]) -> list[dict[str, Any]]:
    """Return the rows of the blobs of some chunks of a job, by the chunks' positions."""
    return [
        {
            "job_id": job_id,
            "position": position,
            "part": part,
            "data": memoryview(blob)[start : start + _PART_BYTES],
        }
        for position, blob in blobs.items()
        for part, start in enumerate(range(0, len(blob), _PART_BYTES))
    ]


def read_blob(
    connection: sa.Connection, table: sa.Table, job_id: str, position: int
) -> bytes | None:
    """Return the blob of a chunk, or None when there is none.

    Raises:
        DamagedError: It is not what was written.
    """
    rows = checksums.check_chunk(connection, table, job_id, position)
    parts = {row["part"]: row["data"] for row in rows}
    if sorted(parts) != list(range(len(parts))):
        raise DamagedError(job_id, f"{table.name} position {position}")
    if len(parts) == 1:
        found: bytes = parts[0]
        return found
    return b"".join(parts[part] for part in range(len(parts))) if parts else None


def compress(pieces: Sequence[bytes | memoryview], columns: Iterable[NDArray[Any]]) -> bytes:
    """Return the pieces in one, compressed or not.

    Args:
        pieces: The bytes to store, in their order.
        columns: The arrays that make up most of it, from which samples are taken.
    """
    if _is_worth(columns):
        return zstandard.ZstdCompressor(_LEVEL).compress(b"".join(pieces))
    return b"".join(pieces)


def _is_worth(columns: Iterable[NDArray[Any]]) -> bool:
    samples = [
        column[len(column) // 2 :][: _SAMPLE_BYTES // column.itemsize].tobytes()
        for column in columns
    ]
    size = sum(map(len, samples))
    if size < _SAMPLE_BYTES:
        return False
    packer = zstandard.ZstdCompressor(_LEVEL)
    return sum(len(packer.compress(sample)) for sample in samples) < _WORTH * size


def decompress(data: bytes) -> bytes:
    """Return what `compress` was given."""
    if data.startswith(_MAGIC):
        return zstandard.ZstdDecompressor().decompress(data)
    return data
