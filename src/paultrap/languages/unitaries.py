"""Unitaries on one qubit: their products and powers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TypeAlias

from paultrap import _kernels
from paultrap.circuits import Opcode
from paultrap.languages.angles import Angle, principal, reduced
from paultrap.languages.precise import Precise, precise_phase, precise_turn, product

_MOST_ERRORS = 100  # of 1e-16 each, before more bits than those of doubles are taken
_BITS = 128  # of a power, before it becomes doubles
_GUARD = 32  # bits more than a power multiplies errors by

_AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
_AXES["h"] = (math.sqrt(0.5), 0.0, math.sqrt(0.5))


#: w, x, y and z of the unitary w - i (x X + y Y + z Z).
Parts: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Unitary:
    """The unitary e^(i phase) (w - i (x X + y Y + z Z)).

    Attributes:
        phase: The global phase in radians.
        parts: w, x, y and z; their squares add up to 1.
        precise: Returns it with so many bits, for large powers.
        errors: How many roundings its parts have seen.
    """

    phase: float
    parts: Parts
    precise: Callable[[int], Precise]
    errors: float = 1.0

    def after(self, first: Unitary) -> Unitary:
        """Return what another one and then this one does."""
        return Unitary(
            self.phase + first.phase,
            product(self.parts, first.parts),
            lambda bits: self.precise(bits).after(first.precise(bits)),
            self.errors + first.errors,
        )

    def inverse(self) -> Unitary:
        """Return the inverse."""
        w, x, y, z = self.parts
        return Unitary(
            -self.phase,
            (w, -x, -y, -z),
            lambda bits: self.precise(bits).inverse(),
            self.errors,
        )

    def power(self, exponent: Fraction, count: Callable[[int], None]) -> Unitary:
        """Return a power; with a fraction the principal one, of phases above -pi and up to pi.

        Args:
            exponent: Any number.
            count: Is called before each calculation with its number of bits.

        Raises:
            ProgramError: It would take too many bits.
        """
        # Rounded up, so that powers of the same gate within another ask for the same numbers of bits.
        more = ((abs(int(exponent)).bit_length() + _GUARD) // 64 + 1) * 64

        @cache
        def precise(bits: int) -> Precise:
            count(bits + more)
            return self.precise(bits + more).power(exponent, bits)

        if abs(exponent) * self.errors <= _MOST_ERRORS:
            return self._small_power(float(exponent), precise)
        found = precise(_BITS)
        one = 1 << _BITS
        w, x, y, z = (part / one for part in found.parts)
        return Unitary(found.phase / one, (w, x, y, z), precise)

    def _small_power(self, exponent: float, precise: Callable[[int], Precise]) -> Unitary:
        w, *along = self.parts
        sine = math.hypot(*along)
        half, around = math.atan2(sine, w), math.remainder(self.phase, math.tau)
        if not exponent.is_integer():
            lower, upper = principal(around - half), principal(around + half)
            around, half = (lower + upper) / 2, (upper - lower) / 2
        scale = math.sin(half * exponent) / sine if sine else 0.0
        x, y, z = (scale * part for part in along)
        errors = (abs(exponent) + 1) * self.errors
        return Unitary(around * exponent, (math.cos(half * exponent), x, y, z), precise, errors)


def euler(theta: float, phi: float, lam: float, half_of: tuple[float, ...] = ()) -> Unitary:
    """Return Rz(phi) Ry(theta) Rz(lam), and a phase of half of the sum of angles.

    Raises:
        ProgramError: One of them is no finite number.
    """
    for angle in (theta, phi, lam, *half_of):
        reduced(angle)  # which refuses what is no number
    around, parts = _kernels.euler(theta, phi, lam, half_of)

    def precise(bits: int) -> Precise:
        first, second, third = (
            precise_turn(axis, angle, Fraction(0), bits)
            for axis, angle in (("z", lam), ("y", theta), ("z", phi))
        )
        around = precise_phase(half_of, Fraction(0), bits)
        return around.after(third.after(second.after(first)))

    return Unitary(around, parts, precise)


def of_opcode(opcode: Opcode, params: tuple[Angle, ...]) -> Unitary:
    """Return what a gate of the table does to its one qubit."""
    facts = opcode.facts
    if facts.half_turns is not None:  # its phase is half of its angle
        return _turn(facts.axis, 0.0, facts.half_turns, (), facts.half_turns)
    angle = params[0]
    return _turn(facts.axis, angle, Fraction(0), (angle,) if facts.has_phase else ())


def _turn(
    axis: str,
    angle: Angle,
    half_turns: Fraction,
    half_of: tuple[Angle, ...] = (),
    phase_half_turns: Fraction = Fraction(0),
) -> Unitary:
    half = (reduced(angle) + math.pi * float(half_turns)) / 2
    x, y, z = (math.sin(half) * part for part in _AXES[axis])
    around = (sum(map(reduced, half_of)) + math.pi * float(phase_half_turns)) / 2
    return Unitary(
        around,
        (math.cos(half), x, y, z),
        lambda bits: precise_phase(half_of, phase_half_turns, bits).after(
            precise_turn(axis, angle, half_turns, bits)
        ),
    )


def phase(angle: Angle) -> Unitary:
    """Return a phase in radians, and nothing else."""
    return Unitary(
        reduced(angle),
        (1.0, 0.0, 0.0, 0.0),
        lambda bits: precise_phase((angle, angle), Fraction(0), bits),
    )
