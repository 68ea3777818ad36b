"""Angles of a size: fixed-point numbers modulo a turn, by the specification's sections on types.

``angle[n]`` is an unsigned whole number of n bits, of which 1 is 2 pi / 2**n.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError

_TURN = Fraction(math.tau)  # the double is what programs divide by
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_SCALED: dict[str, Callable[[int, int], int]] = {
    "*": operator.mul,
    "/": operator.floordiv,
}
SHIFTS: dict[str, Callable[[int, int], int]] = {"<<": operator.lshift, ">>": operator.rshift}
BITWISE: dict[str, Callable[[int, int], int]] = {
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
_SUMS = {"+": operator.add, "-": operator.sub, **BITWISE}


class SizedInt(int):
    """A whole number of a type with a size, as long as nothing is calculated with it.

    Attributes:
        size: The number of its bits; 64 where the type does not say.
        is_signed: Whether the highest bit is a sign.
    """

    size: int
    is_signed: bool

    @classmethod
    def of(cls, bits: int, size: int, *, is_signed: bool) -> SizedInt:
        """Return the number with the lowest bits of another one."""
        value = bits % (1 << size)
        found = cls(value - (1 << size) if is_signed and value >> (size - 1) else value)
        found.size, found.is_signed = size, is_signed
        return found

    def is_like(self, other: object) -> bool:
        """Return whether another number is of the same type."""
        mine = self.size, self.is_signed
        return isinstance(other, SizedInt) and (other.size, other.is_signed) == mine

    def with_bits(self, bits: int) -> SizedInt:
        """Return the number of the same type with other bits."""
        return SizedInt.of(bits, self.size, is_signed=self.is_signed)


@dataclass(frozen=True, slots=True)
class FixedAngle:
    """An angle of a size.

    Attributes:
        bits: As a whole number, less than 2**size.
        size: The number of its bits.
    """

    bits: int
    size: int

    @classmethod
    def of(cls, radians: float, size: int) -> FixedAngle:
        """Return the nearest angle; of two that are as near the even one."""
        turns = Fraction(radians) % _TURN / _TURN
        return cls(round(turns * (1 << size)) % (1 << size), size)

    @property
    def radians(self) -> float:
        """The angle as a number."""
        return math.tau * (self.bits / (1 << self.size))

    def resized(self, size: int) -> FixedAngle:
        """Return the nearest angle of another size; of two that are as near the even one."""
        if size >= self.size:
            return FixedAngle(self.bits << (size - self.size), size)
        return FixedAngle(round(Fraction(self.bits, 1 << (self.size - size))) % (1 << size), size)

    def with_bits(self, bits: int) -> FixedAngle:
        """Return the angle of the same size with the lowest bits of a whole number."""
        return FixedAngle(bits % (1 << self.size), self.size)


def calculated(
    symbol: str, one: float | FixedAngle, other: float | FixedAngle
) -> float | FixedAngle | None:
    """Return what an operator gives where one operand at least is an angle of a size.

    Returns:
        None where the operands are to be taken as real numbers.

    Raises:
        ProgramError: They have no such result.
    """
    if symbol in _SUMS or symbol in _COMPARISONS or _are_angles(one, other):
        return _alike(symbol, one, other)
    if isinstance(one, FixedAngle) and isinstance(other, int):
        return _scaled(symbol, one, other)
    if symbol == "*" and isinstance(other, FixedAngle) and isinstance(one, int):
        return _scaled(symbol, other, one)
    return None


def _alike(
    symbol: str, one: float | FixedAngle, other: float | FixedAngle
) -> float | FixedAngle | None:
    """Return what an operator gives between two angles, the other operand made one."""
    size = max(each.size for each in (one, other) if isinstance(each, FixedAngle))
    left, right = (
        each.resized(size) if isinstance(each, FixedAngle) else FixedAngle.of(each, size)
        for each in (one, other)
    )
    if symbol in _COMPARISONS:
        return _COMPARISONS[symbol](left.bits, right.bits)
    if symbol in _SUMS:
        return left.with_bits(_SUMS[symbol](left.bits, right.bits))
    if symbol == "/":
        if not right.bits:
            raise ProgramError("the arithmetic has no result: an angle is divided by 0")
        return SizedInt.of(left.bits // right.bits, size, is_signed=False)
    return None


def _scaled(symbol: str, angle: FixedAngle, by: int) -> FixedAngle | None:
    if symbol not in _SCALED and symbol not in SHIFTS:
        return None
    if symbol == "/" and by == 0:
        raise ProgramError("the arithmetic has no result: an angle is divided by 0")
    if symbol in SHIFTS:
        return angle.with_bits(shifted(symbol, angle.bits, angle.size, by))
    if symbol == "/" and by < 0:
        return angle.with_bits(-(angle.bits // -by))
    return angle.with_bits(_SCALED[symbol](angle.bits, by))


def _are_angles(one: float | FixedAngle, other: float | FixedAngle) -> bool:
    return isinstance(one, FixedAngle) and isinstance(other, FixedAngle)


def rotated(value: int, size: int, places: int) -> int:
    """Return bits that are rotated to the left: towards higher places."""
    places %= size
    return (value << places | value >> (size - places)) & ((1 << size) - 1)


def shifted(symbol: str, value: int, size: int, places: int) -> int:
    """Return a number of so many bits after a shift, of which the lowest of them count.

    Raises:
        ProgramError: It is shifted by less than 0.
    """
    if places < 0:
        raise ProgramError("the arithmetic has no result: a shift by less than 0")
    return SHIFTS[symbol](value, min(places, size))


def no_whole_number() -> ProgramError:
    """Return the error of an angle where a whole number is needed."""
    return ProgramError(
        "an angle is no whole number: its bits are those of bit[n](angle)", FailureCode.UNSUPPORTED
    )
