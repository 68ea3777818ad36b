"""Flat arrays to one byte string and back, with a magic word and a version tag.

Layout, little-endian: 4 bytes magic, u16 version, u16 number of arrays, then per array
2 bytes numpy type code and u64 length, then the arrays' bytes in the same order.
"""

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paultrap.errors import Error

Array = NDArray[Any]
_HEADER = struct.Struct("<4sHH")
_ENTRY = struct.Struct("<2sQ")


class BlobError(Error, ValueError):
    """A stored blob is not what its reader expects: wrong kind, wrong version, or cut short."""


def pack(magic: bytes, version: int, arrays: Sequence[Array]) -> list[bytes | memoryview]:
    """Return a blob that holds ``arrays`` (each one-dimensional), in pieces.

    The pieces of the arrays are views where these are little-endian already: large answers are
    not copied.
    """
    little = [np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for array in arrays]
    entries = [_ENTRY.pack(array.dtype.str[1:].encode(), len(array)) for array in little]
    header = _HEADER.pack(magic, version, len(arrays)) + b"".join(entries)
    return [header, *(array.view(np.uint8).data for array in little)]


def unpack(magic: bytes, version: int, blob: bytes) -> list[Array]:
    """Return the arrays of ``blob``, read-only: views on it where their numbers lie aligned.

    Raises:
        BlobError: It is another kind of blob, of another version, or cut short.
    """
    try:
        return _unpack(magic, version, blob)
    except (struct.error, ValueError, TypeError) as error:
        if isinstance(error, BlobError):
            raise
        raise BlobError(f"a {magic.decode()} blob of {len(blob)} bytes is damaged") from error


def _unpack(magic: bytes, version: int, blob: bytes) -> list[Array]:
    found, found_version, count = _HEADER.unpack_from(blob)
    if found != magic:
        raise BlobError(f"expected a {magic.decode()} blob, found {found!r}")
    if found_version != version:
        raise BlobError(
            f"this release reads version {version} of {magic.decode()}, found {found_version}"
        )
    arrays = []
    start = _HEADER.size + count * _ENTRY.size
    for index in range(count):
        code, length = _ENTRY.unpack_from(blob, _HEADER.size + index * _ENTRY.size)
        dtype = np.dtype("<" + code.decode())
        arrays.append(_aligned(np.frombuffer(blob, dtype, length, start)))
        start += length * dtype.itemsize
    return arrays


def _aligned(array: Array) -> Array:
    """Return an array as compiled code may read it: the header alone moves most by 2 to 6 bytes."""
    found = array if array.flags.aligned else array.copy()
    found.setflags(write=False)
    return found
