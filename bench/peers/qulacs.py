"""qulacs: one circuit object after another on one state; four threads on large states.

Tried and slower: gate objects without a circuit, and its optimiser (a tenth faster at most on
large states, slower on small ones).
"""

from __future__ import annotations

import cmath

from numpy.typing import NDArray
from qulacs import QuantumCircuit, QuantumState
from qulacs.gate import DiagonalMatrix

from peers.base import OneByOne, squares
from peers.wire import Gate


class Qulacs(OneByOne):
    name = "qulacs"
    distributions = ("qulacs",)

    def __init__(self) -> None:
        self._states: dict[int, QuantumState] = {}

    def probabilities(self, gates: list[Gate], width: int) -> NDArray:
        state = self._states.get(width)
        if state is None:
            state = self._states[width] = QuantumState(width)
        circuit = build(gates, width)
        state.set_zero_state()
        circuit.update_quantum_state(state)
        return squares(state.get_vector())

    def close(self) -> None:
        self._states.clear()


def build(gates: list[Gate], width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    plain = {name: getattr(circuit, f"add_{name.upper()}_gate") for name in "hxyzst"}
    turns = {name: getattr(circuit, f"add_{name.upper()}_gate") for name in ("rx", "ry", "rz")}
    add_cnot = circuit.add_CNOT_gate
    for gate in gates:
        name = gate.gate
        if name == "cnot" and gate.targets is None:
            add_cnot(gate.control, gate.target)
        elif gate.control >= 0 or gate.targets is not None:
            _add_other(circuit, gate)
        elif gate.rotation is None:
            plain[name](gate.target)
        elif name in turns:
            turns[name](gate.target, -gate.rotation)  # its RX is exp(+i angle/2 X)
        else:
            _add_other(circuit, gate)
    return circuit


def _add_other(circuit: QuantumCircuit, gate: Gate) -> None:
    """Add a gate of any spelling."""
    qubits = gate.qubits()
    if gate.gate == "z" and gate.rotation is not None:
        phase = cmath.exp(1j * gate.rotation)
        circuit.add_gate(DiagonalMatrix(list(qubits), [1] * (2 ** len(qubits) - 1) + [phase]))
    elif len(qubits) == 1:
        angles = [] if gate.rotation is None else [-gate.rotation]
        getattr(circuit, f"add_{gate.gate.upper()}_gate")(qubits[0], *angles)
    elif len(qubits) == 2 and gate.rotation is None and gate.gate in {"x", "cnot"}:
        circuit.add_CNOT_gate(*reversed(qubits))
    elif len(qubits) == 2 and gate.rotation is None and gate.gate == "swap":
        circuit.add_SWAP_gate(*qubits)
    else:
        raise ValueError(f"{gate} has no counterpart here")
