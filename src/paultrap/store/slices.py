"""Results as the store keeps them: in slices, each of which is packed and read by itself.

So one circuit of thousands is read without the others, and neither the worker nor the server
ever holds a large result twice. A slice holds several whole circuits, or a part of one.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import BlobError, Distributions, pack, unpack
from paultrap.store.blobs import compress, decompress

_MAGIC = b"PTRS"
_VERSION = 1

# Reading one circuit unpacks one slice, which should take about a millisecond.
_MOST_ENTRIES = 1 << 17
_MOST_CIRCUITS = 1 << 10


class PackedSlice(NamedTuple):
    """A slice of a job's result.

    Attributes:
        first: The index in the job of its first circuit; ``stop``: behind its last one.
        part: The number of the slice among those of a circuit that has several.
        data: The packed distributions, which `unpack_slice` reads.
    """

    first: int
    part: int
    stop: int
    data: bytes


def pack_slices(
    distributions: Distributions, first: int, per_circuit: int = 1
) -> Iterator[PackedSlice]:
    """Yield the slices of some circuits of a job, each packed when it is asked for.

    Args:
        distributions: The answers of the circuits, in submission order.
        first: The index in the job of the first of them.
        per_circuit: How many distributions each circuit has, one after the other. Where there are
            several, no circuit is cut into parts.
    """
    offsets = distributions.offsets[::per_circuit]
    start = 0
    while start < len(offsets) - 1:
        fitting = int(np.searchsorted(offsets, offsets[start] + _MOST_ENTRIES, "right")) - 1
        stop = max(start + 1, min(fitting, start + _MOST_CIRCUITS))
        content = distributions.slice(start * per_circuit, stop * per_circuit)
        if fitting > start or per_circuit > 1:
            yield PackedSlice(first + start, 0, first + stop, _pack(content))
        else:
            yield from _pack_parts(content, first + start)
        start = stop


def _pack_parts(circuit: Distributions, index: int) -> Iterator[PackedSlice]:
    """Yield the slices of one circuit that is too large for one."""
    entries = len(circuit.states)
    for part, begin in enumerate(range(0, entries, _MOST_ENTRIES)):
        end = min(begin + _MOST_ENTRIES, entries)
        content = Distributions(
            np.array([0, end - begin]),
            circuit.states[begin:end],
            circuit.probabilities[begin:end],
        )
        yield PackedSlice(index, part, index + 1, _pack(content))


def _pack(content: Distributions) -> bytes:
    counts = np.diff(content.offsets).astype(np.uint32)
    firsts = content.states[content.offsets[:-1][counts > 0]]
    lasts = content.states[content.offsets[1:][counts > 0] - 1]
    # States ascend, so they have no gaps where the last is as far from the first as it can be.
    if content.words > 1:
        states, firsts = content.states.reshape(-1), np.zeros(0, np.uint64)
    elif np.array_equal(lasts - firsts, counts[counts > 0] - np.uint64(1)):
        states = np.zeros(0, np.uint8)
    else:
        states = content.states.astype(np.min_scalar_type(content.states.max()))
        firsts = firsts[:0]
    pieces = pack(_MAGIC, _VERSION, (counts, firsts, states, content.probabilities))
    return compress(pieces, (content.probabilities, states))


def unpack_slice(data: bytes) -> Distributions:
    """Return what was packed.

    Raises:
        BlobError: It is no slice, or its arrays do not fit together.
    """
    counts, firsts, states, probabilities = unpack(_MAGIC, _VERSION, decompress(data))
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    entries = len(probabilities)
    words = len(states) // max(entries, 1)
    if offsets[-1] != entries or len(states) != words * entries:
        raise BlobError("the arrays of a slice of results do not fit together")
    if words > 1:
        return Distributions(offsets, states.reshape(-1, words), probabilities)
    if len(states) == entries:
        return Distributions(offsets, states.astype(np.uint64), probabilities)
    return Distributions(offsets, _without_gaps(counts, firsts), probabilities)


def _without_gaps(counts: NDArray[np.uint32], firsts: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return ascending states from each circuit's first one on; empty circuits have none."""
    counts = counts[counts > 0]
    if (counts == counts[0]).all() and not firsts.any():
        return _all_states(int(counts[0]), len(counts))
    shifts: NDArray[np.uint64] = firsts - (np.cumsum(counts, dtype=np.uint64) - counts)
    states: NDArray[np.uint64] = np.repeat(shifts, counts)
    states += np.arange(len(states), dtype=np.uint64)
    return states


@lru_cache(maxsize=4)  # Most slices of a job are alike.
def _all_states(count: int, circuits: int) -> NDArray[np.uint64]:
    states = np.tile(np.arange(count, dtype=np.uint64), circuits)
    states.flags.writeable = False
    return states
