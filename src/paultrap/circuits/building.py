"""`circuit_of`: gates that are at hand one by one, as a `Program`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits.gates import Opcode
from paultrap.circuits.program import Program

__all__ = ["PlacedGate", "circuit_of", "continued"]


class PlacedGate(NamedTuple):
    """A gate on its qubits.

    Attributes:
        opcode: What it does.
        qubits: Its targets, then its controls.
        controls: How many of them are controls.
        params: As in `Program.params`.
    """

    opcode: Opcode
    qubits: tuple[int, ...]
    controls: int = 0
    params: tuple[float, ...] = ()


def circuit_of(width: int, gates: Sequence[PlacedGate]) -> Program:
    """Return one circuit.

    Args:
        width: How many qubits it has.
        gates: In their order.
    """
    return Program(
        widths=np.array([width], np.uint16),
        gate_offsets=np.array([0, len(gates)], np.int64),
        opcodes=np.array([gate.opcode for gate in gates], np.uint8),
        control_counts=np.array([gate.controls for gate in gates], np.uint16),
        qubit_offsets=_offsets([len(gate.qubits) for gate in gates]),
        qubits=np.array([qubit for gate in gates for qubit in gate.qubits], np.uint16),
        param_offsets=_offsets([len(gate.params) for gate in gates]),
        params=np.array([param for gate in gates for param in gate.params], np.float64),
    )


def continued(circuit: Program, gates: Sequence[PlacedGate]) -> Program:
    """Return one circuit with more gates behind its own."""
    width = int(circuit.widths[0])
    both = Program.concatenate([circuit, circuit_of(width, gates)])
    return Program(
        widths=circuit.widths,
        gate_offsets=both.gate_offsets[[0, -1]],
        opcodes=both.opcodes,
        control_counts=both.control_counts,
        qubit_offsets=both.qubit_offsets,
        qubits=both.qubits,
        param_offsets=both.param_offsets,
        params=both.params,
    )


def _offsets(counts: list[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *counts], dtype=np.int64)
