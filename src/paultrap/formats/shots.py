"""Single shots in order, as JSON in pieces."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, shots_in_order
from paultrap.formats.enclosing import DECIMAL, Sections, blocks, section
from paultrap.formats.histogram import counts_of, joined
from paultrap.formats.wide import wide_shots

_V2_HEAD = b'{"shots":['


def ordered_shots(
    parts: Iterable[Distributions], shots: int, seed: int, index: int
) -> NDArray[np.uint64]:
    """Return what `shots_in_order` does for one circuit, whose entries may come in parts.

    Args:
        parts: The distribution of one circuit, in one or several parts.
        shots: How many shots the circuit has.
        seed: The seed of the job.
        index: The index of the circuit in its job.
    """
    whole = joined(parts)
    return shots_in_order(whole.states, counts_of(whole.probabilities, shots), seed, index)


def stream_shots_v1(states: NDArray[np.uint64]) -> Sections:
    """Yield the sections of ``ionq.result.shots.json.v1``: a list of decimal states as text."""
    return _sections(states, DECIMAL, b"[", b"]")


def stream_shots_v2(states: NDArray[np.uint64], width: int) -> Sections:
    """Yield the sections of ``ionq.result.shots.json.v2``.

    Args:
        states: Shape (S,): of all shots in order.
        width: The number of qubits; a register lists as many bits, that of qubit 0 first.
    """
    return _sections(states, width, _V2_HEAD, b"]}")


def _sections(states: NDArray[np.uint64], width: int, head: bytes, tail: bytes) -> Sections:
    for block in blocks(len(states)):
        opening = b"," if block.start else head
        is_last = block.stop >= len(states)
        yield section(_entries(states[block], width), opening, tail if is_last else b"")


def _entries(states: NDArray[np.uint64], width: int) -> Iterator[bytes]:
    write = _kernels.write_shots if states.ndim == 1 else wide_shots
    yield from write(states, width)
