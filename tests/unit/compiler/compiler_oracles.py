"""How many entanglers the clients' own compilers take for a circuit."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
from harness.circuits import G

from paultrap.circuits import Opcode

_NAMES = {
    Opcode.X: "x",
    Opcode.Y: "y",
    Opcode.Z: "z",
    Opcode.H: "h",
    Opcode.S: "s",
    Opcode.SI: "sdg",
    Opcode.T: "t",
    Opcode.TI: "tdg",
    Opcode.V: "sx",
    Opcode.VI: "sxdg",
}


def cirq_entanglers(gates: list[G], width: int, entangler: str) -> int:
    """Return the count for cirq-ionq's native gatesets."""
    import cirq
    import cirq_ionq

    gatesets = {"ms": cirq_ionq.AriaNativeGateset, "zz": cirq_ionq.ForteNativeGateset}
    qubits = cirq.LineQubit.range(width)
    circuit = cirq.Circuit(_cirq_operation(gate, qubits) for gate in gates)
    native = cirq.optimize_for_target_gateset(circuit, gateset=gatesets[entangler]())
    return sum(len(operation.qubits) == 2 for operation in native.all_operations())


def _cirq_operation(gate: G, qubits: list[Any]) -> Any:
    import cirq

    targets = [qubits[k] for k in gate.targets]
    if gate.opcode == Opcode.SWAP:
        return (
            cirq.CSWAP(qubits[gate.controls[0]], *targets) if gate.controls else cirq.SWAP(*targets)
        )
    if gate.opcode == Opcode.PAULIEXP:
        string = cirq.PauliString(
            {q: "IXYZ"[int(code)] for q, code in zip(targets, gate.params[2:], strict=True)}
        )
        exponent = 2 * gate.params[0] * gate.params[1] / np.pi
        return cirq.PauliStringPhasor(string, exponent_neg=exponent)
    angle = gate.params[0] if gate.params else 0
    fixed = {
        Opcode.X: cirq.X,
        Opcode.Y: cirq.Y,
        Opcode.Z: cirq.Z,
        Opcode.H: cirq.H,
        Opcode.S: cirq.S,
        Opcode.SI: cirq.S**-1,
        Opcode.T: cirq.T,
        Opcode.TI: cirq.T**-1,
        Opcode.V: cirq.X**0.5,
        Opcode.VI: cirq.X**-0.5,
        Opcode.RX: cirq.rx(angle),
        Opcode.RY: cirq.ry(angle),
        Opcode.RZ: cirq.rz(angle),
        Opcode.XPOW: cirq.X ** (angle / np.pi),
        Opcode.YPOW: cirq.Y ** (angle / np.pi),
        Opcode.ZPOW: cirq.Z ** (angle / np.pi),
        Opcode.XX: cirq.XX ** (angle / np.pi),
        Opcode.YY: cirq.YY ** (angle / np.pi),
        Opcode.ZZ: cirq.ZZ ** (angle / np.pi),
    }
    chosen = fixed[gate.opcode]
    if gate.controls:
        chosen = chosen.controlled(len(gate.controls))
    return chosen(*(qubits[k] for k in gate.controls), *targets)


def qiskit_entanglers(gates: list[G], width: int, entangler: str, level: int) -> int:
    """Return the count for qiskit-ionq's native gateset at an optimization level.

    Levels 2 and 3 rename qubits instead of swapping them; what it takes to have every qubit where
    it was is added, as a compiled circuit here leaves none elsewhere.
    """
    from qiskit import QuantumCircuit, transpile

    circuit = QuantumCircuit(width)
    for gate in gates:
        _add_to_qiskit(circuit, gate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        native = transpile(
            circuit, _qiskit_backend(entangler), optimization_level=level, seed_transpiler=1
        )
    count = sum(len(item.qubits) == 2 for item in native.data)
    return count + 3 * _transpositions(_moves(native, width))


@cache
def _qiskit_backend(entangler: str) -> Any:
    from qiskit_ionq import IonQProvider

    device = {"ms": "qpu.aria-1", "zz": "qpu.forte-1"}[entangler]
    # The service would be asked for the number of qubits.
    with patch("qiskit_ionq.ionq_backend.get_n_qubits", return_value=36):
        return IonQProvider("no key").get_backend(device, gateset="native")


def _moves(native: Any, width: int) -> list[int]:
    if native.layout is None:
        return list(range(width))
    initial = native.layout.initial_index_layout(filter_ancillas=True)
    final = native.layout.final_index_layout(filter_ancillas=True)
    return [initial.index(qubit) for qubit in final]


def _transpositions(moves: list[int]) -> int:
    seen: set[int] = set()
    cycles = 0
    for start in range(len(moves)):
        cycles += start not in seen
        at = start
        while at not in seen:
            seen.add(at)
            at = moves[at]
    return len(moves) - cycles


def _add_to_qiskit(circuit: Any, gate: G) -> None:
    from qiskit.circuit import library
    from qiskit.quantum_info import SparsePauliOp

    qubits = [*gate.controls, *gate.targets]
    angle = gate.params[0] if gate.params else 0
    if gate.opcode == Opcode.PAULIEXP:
        label = "".join("IXYZ"[int(code)] for code in reversed(gate.params[2:]))
        evolution = library.PauliEvolutionGate(SparsePauliOp(label, gate.params[1]), angle)
        circuit.append(evolution, qubits)
    elif gate.opcode == Opcode.SWAP:
        (circuit.cswap if gate.controls else circuit.swap)(*qubits)
    elif gate.opcode in (Opcode.XX, Opcode.YY, Opcode.ZZ):
        getattr(circuit, f"r{gate.opcode.name.lower()}")(angle, *qubits)
    elif gate.opcode in (Opcode.RX, Opcode.RY, Opcode.RZ):
        name = gate.opcode.name.lower()
        getattr(circuit, f"c{name}" if gate.controls else name)(angle, *qubits)
    elif gate.opcode in (Opcode.XPOW, Opcode.YPOW, Opcode.ZPOW):
        _add_power(circuit, gate.opcode, angle, qubits)
    else:
        standard = library.get_standard_gate_name_mapping()[_NAMES[gate.opcode]]
        controls = len(gate.controls)
        circuit.append(standard.control(controls) if controls else standard, qubits)


def _add_power(circuit: Any, opcode: Opcode, angle: float, qubits: list[int]) -> None:
    if opcode == Opcode.ZPOW:
        (circuit.cp if len(qubits) == 2 else circuit.p)(angle, *qubits)
        return
    name = {Opcode.XPOW: "rx", Opcode.YPOW: "ry"}[opcode]
    getattr(circuit, f"c{name}" if len(qubits) == 2 else name)(angle, *qubits)
    if len(qubits) == 2:
        circuit.p(angle / 2, qubits[0])
