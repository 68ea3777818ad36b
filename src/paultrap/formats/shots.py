"""Single shots in order: an order for what was counted, and its JSON in pieces.

Shots are exchangeable, so an order that is drawn after they were counted is as good as the one in
which they might have come; nothing but counts is stored.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions
from paultrap.formats.enclosing import DECIMAL, blocks, enclosed
from paultrap.formats.histogram import counts_of, joined
from paultrap.formats.wide import wide_shots

_V2_HEAD = b'{"shots":['
_WORD = 2**64 - 1


def shots_in_order(
    states: NDArray[np.uint64], counts: NDArray[np.int64], seed: int, index: int
) -> NDArray[np.uint64]:
    """Return the shots of one circuit, shape (sum of counts,), in an order drawn from the seed.

    Each shot gets a random word of Philox4x64-10 with the key (seed, index), counted from its
    start, and they are in the words' order. NumPy keeps the words of a bit generator for ever,
    which it does not promise for its own permutations.

    Args:
        states: Shape (K,): the states that were seen.
        counts: Shape (K,), integers: how often each state was seen.
        seed: Any whole number; its lowest 64 bits count.
        index: The index of the circuit in its job.
    """
    key = np.array([seed & _WORD, index], dtype=np.uint64)
    shots = np.repeat(states, counts, axis=0)
    words = np.random.Philox(key=key).random_raw(len(shots))
    return shots[np.argsort(words, kind="stable")]


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


def stream_shots_v1(states: NDArray[np.uint64]) -> Iterator[bytes]:
    """Yield the pieces of ``ionq.result.shots.json.v1``: a list of decimal states as text."""
    return enclosed(_entries(states, DECIMAL), b"[", b"]")


def stream_shots_v2(states: NDArray[np.uint64], width: int) -> Iterator[bytes]:
    """Yield the pieces of ``ionq.result.shots.json.v2``.

    Args:
        states: Shape (S,): of all shots in order.
        width: The number of qubits; a register lists as many bits, that of qubit 0 first.
    """
    return enclosed(_entries(states, width), _V2_HEAD, b"]}")


def _entries(states: NDArray[np.uint64], width: int) -> Iterator[list[bytes]]:
    write = _kernels.write_shots if states.ndim == 1 else wide_shots
    for block in blocks(len(states)):
        yield write(states[block], width)
