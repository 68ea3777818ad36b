"""qsim's compiled simulator without cirq, whose circuits take longer to build than to run.

Single precision. Gates that can run at once get the same time, as its fusion expects.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from qsimcirq import QSimOptions, qsim

from peers.base import OneByOne, squares
from peers.wire import Gate
from workloads import Workload

_PLAIN = {"h": qsim.kH, "x": qsim.kX, "y": qsim.kY, "z": qsim.kZ, "s": qsim.kS, "t": qsim.kT}
_TURNS = {"rx": qsim.kXPowGate, "ry": qsim.kYPowGate, "rz": qsim.kZPowGate}
_PAIRS = {"cnot": qsim.kCX, "x": qsim.kCX, "z": qsim.kCZ, "swap": qsim.kSWAP}
_FUSED = 3  # qubits; the fastest of 2 to 5 at 20 and 22 qubits
_SMALL = 20


class Qsim(OneByOne):
    name = "qsim"
    precision = "single"
    distributions = ("qsimcirq", "cirq-core")

    def __init__(self, threads: int = 4) -> None:
        self._options = QSimOptions(max_fused_gate_size=_FUSED, cpu_threads=threads).as_dict()
        self._options["s"] = 1

    def refuses(self, workload: Workload) -> str | None:
        return "made for large states" if workload.key == "W1" else None

    def probabilities(self, gates: list[Gate], width: int) -> NDArray:
        circuit = qsim.Circuit()
        circuit.num_qubits = width
        ends = [0] * width
        for gate in gates:
            qubits = gate.qubits()
            moment = max(ends[qubit] for qubit in qubits)
            for qubit in qubits:
                ends[qubit] = moment + 1
            kind, angles = _kind(gate, len(qubits))
            qsim.add_gate(kind, moment, list(reversed(qubits)), angles, circuit)
        options = {**self._options, "c": circuit}
        if width < _SMALL:
            options["t"] = 1
        return squares(qsim.qsim_simulate_fullstate(options, 0).view(np.complex64))


def _kind(gate: Gate, n_qubits: int):
    """Return qsim's kind of a gate and its angles, which are powers: half turns."""
    table = _PLAIN if n_qubits == 1 else _PAIRS
    if gate.rotation is None:
        return table[gate.gate], {}
    power = gate.rotation / math.pi
    if gate.gate == "z":
        kind = qsim.kZPowGate if n_qubits == 1 else qsim.kCZPowGate
        return kind, {"exponent": power, "global_shift": 0.0}
    if n_qubits > 1:
        raise ValueError(f"{gate} has no counterpart here")
    return _TURNS[gate.gate], {"exponent": power, "global_shift": -0.5}
