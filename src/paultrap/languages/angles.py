"""Angles of gates: exact while powers are taken of them, and what is left of them in the end."""

import math
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from paultrap import _kernels
from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError

#: Radians; a fraction where a power was taken, whose rounding another power could show.
Angle: TypeAlias = float | Fraction

_DOUBLE_TURN = 4 * math.pi  # the period of a rotation, whose matrix has half of its angle
_BITS = 128  # of what is left of a large angle: far more than a double has
_MOST_BITS = 4_096  # of an angle or a precision; gates nest some fifty deep, and add some dozen
_BRANCH = 1e-12  # phases this close to -pi were meant as pi, and rounded


def reduced(angle: Angle) -> float:
    """Return an angle less whole double turns, which no rotation shows, to the last bit.

    Raises:
        ProgramError: It is no finite number.
    """
    if -_DOUBLE_TURN <= angle <= _DOUBLE_TURN:
        return float(angle)
    if not isinstance(angle, float):
        return fixed(angle, _BITS) / (1 << _BITS)
    if not math.isfinite(angle):
        raise ProgramError(f"an angle of a gate is {angle}, which is not a finite number")
    return _kernels.reduced(angle)


def reduced_turns(turns: Angle) -> float:
    """Return an angle in turns less whole double turns, which no native gate shows.

    Raises:
        ProgramError: It is no finite number.
    """
    if not math.isfinite(turns):
        raise ProgramError(f"an angle of a gate is {turns}, which is not a finite number")
    return math.fmod(turns, 2)


def multiple(angle: Angle, factor: Fraction) -> Fraction:
    """Return a multiple of an angle as it is.

    Raises:
        ProgramError: Writing it down takes too much.
    """
    found = Fraction(angle) * factor
    check_bits(found.numerator.bit_length())
    return found


def check_bits(bits: int) -> None:
    """Raise a `ProgramError` where an angle or a precision has too many bits."""
    if bits > _MOST_BITS:
        raise ProgramError(
            "a power of a power of a gate has too large an exponent", FailureCode.TOO_COMPLEX
        )


def principal(phase: float) -> float:
    """Return a phase above -pi and up to pi."""
    found = math.remainder(phase, math.tau)
    return found + math.tau if found < -math.pi + _BRANCH else found


def fixed(angle: Angle, bits: int) -> int:
    """Return an angle less whole double turns, from -2 pi to 2 pi, times 2**bits."""
    numerator, denominator = angle.as_integer_ratio()
    # As many bits more as the angle has before its point, because the turns' error counts so often.
    more = max(numerator.bit_length() - denominator.bit_length(), 0) + 8
    return less_turns((numerator << (bits + more)) // denominator, bits + more, 2) >> more


def less_turns(angle: int, bits: int, turns: int = 1) -> int:
    """Return what is left of an angle in fixed point, less a multiple of so many turns.

    Args:
        angle: The angle times 2**bits; small enough that an error of 2**-bits in a turn is not seen.
        bits: The number of bits after the point.
        turns: The number of turns in a period.

    Returns:
        From minus half a period up to half a period.
    """
    period = 2 * turns * pi(bits)
    found = angle % period
    return found - period if 2 * found > period else found


def pi(bits: int) -> int:
    """Return pi times 2**bits."""
    rounded = -(-bits // 256) * 256  # so that the same few are asked for
    return _pi(rounded) >> (rounded - bits)


@lru_cache(maxsize=64)
def _pi(bits: int) -> int:
    one = 1 << (bits + 16)
    return (16 * _arctan(5, one) - 4 * _arctan(239, one)) >> 16  # Machin's formula


def _arctan(inverse: int, one: int) -> int:
    """Return the arc tangent of 1 / inverse times one."""
    term = total = one // inverse
    divisor, sign = 1, 1
    while term:
        term //= inverse * inverse
        divisor, sign = divisor + 2, -sign
        total += sign * (term // divisor)
    return total
