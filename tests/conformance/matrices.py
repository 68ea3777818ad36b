"""IonQ's gates as matrices, and the distribution of a circuit: the tests' own model.

Qubit 0 is the lowest bit of a state's number. A two-qubit matrix counts targets[0] as the
higher bit, as a Kronecker product written from left to right does.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]

X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1]).astype(complex)
V = np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2
SWAP = np.eye(4, dtype=complex)[[0, 2, 1, 3]]

FIXED = {
    "h": (X + Z) / np.sqrt(2),
    "not": X,
    "x": X,
    "y": Y,
    "z": Z,
    "cnot": X,
    "s": np.diag([1, 1j]),
    "si": np.diag([1, -1j]),
    "t": np.diag([1, np.exp(0.25j * np.pi)]),
    "ti": np.diag([1, np.exp(-0.25j * np.pi)]),
    "v": V,
    "vi": V.conj().T,
    "swap": SWAP,
}
GENERATORS = {
    "rx": X,
    "ry": Y,
    "rz": Z,
    "xx": np.kron(X, X),
    "yy": np.kron(Y, Y),
    "zz": np.kron(Z, Z),
}


def rotation(generator: Matrix, angle: float) -> Matrix:
    """Return exp(-i angle/2 generator) for a generator whose square is one."""
    return np.cos(angle / 2) * np.eye(len(generator)) - 1j * np.sin(angle / 2) * generator


def equator(turns: float) -> Matrix:
    """Return the Pauli operator at an angle from X towards Y."""
    return np.cos(2 * np.pi * turns) * X + np.sin(2 * np.pi * turns) * Y


def qis_matrix(gate: dict[str, Any]) -> Matrix:
    if gate["gate"] in FIXED:
        return FIXED[gate["gate"]]
    return rotation(GENERATORS[gate["gate"]], gate["rotation"])


def native_matrix(gate: dict[str, Any]) -> Matrix:
    if gate["gate"] == "gpi":
        return equator(gate["phase"])
    if gate["gate"] == "gpi2":
        return rotation(equator(gate["phase"]), np.pi / 2)
    if gate["gate"] == "zz":
        return rotation(GENERATORS["zz"], 2 * np.pi * gate["angle"])
    one, other = gate["phases"]
    generator = np.kron(equator(one), equator(other))
    return rotation(generator, 2 * np.pi * gate.get("angle", 0.25))


def distribution(
    circuit: Sequence[dict[str, Any]], qubits: int, gateset: str = "qis"
) -> dict[str, float]:
    """Return state -> probability for a circuit from all zeros, keys as on the wire."""
    zeros = np.zeros(2**qubits, dtype=complex)
    zeros[0] = 1
    probabilities = np.abs(applied(circuit, zeros, qubits, gateset)) ** 2
    return {str(k): float(p) for k, p in enumerate(probabilities) if p > 1e-11}


def unitary(circuit: Sequence[dict[str, Any]], qubits: int, gateset: str = "qis") -> Matrix:
    """Return a circuit's matrix; qubit 0 is the lowest bit of an index."""
    states = np.eye(2**qubits, dtype=complex)
    return np.stack([applied(circuit, state, qubits, gateset) for state in states], axis=1)


def applied(circuit: Sequence[dict[str, Any]], vector: Matrix, qubits: int, gateset: str) -> Matrix:
    """Return what a circuit makes of a state."""
    matrix_of = qis_matrix if gateset == "qis" else native_matrix
    axes_down = tuple(reversed(range(qubits)))
    state = vector.reshape((2,) * qubits).transpose(axes_down).copy()  # Axis q is qubit q.
    for gate in circuit:
        targets = gate["targets"] if "targets" in gate else [gate["target"]]
        controls = [gate["control"]] if "control" in gate else gate.get("controls", [])
        matrix = matrix_of(gate).reshape((2, 2) * len(targets))
        chosen = tuple(1 if q in controls else slice(None) for q in range(qubits))
        part = state[chosen]  # Axes of controls are gone: count the targets' anew.
        axes = [target - sum(c < target for c in controls) for target in targets]
        inputs = range(len(targets), 2 * len(targets))
        acted = np.tensordot(matrix, part, axes=(list(inputs), axes))
        state[chosen] = np.moveaxis(acted, range(len(targets)), axes)
    return state.transpose(axes_down).reshape(-1)
