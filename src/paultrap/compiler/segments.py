"""Circuits in parts that are compiled each for itself, between gates that stay as they are.

Copies of measured bits stay; and so do, where the caller wants it, gates with many controls.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Opcode, PlacedGate, Program

Compile = Callable[[Program, bool], Program]

_NOT_QIS = [opcode for opcode in Opcode if opcode.facts.gateset != "qis"]


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
    circuits = [program.slice(index, index + 1) for index in range(program.n_circuits)]
    return Program.concatenate(
        [
            circuit
            if np.isin(circuit.opcodes, _NOT_QIS).all()
            else _compiled(circuit, np.zeros(circuit.n_gates, np.bool_), compile_part, keep_phases)
            for circuit in circuits
        ]
    )


def virtual_gates(program: Program) -> NDArray[np.bool_]:
    """Return whether each gate is a rotation about z alone, which is no gate of a machine."""
    found: NDArray[np.bool_] = (program.opcodes == Opcode.RZ) & ~program.has_controls()
    return found


def compile_around(
    circuit: Program, stays: NDArray[np.bool_], touched: Program, compile_part: Compile
) -> Program:
    """Return one circuit of which some gates stay as they are, and the others are compiled.

    What remains of the rotations about z is an ``rz`` of each qubit before a gate that stays.

    Args:
        circuit: One circuit.
        stays: Shape (G,): whether each gate stays.
        touched: For each gate that stays, a circuit of the gates that it stands for: each of their
            qubits gets an ``rz`` before it, so that the circuit touches what they touch.
        compile_part: Compiles circuits without copies; the flag is ``keep_phases``.
    """
    return _compiled(circuit, stays, compile_part, keep_phases=False, touched=touched)


def _compiled(
    circuit: Program,
    stays: NDArray[np.bool_],
    compile_part: Compile,
    keep_phases: bool,  # noqa: FBT001  # of this module alone
    touched: Program | None = None,
) -> Program:
    width = int(circuit.widths[0])
    rest = np.zeros(width)
    parts: list[Program] = []
    start = number = 0
    virtual = virtual_gates(circuit)
    for stop in np.flatnonzero(stays | (circuit.opcodes == Opcode.COPY)).tolist():
        end = stop
        while stays[stop] and end > start and virtual[end - 1]:
            end -= 1
        if end > start:
            part = _joined(rest, circuit.gate_slice(start, end))
            short, whole = compile_part(part, False), compile_part(part, True)
            parts.append(short)
            rest = _remains(short, whole, width)
        if touched is not None and stays[stop]:
            for gate in circuit.gate_slice(end, stop).gates_of(0):
                rest[gate.qubits[0]] += gate.params[0]
            parts.append(_rotations(rest, touched.slice(number, number + 1).qubits))
            rest = np.zeros(width)
            number += 1
        parts.append(circuit.gate_slice(stop, stop + 1))
        start = stop + 1
    last = _joined(rest, circuit.gate_slice(start, circuit.n_gates))
    parts.append(compile_part(last, keep_phases))
    return Program.compose(parts)


def _joined(rest: NDArray[np.float64], part: Program) -> Program:
    """Return a part behind the rotations that remain; one without any as it is."""
    return Program.compose([_rotations(rest), part]) if rest.any() else part


def _remains(short: Program, whole: Program, width: int) -> NDArray[np.float64]:
    """Return each qubit's last rotation about z: ``whole`` ends with gpi(0) gpi(p) for each."""
    rest = np.zeros(width)
    for gate in whole.gates_of(0, short.n_gates)[1::2]:
        rest[gate.qubits[0]] = 4 * np.pi * gate.params[0]
    return rest


def _rotations(angles: NDArray[np.float64], always: NDArray[np.uint16] | None = None) -> Program:
    """Return a rotation about z of each qubit that has an angle, or ``always`` has one."""
    wanted = set(np.flatnonzero(angles).tolist())
    wanted |= set() if always is None else set(always.tolist())
    gates = [
        PlacedGate(Opcode.RZ, (qubit,), 0, (float(angles[qubit]),)) for qubit in sorted(wanted)
    ]
    return Program.build([gates], [len(angles)])
