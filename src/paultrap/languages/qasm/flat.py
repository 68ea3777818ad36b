"""`read_flat`: flat programs in OpenQASM 2 and 3 to their circuits, by compiled code.

Most programs are flat: registers, standard gates, measurements at the end. All others, and those that
anything is wrong with, are for the parsers of the languages. What both read has the same circuit, to
the last bit of each angle, and what is too large is refused in the same words.
"""

from functools import cache
from typing import NamedTuple

from paultrap import _kernels
from paultrap.circuits import MOST_BITS, Program, Readout, Register, within
from paultrap.languages.deferral import ReadProgram
from paultrap.languages.errors import ProgramError
from paultrap.languages.limits import ProgramLimits
from paultrap.languages.operations import SMALL_STEPS
from paultrap.languages.qasm.heading import is_version_2, without_mark
from paultrap.languages.qasm.places import place
from paultrap.languages.qasm.standard import (
    BUILT_IN,
    BUILT_IN_2,
    QELIB1,
    STDGATES,
    EulerGate,
    StandardGate,
)

_ANY = 2**62  # more than any text holds
#: What a program of a version includes, what is in that file, and what is built in.
LIBRARIES = {2: ("qelib1.inc", QELIB1, BUILT_IN_2), 3: ("stdgates.inc", STDGATES, BUILT_IN)}


class _Found(NamedTuple):
    """What the kernels find: see ``qasm/flat.hpp``. There, ``bits`` are None where none is measured."""

    qubits: int
    registers: list[str]
    register_sizes: list[int]
    bits: list[int] | None
    operations: int
    too_many: int | None
    arrays: "_kernels.NewProgram"


def read_flat(text: str, limits: ProgramLimits, default: int = 3) -> ReadProgram | None:
    """Return the circuit of a flat program, or None where it is not flat.

    Args:
        text: The program.
        limits: What it may hold.
        default: The version of a program that does not say its own.

    Raises:
        ProgramError: It has too many gates; the message begins with the line.
    """
    text = without_mark(text)
    source = text.encode("utf-8", "replace")
    raw = _kernels.read_flat(
        source,
        _gates_of(2 if is_version_2(text, default) else 3),
        most_operations=min(limits.gates, _ANY),
        most_qubits=limits.qubits,
        most_bits=MOST_BITS,
        most_small_steps=min(limits.steps * SMALL_STEPS, _ANY),
    )
    if raw is None:
        return None
    found = _Found(*raw)
    if found.too_many is not None:
        _refuse(source[: found.too_many].decode(), limits)
    readout = _readout_of(found, limits)
    if readout is None:
        return None
    return ReadProgram(Program(*found.arrays), readout, found.qubits)


def _readout_of(found: _Found, limits: ProgramLimits) -> Readout | None:
    """Return what is measured; None where the parsers are to say that it is too much."""
    registers = tuple(map(Register, found.registers, found.register_sizes))
    if found.bits is not None and registers:
        return Readout(bits=tuple(found.bits), registers=registers)
    # All qubits are measured then, and that is to be within the limits, too.
    if found.operations + found.qubits > limits.gates or found.qubits > MOST_BITS:
        return None
    return Readout(bits=tuple(range(found.qubits)))


@cache
def _gates_of(version: int) -> _kernels.FlatGates:
    file, included, built_in = LIBRARIES[version]
    known = _kernels.FlatGates(version, file)
    for name, gate in {**included, **built_in}.items():
        euler = None
        if isinstance(gate.base, EulerGate):
            euler = gate.base.angles, gate.base.half_of
        known.add(
            name=name,
            params=gate.params,
            qubits=gate.qubits,
            is_built_in=name in built_in,
            steps=_steps_of(gate) if euler is None else [],
            euler=euler,
        )
    return known


def _steps_of(gate: StandardGate) -> list[tuple[int, list[int], int]]:
    """Return the gates of the table that make up one: opcodes, qubits, and numbers of controls."""
    params = tuple(0.1 * (place + 1) for place in range(gate.params))
    pieces = gate.template(params)
    if any(piece.opcode is None or piece.params not in {(), params} for piece in pieces):
        raise ValueError("the kernels know no gate with such parts")
    return [
        (int(piece.opcode or 0), [*piece.targets, *piece.controls], len(piece.controls))
        for piece in pieces
    ]


def _refuse(before: str, limits: ProgramLimits) -> None:
    """Say that there are too many gates with the statement after this text."""
    where = place(before.count("\n") + 1, len(before) - before.rfind("\n") - 1)
    try:
        limits.check_gates(limits.gates + 1)
    except ProgramError as error:
        raise ProgramError(within(error.message, f"{where}: "), error.code) from error
