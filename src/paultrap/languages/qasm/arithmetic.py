"""Numbers that are known while a program is unrolled: operators, functions and types."""

import cmath
import math
import operator
from collections.abc import Callable
from typing import Any

from openqasm3 import ast

from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.qasm.fixed import (
    BITWISE,
    SHIFTS,
    FixedAngle,
    SizedInt,
    calculated,
    no_whole_number,
    shifted,
)
from paultrap.languages.qasm.values import Number

CONSTANTS: dict[str, float] = {
    "pi": math.pi,
    "π": math.pi,
    "tau": math.tau,
    "τ": math.tau,
    "euler": math.e,
    "ℇ": math.e,
}

_MOST_BITS = 128  # of a whole number: far more than a program needs, and quickly worked with


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        _check_size(max(abs(base).bit_length() - 1, 0) * exponent)
    found = base**exponent
    if isinstance(found, complex):
        raise ProgramError("a power is not a real number")
    return found


def _left(value: Number, places: Number) -> int:
    _check_size(int(value).bit_length() + whole(places))
    return whole(value) << whole(places)


def _divided(one: Number, other: Number) -> Number:
    if isinstance(one, int) and isinstance(other, int) and other and one % other == 0:
        return one // other
    return one / other


def _modulo(one: Number, other: Number) -> Number:
    """Return what is left of a division, with the sign of what is divided."""
    if isinstance(one, int) and isinstance(other, int):
        left = abs(one) % abs(other)
        return -left if one < 0 else left
    return math.fmod(one, other)


_BINARY: dict[str, Callable[[Any, Any], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": _modulo,
    "**": _power,
    "<<": _left,
    ">>": lambda one, other: whole(one) >> whole(other),
    "&": lambda one, other: whole(one) & whole(other),
    "|": lambda one, other: whole(one) | whole(other),
    "^": lambda one, other: whole(one) ^ whole(other),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "&&": lambda one, other: bool(one) and bool(other),
    "||": lambda one, other: bool(one) or bool(other),
}


_COMPLEX = {"+", "-", "*"}


FUNCTIONS: dict[str, Callable[..., Number]] = {
    "arccos": math.acos,
    "arcsin": math.asin,
    "arctan": math.atan,
    "ceiling": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "mod": _modulo,
    "popcount": lambda value: whole(value).bit_count(),
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
    # The names of OpenQASM 2.
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "ln": math.log,
}


def binary(
    symbol: str, one: Number | FixedAngle, other: Number | FixedAngle
) -> Number | FixedAngle:
    """Return what an operator between two numbers gives.

    Raises:
        ProgramError: They have no such result.
    """
    if isinstance(one, FixedAngle) or isinstance(other, FixedAngle):
        found = calculated(symbol, one, other)
        if found is not None:
            return found
        one, other = (
            each.radians if isinstance(each, FixedAngle) else each for each in (one, other)
        )
    elif isinstance(one, SizedInt):  # of which these operators leave the size
        if symbol in BITWISE and one.is_like(other):
            return one.with_bits(BITWISE[symbol](one, int(other)))
        if symbol in SHIFTS:
            return one.with_bits(shifted(symbol, one, one.size, whole(other)))
    return _calculated(_BINARY[symbol], one, other)


def complex_binary(symbol: str, one: complex, other: complex) -> complex:
    """Return what an operator gives where an operand is complex.

    Raises:
        ProgramError: They have no such result.
    """
    if symbol not in _COMPLEX:
        raise ProgramError(f"{symbol} of complex numbers is not supported", FailureCode.UNSUPPORTED)
    try:
        found: complex = _BINARY[symbol](complex(one), complex(other))
        if not cmath.isfinite(found):
            raise ProgramError("a number is not finite")
    except ArithmeticError as error:
        raise ProgramError(f"the arithmetic has no result: {error}") from error
    return found


def unary(symbol: str, value: Number | FixedAngle) -> Number | FixedAngle:
    """Return what an operator before a number gives.

    Raises:
        ProgramError: It has no such result.
    """
    if symbol == "~" and isinstance(value, SizedInt):
        return value.with_bits(~value)
    if isinstance(value, FixedAngle):
        if symbol == "!":
            return not value.bits
        return value.with_bits(-value.bits if symbol == "-" else ~value.bits)
    if symbol == "-":
        return -value
    if symbol == "!":
        return not value
    raise ProgramError("~ of a number without a width is not supported", FailureCode.UNSUPPORTED)


def call(name: str, arguments: list[Number]) -> Number:
    """Return what a built-in function gives.

    Raises:
        ProgramError: They have no such result.
    """
    return _calculated(FUNCTIONS[name], *arguments)


def _calculated(function: Callable[..., Number], *values: Number) -> Number:
    try:
        found = function(*values)
        if isinstance(found, int):
            _check_size(found.bit_length())
        elif not math.isfinite(found):
            raise ProgramError("a number is not finite")
    except (ArithmeticError, ValueError, TypeError) as error:
        if isinstance(error, ProgramError):
            raise
        raise ProgramError(f"the arithmetic has no result: {error}") from error
    return found


def _check_size(bits: int) -> None:
    if bits > _MOST_BITS:
        raise ProgramError(f"a whole number has more than {_MOST_BITS} bits")


def whole(value: Number) -> int:
    """Return a whole number.

    Raises:
        ProgramError: It is none.
    """
    if isinstance(value, float) and not value.is_integer():
        raise ProgramError(f"{value!r} is not a whole number")
    return int(value)


def real(value: Number) -> float:
    """Return a number with a fraction.

    Raises:
        ProgramError: It is too large for one.
    """
    try:
        return float(value)
    except OverflowError as error:
        raise ProgramError("a number is too large") from error


def converted(value: Number | FixedAngle, type_: Any, size: int | None) -> Number | FixedAngle:
    """Return a number as a variable of this type holds it.

    Raises:
        ProgramError: The type is not supported.
    """
    if isinstance(type_, ast.AngleType) and size is not None:
        return value.resized(size) if isinstance(value, FixedAngle) else FixedAngle.of(value, size)
    if isinstance(type_, ast.IntType | ast.UintType):
        if isinstance(value, FixedAngle):
            raise no_whole_number()
        return SizedInt.of(int(value), size or 64, is_signed=isinstance(type_, ast.IntType))
    number = value.radians if isinstance(value, FixedAngle) else value
    if isinstance(type_, ast.BoolType):
        return bool(number)
    if isinstance(type_, ast.FloatType | ast.AngleType):
        return real(number)
    name = type(type_).__name__.removesuffix("Type").lower()
    raise ProgramError(f"variables of type {name} are not supported", FailureCode.UNSUPPORTED)
