"""Sampled `Distributions` to the JSON of histograms, in pieces: how often each state was seen."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions
from paultrap.formats.enclosing import DECIMAL, Part, Sections, blocks, enclosed, listed
from paultrap.formats.wide import wide_histogram

_V2_HEAD = b'{"histogram":{"registers":{"output_all":{'
_V2_TAIL = b"}}}}"


def counts_of(probabilities: NDArray[np.float64], shots: int) -> NDArray[np.int64]:
    """Return how many of ``shots`` shots gave each state, whose probability is count over shots.

    Args:
        probabilities: Shape (K,), float64: counts divided by ``shots``.
        shots: How many shots the circuit has.
    """
    return np.rint(probabilities * shots).astype(np.int64)


def joined(parts: Iterable[Distributions]) -> Distributions:
    """Return one circuit's distribution, whose entries may come in parts."""
    found = list(parts)
    states = np.concatenate([part.states for part in found])
    probabilities = np.concatenate([part.probabilities for part in found])
    return Distributions(np.array([0, len(states)]), states, probabilities)


def in_whole_shots(circuit: Distributions, shots: int) -> Distributions:
    """Return one circuit's distribution with counts over shots as near to it as can be.

    Each state gets the whole part of its share of the shots, and what is left goes to those that
    lack most. States without a shot are left out.
    """
    exact = circuit.probabilities * shots
    counts = np.floor(exact + 1e-9).astype(np.int64)
    left = shots - int(counts.sum())
    lacking = np.argsort(counts - exact, kind="stable")[:left]
    counts[lacking] += 1
    kept = counts > 0
    return Distributions(
        np.array([0, np.count_nonzero(kept)]), circuit.states[kept], counts[kept] / shots
    )


def stream_histogram_v1(parts: Iterable[Part], shots: int) -> Sections:
    """Yield the sections of one circuit's ``ionq.result.histogram.json.v1``: keys are decimal.

    Args:
        parts: The circuit, in parts, from any of them on.
        shots: How many shots the circuit has.
    """
    return enclosed(parts, partial(histogram_entries, shots=shots, width=DECIMAL), b"{", b"}")


def stream_histogram_v2(parts: Iterable[Part], shots: int, width: int) -> Sections:
    """Yield the sections of one circuit's ``ionq.result.histogram.json.v2``.

    Args:
        parts: The circuit, in parts, from any of them on.
        shots: How many shots the circuit has.
        width: The number of qubits; keys have as many binary digits, highest qubit first.
    """
    write = partial(histogram_entries, shots=shots, width=width)
    return enclosed(parts, write, _V2_HEAD, _V2_TAIL)


def histogram_entries(circuit: Distributions, shots: int, width: int) -> Iterator[bytes]:
    """Yield the entries of one circuit in pieces, as `paultrap.formats.results.entries` does."""
    write = _kernels.write_histogram if circuit.words == 1 else wide_histogram
    counts = counts_of(circuit.probabilities, shots)
    return listed(
        write(circuit.states[block], counts[block], width) for block in blocks(len(counts))
    )
