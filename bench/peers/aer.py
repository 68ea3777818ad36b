"""qiskit-aer by its public interface: one thread for each circuit, or all on a single one.

Its single precision is left out: it is no faster.
"""

from __future__ import annotations

from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator

from peers import wire
from peers.base import Peer
from peers.wire import Gate

_OTHER_NAMES = {("x", 2): "cx", ("cnot", 2): "cx", ("z", 2): "cz"}


class Aer(Peer):
    name = "aer"
    distributions = ("qiskit-aer", "qiskit")

    def __init__(self) -> None:
        # Its default and a process pool as executor are slower on many small circuits.
        self._many = AerSimulator(method="statevector", max_parallel_experiments=0)
        self._single = AerSimulator(method="statevector")

    def simulate(self, job: wire.Job) -> list[NDArray]:
        sized = zip(job.input.circuits, wire.widths(job), strict=True)
        built = [build(circuit.circuit, width) for circuit, width in sized]
        simulator = self._many if len(built) > 1 else self._single
        result = simulator.run(built, shots=1).result()
        if not result.success:
            raise RuntimeError(f"aer: {result.status}")
        return [result.data(index)["probabilities"] for index in range(len(built))]


def build(gates: list[Gate], width: int) -> QuantumCircuit:
    """Return a circuit that saves its probabilities."""
    circuit = QuantumCircuit(width)
    for gate in gates:
        qubits = gate.qubits()
        if gate.rotation is None:
            name = _OTHER_NAMES.get((gate.gate, len(qubits)), gate.gate)
            getattr(circuit, name)(*reversed(qubits))
        elif gate.gate == "z":
            (circuit.p if len(qubits) == 1 else circuit.cp)(gate.rotation, *qubits)
        else:
            getattr(circuit, gate.gate)(gate.rotation, *qubits)
    circuit.save_probabilities()
    return circuit
