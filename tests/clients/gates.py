"""Qiskit's gates and circuits for the tests of more than one client; nothing is measured in them."""

from collections.abc import Callable

from qiskit import QuantumCircuit

#: What appends a gate, by the gate's name.
GATES: dict[str, Callable[[QuantumCircuit], object]] = {
    "x": lambda c: c.x(1),
    "y": lambda c: c.y(0),
    "z": lambda c: c.z(1),
    "h": lambda c: c.h(2),
    "s": lambda c: c.s(0),
    "sdg": lambda c: c.sdg(1),
    "t": lambda c: c.t(2),
    "tdg": lambda c: c.tdg(0),
    "sx": lambda c: c.sx(1),
    "id": lambda c: c.id(0),
    "rx": lambda c: c.rx(0.81, 0),
    "ry": lambda c: c.ry(-1.3, 1),
    "rz": lambda c: c.rz(2.2, 2),
    "p": lambda c: c.p(0.61, 1),
    "cx": lambda c: c.cx(2, 0),
    "cy": lambda c: c.cy(0, 2),
    "cz": lambda c: c.cz(1, 3),
    "ch": lambda c: c.ch(3, 1),
    "crx": lambda c: c.crx(1.01, 1, 2),
    "cry": lambda c: c.cry(-0.67, 2, 1),
    "crz": lambda c: c.crz(1.47, 0, 3),
    "swap": lambda c: c.swap(0, 3),
    "rzz": lambda c: c.rzz(-0.94, 1, 2),
    "ccx": lambda c: c.ccx(3, 1, 0),
}


def uneven(width: int, seed: float) -> QuantumCircuit:
    """Return an entangled circuit in which no two qubits are alike."""
    circuit = QuantumCircuit(width)
    for qubit in range(width):
        circuit.ry(0.3 + 0.41 * qubit + seed, qubit)
        circuit.rz(0.7 - 0.13 * qubit + seed, qubit)
    for qubit in range(width - 1):
        circuit.cx(qubit, qubit + 1)
        circuit.rx(0.2 + 0.17 * qubit - seed, qubit)
    return circuit


def around(apply: Callable[[QuantumCircuit], object], width: int = 4) -> QuantumCircuit:
    """Return a circuit in which every phase that the operation makes can be seen."""
    circuit = QuantumCircuit(width)
    for qubit in range(width):
        circuit.ry(0.5 + 0.37 * qubit, qubit)
        circuit.rz(1.1 - 0.29 * qubit, qubit)
    apply(circuit)
    for qubit in range(width):
        circuit.rx(0.9 + 0.23 * qubit, qubit)
    return circuit
