"""The peers: each from typed gates to a histogram of every circuit, qubit 0 the lowest bit."""

from __future__ import annotations

import math
from collections import Counter

import cirq
import numpy as np
import qsimcirq
import stim
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error
from qulacs import NoiseSimulator, QuantumState
from qulacs import QuantumCircuit as QulacsCircuit
from qulacs.gate import CNOT, RX, RY, RZ

from noisy.workloads import ONE_QUBIT, TWO_QUBIT
from peers.wire import Gate

_ROTATIONS = {"rx": RX, "ry": RY, "rz": RZ}
_ERRORS = {1: ONE_QUBIT * 3 / 4, 2: TWO_QUBIT * 15 / 16}  # probabilities of a Pauli error


def aer_noise() -> NoiseModel:
    noise = NoiseModel()
    noise.add_all_qubit_quantum_error(depolarizing_error(ONE_QUBIT, 1), ["rx", "ry", "rz"])
    noise.add_all_qubit_quantum_error(depolarizing_error(TWO_QUBIT, 2), ["cx"])
    return noise


def aer_circuit(gates: list[Gate], width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    for gate in gates:
        if gate.gate == "cnot":
            circuit.cx(gate.control, gate.target)
        else:
            getattr(circuit, gate.gate)(gate.rotation, gate.target)
    return circuit


def aer(circuits: list[list[Gate]], width: int, shots: int) -> list[Counter[int]]:
    """Run trajectories of state vectors; all circuits in one call, on four threads."""
    simulator = AerSimulator(method="statevector", noise_model=aer_noise(), max_parallel_threads=4)
    built = []
    for gates in circuits:
        circuit = aer_circuit(gates, width)
        circuit.measure_all()
        built.append(circuit)
    result = simulator.run(built, shots=shots).result()
    return [
        Counter({int(bits, 2): count for bits, count in result.get_counts(k).items()})
        for k in range(len(built))
    ]


def qulacs(circuits: list[list[Gate]], width: int, shots: int) -> list[Counter[int]]:
    """Run `NoiseSimulator`, which runs shots with the same errors once."""
    found = []
    for gates in circuits:
        circuit = QulacsCircuit(width)
        for gate in gates:
            if gate.gate == "cnot":
                own, probability = CNOT(gate.control, gate.target), _ERRORS[2]
            else:
                own, probability = _ROTATIONS[gate.gate](gate.target, -gate.rotation), _ERRORS[1]
            circuit.add_noise_gate(own, "Depolarizing", probability)
        found.append(Counter(NoiseSimulator(circuit, QuantumState(width)).execute(shots)))
    return found


def qsim(circuits: list[list[Gate]], width: int, shots: int) -> list[Counter[int]]:
    """Run trajectories in single precision on four threads."""
    qubits = cirq.LineQubit.range(width)
    simulator = qsimcirq.QSimSimulator(qsimcirq.QSimOptions(cpu_threads=4, max_fused_gate_size=3))
    found = []
    for gates in circuits:
        circuit = cirq.Circuit()
        for gate in gates:
            on = [qubits[q] for q in reversed(gate.qubits())]
            own = cirq.CNOT if gate.gate == "cnot" else getattr(cirq, gate.gate)(gate.rotation)
            circuit.append(own(*on))
            circuit.append(cirq.depolarize(_ERRORS[len(on)], len(on))(*on))
        circuit.append(cirq.measure(*reversed(qubits), key="m"))
        result = simulator.run(circuit, repetitions=shots)
        found.append(Counter(result.histogram(key="m")))
    return found


_STIM = {"h": "H", "s": "S", "x": "X", "cnot": "CX"}


def stim_direct(circuits: list[list[Gate]], width: int, shots: int) -> list[Counter[int]]:
    """Call stim for each circuit: its text, its compiled sampler, packed bits, and their counts."""
    found = []
    measured = "M " + " ".join(map(str, range(width)))
    for gates in circuits:
        lines = [
            f"{_STIM[gate.gate]} {' '.join(map(str, reversed(gate.qubits())))}" for gate in gates
        ]
        sampler = stim.Circuit("\n".join([*lines, measured])).compile_sampler()
        packed = sampler.sample(shots, bit_packed=True)
        padded = np.zeros((shots, 8 * math.ceil(width / 64)), np.uint8)
        padded[:, : packed.shape[1]] = packed
        states, counts = np.unique(padded.view(np.uint64).reshape(-1), return_counts=True)
        found.append(Counter(dict(zip(states.tolist(), counts.tolist(), strict=True))))
    return found


PEERS = {"aer": aer, "qulacs": qulacs, "qsim": qsim, "stim": stim_direct}
