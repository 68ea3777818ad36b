"""`read_flat`: flat programs in OpenQASM 2 and 3 to their circuits, by compiled code.

Most programs are flat: registers, standard gates, measurements at the end. All others, and those that
anything is wrong with, are for the parsers of the languages. What both read has the same circuit, to
the last bit of each angle, and what is too large is refused in the same words.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import MOST_BITS, Opcode, PlacedGate, Program, Readout, Register, within
from paultrap.languages.angles import reduced
from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.operations import SMALL_STEPS, Operations
from paultrap.languages.qasm.heading import is_version_2, without_mark
from paultrap.languages.qasm.places import place
from paultrap.languages.qasm.standard import BUILT_IN, BUILT_IN_2, QELIB1, STDGATES, StandardGate
from paultrap.languages.templates import Piece, emit

_DOUBLE_TURN = 4 * np.pi
_MEASUREMENT = -1
#: What a program of a version includes, what is in that file, and what is built in.
LIBRARIES = {2: ("qelib1.inc", QELIB1, BUILT_IN_2), 3: ("stdgates.inc", STDGATES, BUILT_IN)}


class _Gates(NamedTuple):
    """The gates of a version, by rows.

    Attributes:
        known: By row, for the kernels.
        rows: By row.
        n_params: By row.
        n_qubits: By row.
        opcodes: By row: those that are gates of the table as they are; others -1.
        controls: By row: how many controls they have.
    """

    known: _kernels.FlatGates
    rows: list[StandardGate]
    n_params: NDArray[np.int64]
    n_qubits: NDArray[np.int64]
    opcodes: NDArray[np.int64]
    controls: NDArray[np.int64]


class _Found(NamedTuple):
    """What the kernels find: see ``qasm/flat.hpp``. There, ``bits`` are None where none is measured."""

    qubits: int
    registers: list[str]
    register_sizes: list[int]
    bits: list[int] | None
    operations: NDArray[np.int32]
    operands: NDArray[np.uint16]
    params: NDArray[np.float64]
    starts: NDArray[np.uint32]
    small_steps: int


class _Parts(NamedTuple):
    """Gates that others are made of, one after the other, on places of the others' qubits.

    Attributes:
        gates: All of them.
        counts: Of each operation: how many it is made of; 1 of measurements and of gates that are
            themselves.
        first: Of each operation: where in ``gates`` it begins.
    """

    gates: Program
    counts: NDArray[np.int64]
    first: NDArray[np.int64]


def read_flat(
    text: str, limits: ProgramLimits, default: int = 3, most_made: int | None = None
) -> ReadProgram | None:
    """Return the circuit of a flat program, or None where it is not flat.

    Args:
        text: The program.
        limits: What it may hold.
        default: The version of a program that does not say its own.
        most_made: How many different gates there may be that gates of the table make up, which
            takes some 30 us for each; None for any number. With more it does not count as flat.

    Raises:
        ProgramError: It has too many gates; the message begins with the line.
    """
    text = without_mark(text)
    gates = _gates_of(2 if is_version_2(text, default) else 3)
    source = text.encode("utf-8", "replace")
    raw = _kernels.read_flat(source, gates.known, limits.gates, limits.qubits, MOST_BITS)
    if raw is None:
        return None
    found = _Found(*raw)
    if found.small_steps > limits.steps * SMALL_STEPS:  # perhaps: the unroller knows
        return None
    parts = _parts_of(found, gates, most_made)
    if parts is None:
        return None
    total = np.cumsum(parts.counts)
    if len(total) and total[-1] > limits.gates:
        statement = found.starts[np.searchsorted(total, limits.gates, side="right")]
        _refuse(source[:statement].decode(), limits)
    return _read(found, gates, parts, limits)


def _read(found: _Found, gates: _Gates, parts: _Parts, limits: ProgramLimits) -> ReadProgram | None:
    registers = tuple(map(Register, found.registers, found.register_sizes))
    if found.bits is None or not registers:
        # All qubits are measured then, and that is to be within the limits, too.
        if int(parts.counts.sum()) + found.qubits > limits.gates or found.qubits > MOST_BITS:
            return None
        readout = Readout(bits=tuple(range(found.qubits)))
    else:
        readout = Readout(bits=tuple(found.bits), registers=registers)
    return ReadProgram(_program_of(found, gates, parts), readout, found.qubits)


@cache
def _gates_of(version: int) -> _Gates:
    file, included, built_in = LIBRARIES[version]
    every = {**included, **built_in}
    known = _kernels.FlatGates(version, file)
    opcodes, controls = [], []
    for name, gate in every.items():
        params = tuple(0.1 * (place + 1) for place in range(gate.params))
        pieces = gate.base(*params)
        opcode = _opcode_of(pieces, params)
        known.add(
            name=name,
            params=gate.params,
            qubits=gate.qubits,
            pieces=len(pieces),
            is_sure=any(piece.opcode is not None for piece in pieces),
            is_built_in=name in built_in,
        )
        opcodes.append(-1 if opcode is None else int(opcode))
        controls.append(gate.controls)
    rows = list(every.values())
    return _Gates(
        known,
        rows,
        np.array([gate.params for gate in rows]),
        np.array([gate.qubits for gate in rows]),
        np.array(opcodes),
        np.array(controls),
    )


def _opcode_of(pieces: list[Piece], params: tuple[float, ...]) -> Opcode | None:
    """Return the gate of the table that a gate is with its own angles, or None."""
    if len(pieces) != 1 or pieces[0].opcode is None or pieces[0].params != params:
        return None
    opcode = pieces[0].opcode
    own = pieces[0].targets == tuple(range(opcode.facts.targets)) and not pieces[0].controls
    return opcode if own and not opcode.is_native else None


def _parts_of(found: _Found, gates: _Gates, most_made: int | None) -> _Parts | None:
    """Return what operations are made of; None where it is more than ``most_made``."""
    is_made = (found.operations >= 0) & (gates.opcodes[found.operations] < 0)
    counts = np.ones(len(found.operations), np.int64)
    first = np.zeros(len(found.operations), np.int64)
    params = np.where(found.operations >= 0, gates.n_params[found.operations], 0)
    ends = np.cumsum(params)
    made: dict[tuple[int, ...], tuple[int, int]] = {}
    pool: list[PlacedGate] = []
    for index in np.flatnonzero(is_made).tolist():
        row = int(found.operations[index])
        angles = found.params[ends[index] - params[index] : ends[index]]
        key = (row, *angles.view(np.int64).tolist())
        place = made.get(key)
        if place is None:
            if len(made) == most_made:
                return None
            placed = _made(gates.rows[row], tuple(angles.tolist()))
            place = made[key] = (len(pool), len(placed))
            pool += placed
        first[index], counts[index] = place
    return _Parts(Program.build([pool], [0]), counts, first)


def _made(gate: StandardGate, angles: tuple[float, ...]) -> list[PlacedGate]:
    """Return the gates of the table that make up a gate, on the places of its qubits."""
    operations = Operations(ProgramLimits())
    emit(gate.template(angles), range(gate.qubits), operations)
    return [each for each in operations.found if isinstance(each, PlacedGate)]


def _program_of(found: _Found, gates: _Gates, parts: _Parts) -> Program:
    is_gate = found.operations != _MEASUREMENT
    rows = np.where(is_gate, found.operations, 0)
    n_operands = np.where(is_gate, gates.n_qubits[rows], 1)
    n_params = np.where(is_gate, gates.n_params[rows], 0)
    operands, params = np.cumsum(n_operands) - n_operands, np.cumsum(n_params) - n_params

    # For each gate the operation that it belongs to, and its place in the pool of parts.
    owner = np.repeat(np.arange(len(rows)), np.where(is_gate, parts.counts, 0))
    within_owner = _steps(np.where(is_gate, parts.counts, 0))
    itself = gates.opcodes[rows[owner]] >= 0
    part = np.where(itself, 0, parts.first[owner] + within_owner)
    pool = _padded(parts.gates)
    counts = np.where(itself, n_operands[owner], pool.qubits_per_gate()[part])
    controls = np.where(itself, gates.controls[rows[owner]], pool.control_counts[part])
    n_angles = np.where(itself, n_params[owner], np.diff(pool.param_offsets)[part])

    # A program has the targets of a gate first, and OpenQASM its controls.
    gate, step = np.repeat(np.arange(len(owner)), counts), _steps(counts)
    chosen = np.where(
        itself[gate],
        (step + controls[gate]) % np.maximum(counts[gate], 1),
        pool.qubits[np.where(itself[gate], 0, pool.qubit_offsets[part[gate]] + step)],
    )
    gate_of_angle, step_of_angle = np.repeat(np.arange(len(owner)), n_angles), _steps(n_angles)
    own = itself[gate_of_angle]
    angles = np.where(
        own,
        _padded_params(found.params)[
            np.where(own, params[owner[gate_of_angle]] + step_of_angle, 0)
        ],
        pool.params[np.where(own, 0, pool.param_offsets[part[gate_of_angle]] + step_of_angle)],
    )
    for index in np.flatnonzero(own & (np.abs(angles) > _DOUBLE_TURN)).tolist():
        angles[index] = reduced(float(angles[index]))
    return Program(
        widths=np.array([max(found.qubits, 1)], np.uint16),
        gate_offsets=np.array([0, len(owner)], np.int64),
        opcodes=np.where(itself, gates.opcodes[rows[owner]], pool.opcodes[part]).astype(np.uint8),
        control_counts=controls.astype(np.uint16),
        qubit_offsets=_offsets(counts),
        qubits=found.operands[operands[owner[gate]] + chosen],
        param_offsets=_offsets(n_angles),
        params=angles,
    )


def _padded(gates: Program) -> Program:
    """Return gates with one more, so that there is one at any place that is not looked at."""
    more = Program.build([[PlacedGate(Opcode.X, (0,), 0, (0.0,))]], [0])
    return Program.compose([gates, more])


def _padded_params(params: NDArray[np.float64]) -> NDArray[np.float64]:
    return params if len(params) else np.zeros(1)


def _steps(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, ... up to each count, one after the other."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(counts)))


def _refuse(before: str, limits: ProgramLimits) -> None:
    """Say that there are too many gates with the statement after this text."""
    where = place(before.count("\n") + 1, len(before) - before.rfind("\n") - 1)
    try:
        limits.check_gates(limits.gates + 1)
    except ProgramError as error:
        raise ProgramError(within(error.message, f"{where}: "), error.code) from error
