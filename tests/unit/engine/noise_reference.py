"""Noisy circuits in plain numpy: density matrices, and channels as the text books write them."""

from __future__ import annotations

import numpy as np
from harness.circuits import C, unitary_of
from scipy.stats import chi2

from paultrap.circuits import Distributions, Opcode


def noisy_probabilities(circuit: C, one_qubit: float, two_qubit: float) -> np.ndarray:
    """Return the probabilities of states, float64 of shape (2**width,).

    Behind each gate on one qubit (two qubits) acts rho -> (1 - r) rho + r I / d on these, with r
    ``one_qubit`` (``two_qubit``).
    """
    n = circuit.width
    rho = np.zeros((2**n, 2**n), complex)
    rho[0, 0] = 1
    for gate in circuit.gates:
        if gate.opcode == Opcode.NOP:
            continue  # nothing is done, and nothing goes wrong
        matrix = unitary_of([gate], n)
        rho = matrix @ rho @ matrix.conj().T
        if gate.opcode == Opcode.COPY:
            continue  # what is measured is copied without errors
        qubits = gate.targets + gate.controls
        rho = depolarized(rho, qubits, one_qubit if len(qubits) == 1 else two_qubit)
    return rho.diagonal().real


def depolarized(rho: np.ndarray, qubits: tuple[int, ...], r: float) -> np.ndarray:
    width = int(np.log2(len(rho)))
    mixed = rho.reshape((2,) * (2 * width))
    for qubit in qubits:
        row, col = width - 1 - qubit, 2 * width - 1 - qubit
        traced = np.trace(mixed, axis1=row, axis2=col)
        mixed = np.moveaxis(np.multiply.outer(traced, np.eye(2) / 2), (-2, -1), (row, col))
    return (1 - r) * rho + r * mixed.reshape(rho.shape)


def p_value(answer: Distributions, index: int, expected: np.ndarray, shots: int) -> float:
    """Return the chi-square test's p-value; states expected less than 5 times count as one."""
    first, last = answer.offsets[index : index + 2]
    counts = np.zeros(len(expected))
    counts[answer.states[first:last]] = np.rint(answer.probabilities[first:last] * shots)
    assert counts.sum() == shots
    often = expected * shots >= 5
    seen = np.append(counts[often], counts[~often].sum())
    wanted = np.append(expected[often] * shots, max(expected[~often].sum() * shots, 0))
    if wanted[-1] < 1e-6:
        assert seen[-1] == 0, "a state was seen that has no probability"
        seen, wanted = seen[:-1], wanted[:-1]
    if len(seen) < 2:
        return 1.0
    return float(chi2.sf(((seen - wanted) ** 2 / wanted).sum(), len(seen) - 1))
