"""Qiskit's circuits for the tests of qiskit-ionq, and what Qiskit's own state vectors say of them."""

from collections.abc import Mapping

import pytest
import qiskit_ionq
from independent.distributions import assert_sampled
from independent.distributions import distance as distance_of
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from clients import gates

IS_OLD = qiskit_ionq.__version__.startswith("0.")  # speaks v0.3
API = "v0.3" if IS_OLD else "v0.4"
SHOTS = 4096
FAST = {"wait": 0.02, "timeout": 120}  # The client polls every 5 s by itself.

new_only = pytest.mark.skipif(IS_OLD, reason="came with qiskit-ionq 1")


def expected(circuit: QuantumCircuit) -> dict[str, float]:
    """Return the distribution over the classical bits, by Qiskit's state vector."""
    used = sorted({circuit.find_bit(q).index for step in circuit.data for q in step.qubits})
    gates = QuantumCircuit(len(used))  # A transpiled circuit is as wide as its backend.
    qubit_of: dict[int, int] = {}
    for step in circuit.data:
        qubits = [used.index(circuit.find_bit(qubit).index) for qubit in step.qubits]
        if step.operation.name == "measure":
            qubit_of[circuit.find_bit(step.clbits[0]).index] = qubits[0]
        elif step.operation.name != "barrier":
            gates.append(step.operation, qubits)
    distribution: dict[str, float] = {}
    for state, probability in enumerate(Statevector(gates).probabilities()):
        bits = [
            str(state >> qubit_of[clbit] & 1) if clbit in qubit_of else "0"
            for clbit in reversed(range(circuit.num_clbits))
        ]
        key = "".join(bits)
        distribution[key] = distribution.get(key, 0.0) + float(probability)
    return distribution


def assert_agrees(
    circuit: QuantumCircuit, counts: Mapping[str, int], probabilities: Mapping[str, float]
) -> None:
    """Check probabilities exactly and counts as the sample that the client draws from them."""
    truth = {key: p for key, p in expected(circuit).items() if p > 1e-11}
    assert set(probabilities) == set(counts)
    for key, probability in probabilities.items():
        assert probability == pytest.approx(truth[key], abs=1e-9)
    assert_sampled(truth, counts, SHOTS)


def assert_run_agrees(backend, circuits: list[QuantumCircuit]) -> None:
    result = backend.run(circuits, shots=SHOTS).result(**FAST)
    counts, probabilities = result.get_counts(), result.get_probabilities()
    if len(circuits) == 1:  # The client hands one circuit's result out bare, batch or not.
        counts, probabilities = [counts], [probabilities]
    assert len(counts) == len(probabilities) == len(circuits)
    for circuit, count, probability in zip(circuits, counts, probabilities, strict=True):
        assert_agrees(circuit, count, probability)
    names = [entry.header.name if IS_OLD else entry.header["name"] for entry in result.results]
    assert names == [circuit.name for circuit in circuits]


def distance(circuit: QuantumCircuit, counts: Mapping[str, int]) -> float:
    """Return the total variation distance of counts from the ideal distribution."""
    return distance_of(expected(circuit), counts)


def uneven(width: int, seed: float, name: str | None = None) -> QuantumCircuit:
    """Return an entangled circuit in which no two qubits are alike, and its measurement."""
    return _measured(gates.uneven(width, seed), name)


def long_running() -> QuantumCircuit:
    """Return a circuit that takes many seconds."""
    circuit = QuantumCircuit(26, 26)
    for step in range(40):
        for qubit in range(26):
            circuit.ry(0.1 * step + 0.3 * qubit, qubit)
            circuit.cx(qubit, (qubit + 1) % 26)
    circuit.measure(range(26), range(26))
    return circuit


def around(append, width: int = 4) -> QuantumCircuit:
    """Return a circuit in which every phase that the operation makes can be seen, and measured."""
    return _measured(gates.around(append, width))


def _measured(circuit: QuantumCircuit, name: str | None = None) -> QuantumCircuit:
    bits = range(circuit.num_qubits)
    measured = QuantumCircuit(len(bits), len(bits), name=name)
    measured.compose(circuit, inplace=True)
    measured.measure(bits, bits)
    return measured


def assert_agrees_in_distribution(circuit, probabilities) -> None:
    truth = expected(circuit)
    for key, probability in probabilities.items():
        assert probability == pytest.approx(truth[key], abs=1e-9)
