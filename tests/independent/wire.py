"""What circuits of IonQ's JSON formats do, by the matrices of their gates."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from independent.gates import Matrix, matrix
from independent.states import applied, every, zeros

Gate = dict[str, Any]

_OTHER_NAMES = {"not": "x", "cnot": "x"}


def distribution(circuit: Sequence[Gate], qubits: int, gateset: str = "qis") -> dict[str, float]:
    """Return state -> probability for a circuit from all zeros, keys as on the wire."""
    probabilities = np.abs(_run(zeros(qubits), circuit, qubits, gateset)).reshape(-1) ** 2
    return {str(k): float(p) for k, p in enumerate(probabilities) if p > 1e-11}


def unitary(circuit: Sequence[Gate], qubits: int, gateset: str = "qis") -> Matrix:
    """Return a circuit's matrix; qubit 0 is the lowest bit of an index."""
    return _run(every(qubits), circuit, qubits, gateset).reshape(2**qubits, 2**qubits)


def _run(state: Matrix, circuit: Sequence[Gate], qubits: int, gateset: str) -> Matrix:
    for gate in circuit:
        targets = gate["targets"] if "targets" in gate else [gate["target"]]
        controls = [gate["control"]] if "control" in gate else gate.get("controls", [])
        name, params = (_qis if gateset == "qis" else _native)(gate)
        state = applied(state, qubits, matrix(name, params), targets, controls)
    return state


def _qis(gate: Gate) -> tuple[str, list[float]]:
    name = gate["gate"]
    return _OTHER_NAMES.get(name, name), [gate["rotation"]] if "rotation" in gate else []


def _native(gate: Gate) -> tuple[str, list[float]]:
    if gate["gate"] == "ms":
        return "ms", [*gate["phases"], gate.get("angle", 0.25)]
    if gate["gate"] == "zz":
        return "native_zz", [gate["angle"]]
    return gate["gate"], [gate["phase"]]
