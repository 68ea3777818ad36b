"""What gates do, as pieces on the places 0, 1, ... of their qubits; their inverses and powers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain, repeat

import numpy as np

from paultrap.circuits import Opcode, unitary
from paultrap.languages.errors import UNSUPPORTED, ProgramError
from paultrap.languages.operations import Gate, Operations
from paultrap.languages.unitaries import (
    Matrix,
    about_an_axis,
    between_frames,
    power,
    rotations,
)

__all__ = ["Piece", "Template", "controlled", "emit", "inverse", "placed", "raised"]

_INVERSES = {
    Opcode.S: Opcode.SI,
    Opcode.SI: Opcode.S,
    Opcode.T: Opcode.TI,
    Opcode.TI: Opcode.T,
    Opcode.V: Opcode.VI,
    Opcode.VI: Opcode.V,
}
_HALF_TURNS = (Opcode.RX, Opcode.RY, Opcode.RZ)  # their eigenvalues' phases are half their angle
_TURNS = (Opcode.XPOW, Opcode.YPOW, Opcode.ZPOW)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A gate of the table, a unitary on one qubit, or a phase.

    Attributes:
        targets: Places; none for a phase.
        controls: Places; a phase without any is global.
        opcode: None for a unitary and for a phase.
        params: Of the opcode, or the phase in radians.
        matrix: The unitary.
    """

    targets: tuple[int, ...] = ()
    controls: tuple[int, ...] = ()
    opcode: Opcode | None = None
    params: tuple[float, ...] = ()
    matrix: Matrix | None = None

    def as_matrix(self) -> Matrix:
        """Return what it does to its only target, or to any where it is a phase."""
        if self.matrix is not None:
            return self.matrix
        if self.opcode is not None:
            return unitary(self.opcode, self.params)
        identity: Matrix = np.exp(1j * self.params[0]) * np.eye(2)
        return identity


Template = Sequence[Piece]


def controlled(template: Template, controls: int) -> list[Piece]:
    """Return a template whose first places are controls, for the rest to follow."""
    shift = range(controls, controls + 1 + max(_places(template), default=-1))
    return [
        replace(piece, controls=(*range(controls), *piece.controls))
        for piece in placed(template, shift)
    ]


def placed(template: Template, qubits: Sequence[int]) -> list[Piece]:
    """Return a template on other places."""
    return [
        replace(
            piece,
            targets=tuple(qubits[place] for place in piece.targets),
            controls=tuple(qubits[place] for place in piece.controls),
        )
        for piece in template
    ]


def inverse(template: Template) -> list[Piece]:
    """Return the inverse."""
    return [_inverse(piece) for piece in reversed(template)]


def _inverse(piece: Piece) -> Piece:
    if piece.matrix is not None:
        return replace(piece, matrix=piece.matrix.conj().T)
    if piece.opcode is not None and not piece.params:
        return replace(piece, opcode=_INVERSES.get(piece.opcode, piece.opcode))
    return replace(piece, params=tuple(-param for param in piece.params))


def raised(template: Template, exponent: float, most: int) -> list[Piece]:
    """Return a power of what a template does; with a fraction the principal one.

    Args:
        template: Any.
        exponent: Any number.
        most: How many pieces there may be.

    Raises:
        ProgramError: There would be more, or such a power is not at hand.
    """
    if exponent == 1 or not template:
        return list(template)
    if exponent == -1:
        return inverse(template)
    is_whole = float(exponent).is_integer()
    if len(template) == 1 and (found := _scaled(template[0], exponent)) is not None:
        return [found]
    if (found := _power_on_one(template, exponent)) is not None:
        return [found]
    if is_whole:
        base = list(template) if exponent > 0 else inverse(template)
        count = abs(int(exponent))
        if count * len(base) > most:
            raise ProgramError(f"a power of a gate has more than {most} gates", "TooManyGates")
        return list(chain.from_iterable(repeat(base, count)))
    if len(template) == 1 and template[0].opcode is Opcode.SWAP:
        return _power_of_swap(template[0], exponent)
    raise ProgramError(
        f"pow({exponent:g}) of a gate on several qubits: only whole powers of such gates are "
        "supported",
        UNSUPPORTED,
    )


def _scaled(piece: Piece, exponent: float) -> Piece | None:
    """Return a power of a rotation or a phase by its angle, where that is the principal one."""
    if len(piece.params) != 1 or (piece.opcode is not None and len(piece.targets) != 1):
        return None
    angle = piece.params[0]
    reach = 2 * math.pi if piece.opcode in _HALF_TURNS else math.pi
    if float(exponent).is_integer() or -reach < angle < reach:
        return replace(piece, params=(angle * exponent,))
    return None


def _power_on_one(template: Template, exponent: float) -> Piece | None:
    """Return a power of a template that acts on one qubit, be it under controls."""
    controls = {frozenset(piece.controls) for piece in template}
    targets = {target for piece in template for target in piece.targets}
    if len(controls) > 1 or len(targets) > 1 or any(len(p.targets) > 1 for p in template):
        return None
    if not targets:
        total = math.fsum(piece.params[0] for piece in template)
        total = total if float(exponent).is_integer() else math.remainder(total, 2 * math.pi)
        return replace(template[0], params=(total * exponent,))
    identity: Matrix = np.eye(2, dtype=np.complex128)
    matrix = reduce(lambda before, piece: piece.as_matrix() @ before, template, identity)
    return Piece(
        targets=tuple(targets), controls=template[0].controls, matrix=power(matrix, exponent)
    )


def _power_of_swap(piece: Piece, exponent: float) -> list[Piece]:
    """A swap is a controlled x between two others, which need no controls of their own."""
    a, b = piece.targets
    outer = Piece(targets=(b,), controls=(a,), opcode=Opcode.X)
    root = Piece((a,), (b, *piece.controls), Opcode.XPOW, (math.pi * exponent,))
    return [outer, root, outer]


def _places(template: Template) -> set[int]:
    return {place for piece in template for place in (*piece.targets, *piece.controls)}


def emit(template: Template, qubits: Sequence[int], operations: Operations) -> None:
    """Add the gates of a template on these qubits."""
    for piece in template:
        targets = [qubits[place] for place in piece.targets]
        controls = [qubits[place] for place in piece.controls]
        if piece.matrix is not None:
            _emit_matrix(piece.matrix, targets[0], controls, operations)
        elif piece.opcode is None:
            _emit_phase(piece.params[0], controls, operations)
        else:
            operations.gate(Gate(piece.opcode, (*targets, *controls), len(controls), piece.params))


def _emit_phase(angle: float, controls: Sequence[int], operations: Operations) -> None:
    if controls and math.remainder(angle, 2 * math.pi):
        qubits = (controls[-1], *controls[:-1])
        operations.gate(Gate(Opcode.ZPOW, qubits, len(controls) - 1, (angle,)))


def _emit_matrix(
    matrix: Matrix, target: int, controls: Sequence[int], operations: Operations
) -> None:
    def add(opcode: Opcode, angle: float, controls: Sequence[int] = ()) -> None:
        operations.gate(Gate(opcode, (target, *controls), len(controls), (angle,)))

    if (simple := about_an_axis(matrix)) is not None:
        phase, gates = simple
        for opcode, angle in gates:
            add(opcode, angle, controls)
        _emit_phase(phase, controls, operations)
    elif not controls:
        for opcode, angle in rotations(matrix):
            add(opcode, angle)
    else:
        phase, angle, frame = between_frames(matrix)
        for opcode, turn in reversed(frame):
            add(opcode, -turn)
        add(Opcode.ZPOW, angle, controls)
        for opcode, turn in frame:
            add(opcode, turn)
        _emit_phase(phase, controls, operations)
