"""What gates do, as pieces on the places 0, 1, ... of their qubits; their inverses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from paultrap import _kernels
from paultrap.circuits import ROOTS, Opcode
from paultrap.errors import FailureCode
from paultrap.languages.angles import Angle, reduced
from paultrap.languages.errors import ProgramError
from paultrap.languages.operations import Operations
from paultrap.languages.unitaries import Parts, Unitary, of_opcode, phase

_NOTHING: Parts = (1.0, 0.0, 0.0, 0.0)
_NO_QUBIT = -1  # the target of a phase


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A gate of the table, a unitary on one qubit, or a phase.

    Attributes:
        targets: Places; none for a phase.
        controls: Places; a phase without any is global.
        opcode: None for a unitary and for a phase.
        params: Of the opcode, or the phase in radians; any finite numbers.
        unitary: What it does where it has neither.
    """

    targets: tuple[int, ...] = ()
    controls: tuple[int, ...] = ()
    opcode: Opcode | None = None
    params: tuple[Angle, ...] = ()
    unitary: Unitary | None = None

    def as_unitary(self) -> Unitary:
        """Return what it does to its only target, or to any where it is a phase."""
        if self.unitary is not None:
            return self.unitary
        return phase(self.params[0]) if self.opcode is None else of_opcode(self.opcode, self.params)


Template = Sequence[Piece]


def has_native(template: Template) -> bool:
    """Return whether a template has native gates, which have no controls and no fractional powers."""
    return any(piece.opcode is not None and piece.opcode.is_native for piece in template)


def controlled(template: Template, controls: int) -> list[Piece]:
    """Return a template whose first places are controls, for the rest to follow.

    Raises:
        ProgramError: A native gate would have a control.
    """
    if controls and has_native(template):
        raise ProgramError("native gates have no controls", FailureCode.UNSUPPORTED)
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
    if piece.unitary is not None:
        return replace(piece, unitary=piece.unitary.inverse())
    if piece.opcode is Opcode.GPI:
        return piece
    if piece.opcode is Opcode.GPI2:
        return replace(piece, params=(piece.params[0] + 0.5,))
    if piece.opcode is Opcode.MS:
        return replace(piece, params=(*piece.params[:2], -piece.params[2]))
    if piece.opcode is not None and not piece.params:
        return replace(piece, opcode=_inverse_of(piece.opcode))
    return replace(piece, params=tuple(-param for param in piece.params))


def _inverse_of(opcode: Opcode) -> Opcode:
    """Return the inverse of a gate without angles."""
    turns = opcode.facts.half_turns
    return opcode if turns is None else ROOTS[opcode.facts.axis, -turns % 2]


def _places(template: Template) -> set[int]:
    return {place for piece in template for place in (*piece.targets, *piece.controls)}


def emit(template: Template, qubits: Sequence[int], operations: Operations) -> None:
    """Add the gates of a template on these qubits."""
    for piece in template:
        targets = [qubits[place] for place in piece.targets]
        controls = [qubits[place] for place in piece.controls]
        if piece.unitary is not None:
            unitary = piece.unitary
            _emit_turns(unitary.phase, unitary.parts, (*controls, *targets), operations)
        elif piece.opcode is None:
            _emit_phase(reduced(piece.params[0]), controls, operations)
        else:
            operations.gate(piece.opcode, (*targets, *controls), len(controls), piece.params)


def _emit_phase(angle: float, controls: Sequence[int], operations: Operations) -> None:
    if controls:
        _emit_turns(angle, _NOTHING, (*controls, _NO_QUBIT), operations)


def _emit_turns(
    phase: float, parts: Parts, qubits: tuple[int, ...], operations: Operations
) -> None:
    """Add the gates that make up a unitary on the last of the qubits, under the others."""
    *controls, target = qubits
    for opcode, angle, on in _kernels.turns(phase, parts, bool(controls)):
        # A phase has the last control for its target.
        around = ((target,), (target, *controls), (*controls[-1:], *controls[:-1]))[on]
        operations.gate(opcode, around, len(around) - 1, (angle,))
