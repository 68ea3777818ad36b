"""Powers of what gates do: whole ones exact, whatever their exponent, others the principal ones."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import chain, repeat

from paultrap.circuits import ROOTS, Opcode
from paultrap.errors import FailureCode
from paultrap.languages.angles import Angle, check_bits, multiple, principal, reduced
from paultrap.languages.errors import ProgramError
from paultrap.languages.templates import Piece, Template, has_native, inverse
from paultrap.languages.unitaries import Unitary, of_opcode


def merged(exponents: Iterable[Fraction]) -> list[Fraction]:
    """Return as few powers that are the same, one after the other, as these: whole ones multiply.

    Raises:
        ProgramError: A product is too large.
    """
    found: list[Fraction] = []
    for exponent in exponents:
        if found and exponent.denominator == found[-1].denominator == 1:
            found[-1] *= exponent
        else:
            found.append(exponent)
        check_bits(found[-1].numerator.bit_length())
    return found


def raised(
    template: Template, exponent: Fraction, most: int, count: Callable[[int], None]
) -> list[Piece]:
    """Return a power of what a template does; with a fraction the principal one.

    Args:
        template: The steps of the gate.
        exponent: Any number.
        most: The largest number of pieces.
        count: Is called with the bits of work that a power takes.

    Raises:
        ProgramError: There would be more, or such a power is not at hand.
    """
    if exponent == 0 or not template:
        return []
    if exponent == 1:
        return list(template)
    if exponent == -1:
        return inverse(template)
    is_native = has_native(template)
    if (
        not is_native
        and len(template) == 1
        and (found := _of_piece(template[0], exponent)) is not None
    ):
        return found
    if not is_native and (found := _on_one_qubit(template, exponent, count)) is not None:
        return found
    if exponent.denominator == 1:
        base = list(template) if exponent > 0 else inverse(template)
        times = abs(exponent.numerator)
        if times * len(base) > most:
            raise ProgramError(
                f"a power of a gate has more than {most} gates", FailureCode.TOO_MANY_GATES
            )
        return list(chain.from_iterable(repeat(base, times)))
    if len(template) == 1 and template[0].opcode is Opcode.SWAP:
        return _of_swap(template[0], exponent)
    if not is_native and len(template) > 1 and _undoes(template[-1], template[0]):
        # What stands between a gate and its inverse has the same phases, so the same powers.
        return [template[0], *raised(template[1:-1], exponent, most, count), template[-1]]
    which = "a native gate" if is_native else "a gate on several qubits"
    raise ProgramError(
        f"pow({float(exponent):g}) of {which}: only whole powers of such gates are supported",
        FailureCode.UNSUPPORTED,
    )


def _undoes(piece: Piece, other: Piece) -> bool:
    """Return whether a gate is known to be the inverse of another."""
    (undone,) = inverse([other])
    if undone.unitary is not None or undone.opcode is not piece.opcode:
        return False
    return (undone.targets, undone.controls, undone.params) == (
        piece.targets,
        piece.controls,
        piece.params,
    )


def _of_piece(piece: Piece, exponent: Fraction) -> list[Piece] | None:
    """Return a power of one gate by its order or by its angle, where that is the principal one."""
    is_whole = exponent.denominator == 1
    facts = None if piece.opcode is None else piece.opcode.facts
    if facts is not None and facts.half_turns is not None:
        if not is_whole:
            return None
        rest = facts.half_turns * exponent % 2
        opcode = ROOTS.get((facts.axis, rest))
        if opcode is not None:
            return [replace(piece, opcode=opcode)]
        return None if rest else []
    if len(piece.params) != 1:
        return None
    turns_by_half = facts is not None and not facts.has_phase
    reach = 2 * math.pi if turns_by_half else math.pi
    if is_whole or -reach < piece.params[0] < reach:
        return [replace(piece, params=(multiple(piece.params[0], exponent),))]
    return None


def _on_one_qubit(
    template: Template, exponent: Fraction, count: Callable[[int], None]
) -> list[Piece] | None:
    """Return a power of a template that acts on one qubit, be it under controls."""
    if any(len(piece.targets) > 1 for piece in template):
        return None
    shared = frozenset.intersection(*(frozenset(piece.controls) for piece in template))
    # A phase under a control is a turn about z of the qubit that controls it.
    places = {place for piece in template for place in (*piece.targets, *piece.controls)} - shared
    if len(places) > 1:
        return None
    if not places:
        total: Angle = sum((Fraction(piece.params[0]) for piece in template), Fraction(0))
        if exponent.denominator > 1:
            total = principal(reduced(total))
        return [replace(template[0], params=(multiple(total, exponent),))]
    controls = tuple(place for place in template[0].controls if place in shared)
    whole = _product([_on_place(piece, *places) for piece in template])
    power = whole.power(exponent, lambda bits: count(2 * bits * len(template)))
    return [Piece(tuple(places), controls, unitary=power)]


def _on_place(piece: Piece, place: int) -> Unitary:
    """Return what a piece does to a qubit that it acts on, or that controls its phase."""
    if place in piece.controls:
        return of_opcode(Opcode.ZPOW, piece.params)
    return piece.as_unitary()


def _product(unitaries: list[Unitary]) -> Unitary:
    """Return what all do, one after the other; in pairs, so that no product nests deeply."""
    while len(unitaries) > 1:
        pairs = zip(unitaries[::2], unitaries[1::2], strict=False)
        last = unitaries[-1:] if len(unitaries) % 2 else []
        unitaries = [later.after(earlier) for earlier, later in pairs] + last
    return unitaries[0]


def _of_swap(piece: Piece, exponent: Fraction) -> list[Piece]:
    """A swap is a controlled x between two others, which need no controls themselves."""
    a, b = piece.targets
    outer = Piece(targets=(b,), controls=(a,), opcode=Opcode.X)
    root = Piece((a,), (b, *piece.controls), Opcode.XPOW, (math.pi * float(exponent % 2),))
    return [outer, root, outer]
