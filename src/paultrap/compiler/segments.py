"""Circuits that measure before their end, in the parts between these measurements."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Opcode, PlacedGate, Program

Compile = Callable[[Program, bool], Program]


def has_copies(program: Program) -> bool:
    """Return whether bits are measured before a circuit's end."""
    return bool((program.opcodes == Opcode.COPY).any())


def compile_around_copies(program: Program, compile_part: Compile, *, keep_phases: bool) -> Program:
    """Return circuits of which each part between two copies is compiled for itself.

    What remains of a part's rotations about z commutes with the copies and begins the next part, so
    that it stays virtual.

    Args:
        program: N circuits.
        compile_part: Compiles circuits without copies; the flag is ``keep_phases``.
        keep_phases: Whether to append what remains at the end of a circuit.
    """
    return Program.concatenate(
        [
            _compiled(program.slice(index, index + 1), compile_part, keep_phases=keep_phases)
            for index in range(program.n_circuits)
        ]
    )


def _compiled(circuit: Program, compile_part: Compile, *, keep_phases: bool) -> Program:
    if np.isin(circuit.opcodes, [op for op in Opcode if op.facts.gateset != "qis"]).all():
        return circuit
    width = int(circuit.widths[0])
    rest = np.zeros(width)
    parts: list[Program] = []
    start = 0
    for copy in np.flatnonzero(circuit.opcodes == Opcode.COPY).tolist():
        if copy > start:
            part = Program.compose([_rotations(rest), circuit.gate_slice(start, copy)])
            short, whole = compile_part(part, False), compile_part(part, True)
            parts.append(short)
            rest = _remains(short, whole, width)
        parts.append(circuit.gate_slice(copy, copy + 1))
        start = copy + 1
    last = Program.compose([_rotations(rest), circuit.gate_slice(start, circuit.n_gates)])
    parts.append(compile_part(last, keep_phases))
    return Program.compose(parts)


def _remains(short: Program, whole: Program, width: int) -> NDArray[np.float64]:
    """Return each qubit's last rotation about z: ``whole`` ends with gpi(0) gpi(p) for each."""
    rest = np.zeros(width)
    for gate in whole.gates_of(0, short.n_gates)[1::2]:
        rest[gate.qubits[0]] = 4 * np.pi * gate.params[0]
    return rest


def _rotations(angles: NDArray[np.float64]) -> Program:
    gates = [
        PlacedGate(Opcode.RZ, (qubit,), 0, (angle,))
        for qubit, angle in enumerate(angles.tolist())
        if angle
    ]
    return Program.build([gates], [len(angles)])
