"""What the engine should answer, by a plain state vector simulator of the tests."""

from __future__ import annotations

import numpy as np
from harness.circuits import C, applied_all
from independent.states import zeros

from paultrap.circuits import Distributions


def probabilities_of(circuit: C) -> np.ndarray:
    """Return what the engine should report: float64, shape (2**width,)."""
    state = applied_all(circuit.gates, zeros(circuit.width), circuit.width)
    return np.abs(state.reshape(-1)) ** 2


def dense(distributions: Distributions, index: int, width: int) -> np.ndarray:
    """Return one circuit's probabilities by state."""
    out = np.zeros(2**width)
    first, last = distributions.offsets[index : index + 2]
    out[distributions.states[first:last]] = distributions.probabilities[first:last]
    return out


def assert_agrees(
    answer: Distributions, circuits: list[C], expected: list[np.ndarray], tolerance: float = 2e-12
) -> None:
    """Compare every circuit's answer with what it should be."""
    assert answer.n_circuits == len(circuits)
    for index, circuit in enumerate(circuits):
        difference = np.abs(dense(answer, index, circuit.width) - expected[index]).max()
        assert difference < tolerance, (index, difference, circuit)
