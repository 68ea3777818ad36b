"""Seeded random circuits, spelled for the server and for qiskit from the same gate lists."""

import json
import random

from qiskit import QuantumCircuit

NAMES = ("rx", "ry", "rz", "h", "cnot")


def random_circuits(seed, circuits, qubits, gates):
    """Return gate lists: for each gate its name, target, another qubit and an angle."""
    rng = random.Random(seed)

    def gate():
        target, other = rng.sample(range(qubits), 2)
        return rng.choice(NAMES), target, other, rng.uniform(-3.2, 3.2)

    return [[gate() for _ in range(gates)] for _ in range(circuits)]


def job_body(circuits, qubits):
    """Return the request body of one v0.3 job with all circuits."""
    entries = [{"circuit": [_ionq_gate(*gate) for gate in gates]} for gates in circuits]
    job = {"target": "simulator", "input": {"qubits": qubits, "circuits": entries}}
    return json.dumps(job, separators=(",", ":")).encode()


def _ionq_gate(name, target, other, angle):
    if name == "cnot":
        return {"gate": name, "target": target, "control": other}
    if name == "h":
        return {"gate": name, "target": target}
    return {"gate": name, "target": target, "rotation": angle}


def qiskit_circuits(circuits, qubits):
    """Return qiskit's circuits, each of which saves its probabilities."""
    return [_qiskit_circuit(gates, qubits) for gates in circuits]


def _qiskit_circuit(gates, qubits):
    circuit = QuantumCircuit(qubits)
    for name, target, other, angle in gates:
        if name == "cnot":
            circuit.cx(other, target)
        elif name == "h":
            circuit.h(target)
        else:
            getattr(circuit, name)(angle, target)
    circuit.save_probabilities()
    return circuit
