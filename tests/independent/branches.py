"""A plain reference that carries measurements in the middle of circuits out one by one."""

from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector


def branches(circuit: QuantumCircuit) -> dict[int, float]:
    """Return the distribution of a circuit's bits, each measurement and reset a branching."""
    states = [(0, Statevector.from_int(0, 2**circuit.num_qubits))]
    for step in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in step.qubits]
        name = step.operation.name
        if name == "barrier":
            continue
        if name not in {"measure", "reset"}:
            states = [
                (bits, state.evolve(Operator(step.operation), qubits)) for bits, state in states
            ]
            continue
        clbit = circuit.find_bit(step.clbits[0]).index if name == "measure" else None
        states = [found for branch in states for found in _projected(*branch, qubits[0], clbit)]
    totals: dict[int, float] = {}
    for bits, state in states:
        totals[bits] = totals.get(bits, 0.0) + float(np.vdot(state.data, state.data).real)
    return totals


def _projected(
    bits: int, state: Statevector, qubit: int, clbit: int | None
) -> Sequence[tuple[int, Statevector]]:
    """Return what follows each outcome; the norms are the probabilities."""
    found = []
    for value in (0, 1):
        keeps = (np.arange(len(state.data)) >> qubit & 1) == value
        after = np.where(keeps, state.data, 0)
        if np.vdot(after, after).real < 1e-14:
            continue
        if clbit is None:
            after = after if value == 0 else after[np.arange(len(after)) ^ (1 << qubit)]
            found.append((bits, Statevector(after)))
        else:
            written = bits & ~(1 << clbit) | value << clbit
            found.append((written, Statevector(after)))
    return found
