"""Circuits that measure before their end, in the parts between these measurements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Opcode, Program

__all__ = ["compile_around_copies", "has_copies"]

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
            part = _joined([_rotations(rest), _gates(circuit, start, copy)], width)
            short, whole = compile_part(part, False), compile_part(part, True)
            parts.append(short)
            rest = _remains(short, whole, width)
        parts.append(_gates(circuit, copy, copy + 1))
        start = copy + 1
    last = _joined([_rotations(rest), _gates(circuit, start, circuit.n_gates)], width)
    parts.append(compile_part(last, keep_phases))
    return _joined(parts, width)


def _remains(short: Program, whole: Program, width: int) -> NDArray[np.float64]:
    """Return each qubit's last rotation about z: ``whole`` ends with gpi(0) gpi(p) for each."""
    rest = np.zeros(width)
    extra = slice(short.n_gates + 1, None, 2)
    qubits = whole.qubits[whole.qubit_offsets[:-1][extra]]
    rest[qubits] = 4 * np.pi * whole.params[whole.param_offsets[:-1][extra]]
    return rest


def _rotations(angles: NDArray[np.float64]) -> Program:
    turned = np.flatnonzero(angles)
    n = len(turned)
    return Program(
        widths=np.array([len(angles)], np.uint16),
        gate_offsets=np.array([0, n]),
        opcodes=np.full(n, Opcode.RZ, np.uint8),
        control_counts=np.zeros(n, np.uint16),
        qubit_offsets=np.arange(n + 1),
        qubits=turned.astype(np.uint16),
        param_offsets=np.arange(n + 1),
        params=angles[turned],
    )


def _gates(circuit: Program, start: int, stop: int) -> Program:
    """Return gates ``start`` to ``stop - 1`` of the only circuit."""
    qubits = circuit.qubit_offsets[start : stop + 1]
    params = circuit.param_offsets[start : stop + 1]
    return Program(
        widths=circuit.widths,
        gate_offsets=np.array([0, stop - start]),
        opcodes=circuit.opcodes[start:stop],
        control_counts=circuit.control_counts[start:stop],
        qubit_offsets=qubits - qubits[0],
        qubits=circuit.qubits[qubits[0] : qubits[-1]],
        param_offsets=params - params[0],
        params=circuit.params[params[0] : params[-1]],
    )


def _joined(parts: list[Program], width: int) -> Program:
    """Return the gates of all parts, one after the other, as one circuit."""
    several = Program.concatenate(parts)
    return Program(
        widths=np.array([width], np.uint16),
        gate_offsets=np.array([0, several.n_gates]),
        opcodes=several.opcodes,
        control_counts=several.control_counts,
        qubit_offsets=several.qubit_offsets,
        qubits=several.qubits,
        param_offsets=several.param_offsets,
        params=several.params,
    )
