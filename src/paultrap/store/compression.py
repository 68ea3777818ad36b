"""Compression with zstd of what is stored, where that saves more time than it takes."""

from collections.abc import Iterable, Sequence
from typing import Any

import zstandard
from numpy.typing import NDArray

# Angles and probabilities are nearly random bits, of which zstd takes a sixth and more time than
# the disk needs for that. Where a sample shrinks to a quarter, much is equal, and all is compressed.
_WORTH = 0.25
_SAMPLE_BYTES = 1 << 14
_LEVEL = 1  # Higher ones take longer for nothing.
_MAGIC = b"\x28\xb5\x2f\xfd"  # how zstd's frames begin, and none of our blobs


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
