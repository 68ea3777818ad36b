"""stim: exact distributions of Clifford circuits from its tableau; it takes nothing else."""

from __future__ import annotations

import stim
from numpy.typing import NDArray

from peers import wire
from peers.base import OneByOne, squares
from peers.wire import Gate
from workloads import Workload

_NAMES = {
    ("h", 1): "H",
    ("x", 1): "X",
    ("y", 1): "Y",
    ("z", 1): "Z",
    ("s", 1): "S",
    ("x", 2): "CX",
    ("cnot", 2): "CX",
    ("swap", 2): "SWAP",
}


class Stim(OneByOne):
    name = "stim"
    precision = "single"  # of the vector that it makes of its tableau
    distributions = ("stim",)

    def refuses(self, workload: Workload) -> str | None:
        for circuit in wire.decode(workload.body).input.circuits:
            for gate in circuit.circuit:
                if gate.rotation is not None or (gate.gate, len(gate.qubits())) not in _NAMES:
                    return f"not Clifford: it has {gate.gate}"
        return None

    def probabilities(self, gates: list[Gate], width: int) -> NDArray:
        simulator = stim.TableauSimulator()
        simulator.set_num_qubits(width)
        for gate in gates:
            qubits = gate.qubits()
            getattr(simulator, _NAMES[gate.gate, len(qubits)].lower())(*reversed(qubits))
        return squares(simulator.state_vector(endian="little"))
