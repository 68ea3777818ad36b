"""pennylane-lightning's C++ state class without PennyLane: the fastest peer on many circuits.

Its kernels use one thread. It counts wire 0 as the highest bit, so wires are numbered backwards.
"""

from __future__ import annotations

from functools import cached_property

from numpy.typing import NDArray
from pennylane_lightning.lightning_qubit_ops import MeasurementsC128, StateVectorC128

from peers.base import OneByOne
from peers.wire import Gate
from workloads import Workload

_PLAIN = {"h": "Hadamard", "x": "PauliX", "y": "PauliY", "z": "PauliZ", "s": "S", "t": "T"}
_TURNS = {"rx": "RX", "ry": "RY", "rz": "RZ"}
_PHASES = {1: "PhaseShift", 2: "ControlledPhaseShift"}
_HOPELESS = 24  # from here on one run takes half a minute and more


class Lightning(OneByOne):
    name = "lightning"
    distributions = ("pennylane-lightning",)

    def __init__(self) -> None:
        self._registers: dict[int, _Register] = {}

    def refuses(self, workload: Workload) -> str | None:
        if not workload.multicircuit and int(workload.key[-2:]) >= _HOPELESS:
            return "one thread: slower than qulacs and aer, which use four, on large states"
        return None

    def probabilities(self, gates: list[Gate], width: int) -> NDArray:
        register = self._registers.get(width)
        if register is None:
            register = self._registers[width] = _Register(width)
        return register.run(gates)

    def close(self) -> None:
        self._registers.clear()


class _Register:
    """A state of some width and its bound methods by wire name, used again for every circuit."""

    def __init__(self, width: int) -> None:
        self._state = state = StateVectorC128(width)
        self._measured = MeasurementsC128(state)
        self._top = width - 1
        self._one = [[self._top - qubit] for qubit in range(width)]
        self._methods = {wire: getattr(state, name) for wire, name in (_PLAIN | _TURNS).items()}

    @cached_property
    def _pairs(self) -> list[list[list[int]]]:
        return [[[c[0], t[0]] for t in self._one] for c in self._one]

    def run(self, gates: list[Gate]) -> NDArray:
        state, one, pairs, methods = self._state, self._one, self._pairs, self._methods
        controlled_not, nothing = state.CNOT, []
        state.resetStateVector()
        for gate in gates:
            name = gate.gate
            if name == "cnot" and gate.targets is None:
                controlled_not(pairs[gate.control][gate.target], False, nothing)
            elif gate.control >= 0 or gate.targets is not None or name not in methods:
                self._apply(gate)
            elif gate.rotation is None:
                methods[name](one[gate.target], False, nothing)
            elif name in _TURNS:
                methods[name](one[gate.target], False, [gate.rotation])
            else:
                self._apply(gate)
        return self._measured.probs()

    def _apply(self, gate: Gate) -> None:
        """Apply a gate of any spelling."""
        qubits = gate.qubits()
        wires = [self._top - qubit for qubit in reversed(qubits)]  # controls come first here
        kind = (gate.gate, len(qubits), gate.rotation is None)
        if gate.gate == "z" and gate.rotation is not None:
            name = _PHASES[len(qubits)]
        elif kind in {("x", 2, True), ("cnot", 2, True)}:
            name = "CNOT"
        elif kind == ("swap", 2, True):
            name = "SWAP"
        elif len(qubits) == 1 and (gate.rotation is None) == (gate.gate in _PLAIN):
            name = (_PLAIN | _TURNS)[gate.gate]
        else:
            raise ValueError(f"{gate} has no counterpart here")
        angles = [] if gate.rotation is None else [gate.rotation]
        getattr(self._state, name)(wires, False, angles)
