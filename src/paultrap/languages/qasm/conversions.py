"""Values as a declared type holds them: numbers converted, bits fitted into their register."""

from collections.abc import Callable
from typing import Any

from openqasm3 import ast

from paultrap.languages.errors import ProgramError
from paultrap.languages.qasm import arithmetic
from paultrap.languages.qasm.expressions import Expressions
from paultrap.languages.qasm.fixed import FixedAngle
from paultrap.languages.qasm.values import Bits, Number, Qubits, Value, bits_of


class Conversions:
    """Converts what expressions give to the type of what holds it.

    Each raises what evaluating the expression does, and `ProgramError` where a value does not fit.

    Args:
        expressions: Evaluates expressions and the sizes of types.
        count: Counts work: bits of registers.
    """

    def __init__(self, expressions: Expressions, count: Callable[[int], None]) -> None:
        self._expressions = expressions
        self._count = count

    def number(self, node: Any, type_: Any) -> Number | FixedAngle:
        """Return an expression's number as a variable of this type holds it; raises as the class."""
        return self._expressions.converted(self._expressions.value(node), type_)

    def bits(self, node: Any, width: int) -> list[int]:
        """Return an expression's bits as a register of this width holds them, the lowest first."""
        return self.cells(self._expressions.value(node), width)

    def cells(self, value: Value, width: int) -> list[int]:
        """Return a value's bits as a register of this width holds them, the lowest first."""
        if isinstance(value, Bits):
            if len(value.indices) != width:
                raise ProgramError(f"{len(value.indices)} bits for a register of {width}")
            self._count(width)
            return value.values
        if isinstance(value, Qubits):
            raise ProgramError("qubits are no bits: measure them")
        if isinstance(value, FixedAngle):
            return self.cells(self._expressions.bits_of(value), width)
        number = arithmetic.whole(self._expressions.as_number(value))
        if not 0 <= number < 1 << width:
            raise ProgramError(f"{number} does not fit into {width} bits")
        self._count(width)
        return bits_of(number, width)

    def returned(self, value: Value | None, type_: Any) -> Value | None:
        """Return what a subroutine gives, as its type holds it."""
        if value is None or type_ is None:
            return value
        if isinstance(type_, ast.BitType):
            size = self._expressions.size(type_.size)
            cells = self.cells(value, size or 1)
            return Bits(cells, tuple(range(size or 1)), size is None)
        return self._expressions.converted(value, type_)
