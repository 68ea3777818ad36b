"""Unitaries on one qubit to any number of bits: a power multiplies errors by its exponent.

The power 2**60 of a matrix of doubles has no digit that is right, though its gate, whose angles are
exactly what the program says, has one power and no other.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple, TypeVar

from paultrap.languages.angles import Angle, check_bits, fixed, less_turns, pi

#: w, x, y and z of the unitary w - i (x X + y Y + z Z).
Parts = tuple[int, int, int, int]

_Number = TypeVar("_Number", int, float)

_GUARD = 32  # bits for the errors of some dozen operations
_HALVINGS = 8  # of an angle before its series


def product(
    later: tuple[_Number, ...], earlier: tuple[_Number, ...]
) -> tuple[_Number, _Number, _Number, _Number]:
    """Return the parts of what two unitaries do one after the other, without their phases."""
    a, b, c, d = later
    w, x, y, z = earlier
    return (
        a * w - b * x - c * y - d * z,
        a * x + b * w + c * z - d * y,
        a * y - b * z + c * w + d * x,
        a * z + b * y - c * x + d * w,
    )


class Precise(NamedTuple):
    """The unitary e^(i phase) (w - i (x X + y Y + z Z)), all times 2**bits.

    Attributes:
        bits: How many bits the fractions have.
        phase: The global phase in radians.
        parts: w, x, y and z; their squares add up to 1.
    """

    bits: int
    phase: int
    parts: Parts

    def after(self, first: Precise) -> Precise:
        """Return what another one and then this one does; both have as many bits."""
        w, x, y, z = (part >> self.bits for part in product(self.parts, first.parts))
        return Precise(self.bits, self.phase + first.phase, (w, x, y, z))

    def inverse(self) -> Precise:
        """Return the inverse."""
        w, x, y, z = self.parts
        return Precise(self.bits, -self.phase, (w, -x, -y, -z))

    def power(self, exponent: Fraction, bits: int) -> Precise:
        """Return a power to fewer bits; with a fraction the principal one."""
        w, *along = self.parts
        sine = math.isqrt(sum(part * part for part in along))
        half, phase = _arctan2(sine, w, self.bits), self.phase
        if exponent.denominator > 1:
            lower, upper = (_principal(phase + sign * half, self.bits) for sign in (-1, 1))
            phase, half = (lower + upper) // 2, (upper - lower) // 2
        half = half * exponent.numerator // exponent.denominator
        cosine, scale = _cosine_and_sine(half, self.bits)
        x, y, z = (scale * part // sine if sine else 0 for part in along)
        phase = less_turns(phase * exponent.numerator // exponent.denominator, self.bits)
        return Precise(self.bits, phase, (cosine, x, y, z)).to(bits)

    def to(self, bits: int) -> Precise:
        """Return it to fewer bits."""
        w, x, y, z = (part >> (self.bits - bits) for part in self.parts)
        return Precise(bits, self.phase >> (self.bits - bits), (w, x, y, z))


def precise_turn(axis: str, angle: Angle, half_turns: Fraction, bits: int) -> Precise:
    """Return a rotation about x, y, z, or h (which is between x and z).

    Args:
        axis: The letter of the axis: "x", "y", "z" or "h".
        angle: The angle in radians.
        half_turns: An angle to add, in units of pi.
        bits: The number of bits of the result after the point.
    """
    work = bits + _GUARD
    check_bits(work)
    whole = fixed(angle, work) + pi(work) * half_turns.numerator // half_turns.denominator
    cosine, sine = _cosine_and_sine(whole // 2, work)
    if axis == "h":
        equal = sine * math.isqrt(1 << (2 * work - 1)) >> work  # over the root of 2
        return Precise(work, 0, (cosine, equal, 0, equal)).to(bits)
    x, y, z = (sine if letter == axis else 0 for letter in "xyz")
    return Precise(work, 0, (cosine, x, y, z)).to(bits)


def precise_phase(half_of: tuple[Angle, ...], half_turns: Fraction, bits: int) -> Precise:
    """Return a phase: half of the sum of angles, and half of so many half turns."""
    work = bits + _GUARD
    check_bits(work)
    doubled = sum(fixed(angle, work) for angle in half_of)
    doubled += pi(work) * half_turns.numerator // half_turns.denominator
    return Precise(work, doubled // 2, (1 << work, 0, 0, 0)).to(bits)


def _principal(phase: int, bits: int) -> int:
    """Return a phase above -pi and up to pi; see `angles.principal` for what is close to -pi."""
    found = less_turns(phase, bits)
    return found + 2 * pi(bits) if found < (1 << bits) // 10**12 - pi(bits) else found


def _cosine_and_sine(angle: int, bits: int) -> tuple[int, int]:
    """Return both, all times 2**bits."""
    work = bits + _GUARD
    cosine, sine = 1 << work, 0
    term = cosine
    halved = less_turns(angle << _GUARD, work) >> _HALVINGS
    order = 0
    while term:
        # The terms of e^(i halved) are real and imaginary by turns.
        order += 1
        term = (term * halved >> work) // order
        if term in {-1, 0}:
            break
        if order % 2:
            sine += term if order % 4 == 1 else -term
        else:
            cosine += term if order % 4 == 0 else -term
    for _ in range(_HALVINGS):
        cosine, sine = (cosine * cosine - sine * sine) >> work, (2 * cosine * sine) >> work
    return cosine >> _GUARD, sine >> _GUARD


def _arctan2(sine: int, cosine: int, bits: int) -> int:
    """Return the angle with this sine and cosine, whose squares add up to 1."""
    one = 1 << bits
    found = int(math.ldexp(math.atan2(sine / one, cosine / one), 60)) << bits >> 60
    right = 50
    while right < bits:  # Each round gives three times as many bits.
        c, s = _cosine_and_sine(found, bits)
        off = (sine * c - cosine * s) >> bits
        found += off + ((off * off >> bits) * off >> bits) // 6
        right *= 3
    return found
