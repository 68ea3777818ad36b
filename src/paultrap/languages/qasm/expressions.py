"""Expressions: what they give while a program is unrolled."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from openqasm3 import ast

from paultrap.errors import FailureCode
from paultrap.languages.errors import ProgramError
from paultrap.languages.qasm import arithmetic
from paultrap.languages.qasm.fixed import BITWISE, SHIFTS, FixedAngle, SizedInt, rotated, shifted
from paultrap.languages.qasm.scopes import Scopes
from paultrap.languages.qasm.values import (
    Bits,
    Number,
    Qubits,
    Subroutine,
    Value,
    Variable,
    bits_of,
    number_of,
)

MOST_BITS_OF_TYPE = 128
_MOST_OF_REGISTER = 4_096
_ROTATIONS = {"rotl", "rotr"}
_ROTATION_ARGUMENTS = 2
_MOST_BITS_OF_LITERAL = 1_024  # as many as the largest number with a fraction has


class Expressions:
    """Evaluates expressions in the scopes as they are: each part once, from left to right.

    Subroutines act on qubits, so that the language's `&&` and `||` are taken at their word: they are
    operators as others, and both sides are evaluated.

    Args:
        scopes: The names and their values.
        call: Runs a subroutine of the program and returns what it returns.
        count: Counts work: parts of expressions, bits and qubits of registers.
        physical: Returns the physical qubit of a name that begins with a dollar.

    Attributes:
        scopes: The names and their values.
        constants: Names that stand for numbers where nothing else has them.
        n_outer: How often a name outside of the body of a gate or subroutine was found whose value
            may change.
    """

    def __init__(
        self,
        scopes: Scopes,
        call: Callable[[Subroutine, Sequence[Any]], Value | None],
        count: Callable[[int], None],
        physical: Callable[[str], Qubits],
    ) -> None:
        self.scopes = scopes
        self._call = call
        self._count = count
        self._physical = physical
        self.constants: Mapping[str, float] = arithmetic.CONSTANTS
        self.n_outer = 0
        self._kinds: dict[type, Callable[[Any], Value]] = {
            ast.IntegerLiteral: self._integer,
            ast.BooleanLiteral: self._integer,
            ast.FloatLiteral: self._float,
            ast.ImaginaryLiteral: lambda node: complex(0, node.value),
            ast.BitstringLiteral: self._bit_string,
            ast.Identifier: lambda node: self._named(node.name),
            ast.IndexedIdentifier: self._indexed_name,
            ast.IndexExpression: lambda node: self._indexed(
                self.value(node.collection), node.index
            ),
            ast.BinaryExpression: self._binary,
            ast.UnaryExpression: self._unary,
            ast.FunctionCall: self._function,
            ast.Cast: self._cast,
            ast.Concatenation: self._concatenated,
            ast.SizeOf: self._size_of,
        }

    def number(self, node: Any) -> Number:
        """Return the number that an expression gives.

        Raises:
            MeasuredError: It depends on a measurement.
            ProgramError: It gives none.
        """
        value = self.value(node)
        return value if isinstance(value, int | float) else self.as_number(value)

    def as_number(self, value: Value) -> Number:
        """Return a value as a number; raises as `number`."""
        found = self.plain(value)
        return found.radians if isinstance(found, FixedAngle) else found

    def plain(self, value: Value) -> Number | FixedAngle:
        """Return a value as a number, or as the angle of a size that it is; raises as `number`."""
        if isinstance(value, Bits):
            return self._number_of(value)
        if isinstance(value, Qubits):
            raise ProgramError("a number is needed here, not qubits")
        if isinstance(value, complex):
            raise ProgramError(
                "a complex number is not supported here: a real one is needed",
                FailureCode.UNSUPPORTED,
            )
        return value

    def whole(self, node: Any) -> int:
        """Return the whole number that an expression gives; raises as `number`."""
        return arithmetic.whole(self.number(node))

    def real(self, node: Any) -> float:
        """Return the number that an expression gives as an angle; raises as `number`."""
        return arithmetic.real(self.number(node))

    def argument(self, node: Any) -> float | complex:
        """Return the argument of a gate; raises as `number`, but of complex numbers."""
        value = self.value(node)
        return value if isinstance(value, complex) else arithmetic.real(self.as_number(value))

    def size(self, node: Any | None, least: int = 1) -> int | None:
        """Return how many bits or qubits a declaration asks for, or None where it says nothing."""
        if node is None:
            return None
        found = self.whole(node)
        if not least <= found <= _MOST_OF_REGISTER:
            raise ProgramError(f"a register cannot have {found} bits or qubits")
        return found

    def size_of_type(self, type_: Any) -> int | None:
        """Return how many bits a number of this type has, or None where it does not say."""
        found = self.size(getattr(type_, "size", None))
        if found is not None and found > MOST_BITS_OF_TYPE:
            raise ProgramError(f"a number cannot have {found} bits")
        return found

    def qubits(self, node: Any) -> Qubits:
        """Return the qubits that an operand names."""
        found = self.value(node)
        if not isinstance(found, Qubits):
            raise ProgramError("a qubit or a register of qubits is needed here")
        return found

    def bits(self, node: Any) -> Bits:
        """Return the bits that a target names, to be written to."""
        found = self.value(node)
        if not isinstance(found, Bits):
            raise ProgramError("a bit or a register of bits is needed here")
        return found

    def value(self, node: Any) -> Value:
        """Return what an expression gives.

        Raises:
            MeasuredError: It computes with the outcome of a measurement.
            ProgramError: It is wrong or not supported.
        """
        self._count(1)
        found = self._kinds.get(type(node))
        if found is None:
            name = type(node).__name__
            raise ProgramError(
                f"this expression ({name}) is not supported", FailureCode.UNSUPPORTED
            )
        return found(node)

    @staticmethod
    def _integer(node: Any) -> int:
        value: int = node.value
        if value.bit_length() > _MOST_BITS_OF_LITERAL:
            raise ProgramError("a number is too large")
        return value

    @staticmethod
    def _float(node: Any) -> float:
        value: float = node.value
        if not math.isfinite(value):
            raise ProgramError("a number is too large")
        return value

    def _bit_string(self, node: Any) -> Bits:
        if node.width > _MOST_OF_REGISTER:
            raise ProgramError(f"a register cannot have {node.width} bits")
        return self._known_bits(node.value, node.width, is_single=False)

    def _indexed_name(self, node: Any) -> Value:
        found = self._named(node.name.name)
        for index in node.indices:
            found = self._indexed(found, index)
        return found

    def _size_of(self, node: Any) -> int:
        found = self.value(node.target)
        if isinstance(found, Bits | Qubits):
            return len(found.indices)
        raise ProgramError(
            "sizeof of anything but a register is not supported", FailureCode.UNSUPPORTED
        )

    def _named(self, name: str) -> Value:
        found = self.scopes.find(name)
        if isinstance(found, Variable):
            if found.value is None:
                raise ProgramError(f'"{name}" has no value yet')
            if not found.is_const and self.scopes.is_outer(name):
                self.n_outer += 1
            return found.value
        if isinstance(found, Bits):
            if self.scopes.is_outer(name):
                self.n_outer += 1
            return found
        if isinstance(found, Qubits):
            return found
        if found is None and name in self.constants:
            return self.constants[name]
        if name.startswith("$"):
            return self._physical(name)
        self.scopes.get(name)  # refuses what is not declared
        raise ProgramError(f'"{name}" is neither a value nor a register')

    def _binary(self, node: Any) -> Value:
        return self.combined(node.op.name, self.value(node.lhs), self.value(node.rhs))

    def combined(self, symbol: str, one: Value, other: Value) -> Value:
        """Return what an operator between two values gives; raises as `value`."""
        if isinstance(one, complex) or isinstance(other, complex):
            left, right = (
                each if isinstance(each, complex) else self.as_number(each) for each in (one, other)
            )
            return arithmetic.complex_binary(symbol, left, right)
        if isinstance(one, Bits):
            found = self._combined_bits(symbol, one, other)
            if found is not None:
                return found
        return arithmetic.binary(symbol, self.plain(one), self.plain(other))

    def _combined_bits(self, symbol: str, one: Bits, other: Value) -> Bits | None:
        """Return the register that an operator on bits gives, None where it gives a number."""
        width, is_single = len(one.indices), one.is_single
        if symbol in SHIFTS and not is_single:
            places = arithmetic.whole(self.as_number(other))
            found = shifted(symbol, int(self._number_of(one)), width, places)
        elif symbol in BITWISE and isinstance(other, Bits) and len(other.indices) == width:
            found = BITWISE[symbol](int(self._number_of(one)), int(self._number_of(other)))
        else:
            return None
        return self._known_bits(found, width, is_single=is_single)

    def _unary(self, node: Any) -> Value:
        value = self.value(node.expression)
        if node.op.name == "~" and isinstance(value, Bits):
            width = len(value.indices)
            return self._known_bits(~int(self._number_of(value)), width, is_single=value.is_single)
        if isinstance(value, complex) and node.op.name == "-":
            return -value
        return arithmetic.unary(node.op.name, self.plain(value))

    def _number_of(self, bits: Bits) -> Number:
        self._count(len(bits.indices))
        return number_of(bits)

    def _known_bits(self, number: int, width: int, *, is_single: bool) -> Bits:
        """Return the lowest bits of a number."""
        self._count(width)
        return Bits(bits_of(number & ((1 << width) - 1), width), tuple(range(width)), is_single)

    def _function(self, node: Any) -> Value:
        name = node.name.name
        subroutine = self.scopes.find(name)
        if isinstance(subroutine, Subroutine):
            found = self._call(subroutine, node.arguments)
            if found is None:
                raise ProgramError(f'the subroutine "{name}" returns nothing')
            return found
        if name in _ROTATIONS:
            return self._rotated(name, node.arguments)
        if name not in arithmetic.FUNCTIONS:
            raise ProgramError(f'there is no function "{name[:40]}"')
        values = [self.value(argument) for argument in node.arguments]
        if name == "popcount" and len(values) == 1:
            is_sized = isinstance(values[0], SizedInt | FixedAngle)
            values = [self.bits_of(values[0])] if is_sized else values
        return arithmetic.call(name, [self.as_number(value) for value in values])

    def _rotated(self, name: str, arguments: Sequence[Any]) -> Value:
        if len(arguments) != _ROTATION_ARGUMENTS:
            raise ProgramError(f'"{name}" takes {_ROTATION_ARGUMENTS} arguments')
        value, places = self.value(arguments[0]), self.whole(arguments[1])
        places = places if name == "rotl" else -places
        bits = self.bits_of(value)
        found = rotated(int(self._number_of(bits)), len(bits.indices), places)
        if isinstance(value, SizedInt | FixedAngle):
            return value.with_bits(found)
        return self._known_bits(found, len(bits.indices), is_single=bits.is_single)

    def bits_of(self, value: Value) -> Bits:
        """Return the bits of a register or of a number that has a size."""
        if isinstance(value, Bits):
            return value
        if isinstance(value, SizedInt):
            return self._known_bits(value, value.size, is_single=False)
        if isinstance(value, FixedAngle):
            return self._known_bits(value.bits, value.size, is_single=False)
        raise ProgramError(
            "these have no bits: only registers, and whole numbers and angles of a size",
            FailureCode.UNSUPPORTED,
        )

    def _cast(self, node: Any) -> Value:
        value = self.value(node.argument)
        if isinstance(node.type, ast.BitType):
            size = self.size(node.type.size)
            if isinstance(value, FixedAngle):
                if value.size != (size or 1):
                    raise ProgramError(f"an angle of {value.size} bits as {size or 1} bits")
                return self.bits_of(value)
            number = arithmetic.whole(self.as_number(value))
            return self._known_bits(number, size or 1, is_single=size is None)
        return self.converted(value, node.type)

    def converted(self, value: Value, type_: Any) -> Number | FixedAngle:
        """Return a value as a variable of a type holds it; raises as `value`."""
        size = self.size_of_type(type_)
        if isinstance(type_, ast.AngleType) and isinstance(value, Bits) and size is not None:
            if len(value.indices) != size:
                raise ProgramError(f"{len(value.indices)} bits as an angle of {size}")
            return FixedAngle(int(self._number_of(value)), size)
        return arithmetic.converted(self.plain(value), type_, size)

    def _concatenated(self, node: Any) -> Value:
        one, other = self.value(node.lhs), self.value(node.rhs)
        if isinstance(one, Qubits) and isinstance(other, Qubits):
            self._count(len(one.indices) + len(other.indices))
            return Qubits((*one.indices, *other.indices))
        raise ProgramError("++ of anything but qubits is not supported", FailureCode.UNSUPPORTED)

    def part(self, value: Value, indices: Sequence[Any]) -> Value:
        """Return what indices choose of a register, or of a number that has bits."""
        for index in indices:
            value = self._indexed(value, index)
        return value

    def _indexed(self, value: Value, index: Any) -> Value:
        if not isinstance(value, Qubits):
            value = self.bits_of(value)
        places, is_single = self._places(index, len(value.indices))
        self._count(len(places))
        chosen = tuple(value.indices[place] for place in places)
        if isinstance(value, Qubits):
            return Qubits(chosen, is_single)
        return Bits(value.cells, chosen, is_single)

    def _places(self, index: Any, size: int) -> tuple[list[int], bool]:
        if isinstance(index, ast.DiscreteSet):
            return [self._place(self.whole(node), size) for node in index.values], False
        if len(index) != 1:
            raise ProgramError("registers have one index")
        if isinstance(index[0], ast.RangeDefinition):
            return [self._place(place, size) for place in self.range(index[0], size)], False
        return [self._place(self.whole(index[0]), size)], True

    @staticmethod
    def _place(index: int, size: int) -> int:
        if not -size <= index < size:
            raise ProgramError(f"index {index} is out of range of a register of size {size}")
        return index % size

    def range(self, node: Any, size: int | None = None) -> Iterable[int]:
        """Return the numbers of a range, whose end is one of them.

        Args:
            node: The range.
            size: The size of the register that the range indexes; None where it indexes none.
        """
        given = [node.start, node.step, node.end]  # in the order in which they are written
        start, step, end = (None if each is None else self.whole(each) for each in given)
        step = 1 if step is None else step
        if step == 0:
            raise ProgramError("the step of a range is 0")
        first, last = (0, None if size is None else size - 1)
        if step < 0:
            first, last = (last or 0, 0)
        start = first if start is None else start
        end = last if end is None else end
        if end is None:
            raise ProgramError("a range needs an end")
        if size is not None:
            start, end = (value + size if value < 0 else value for value in (start, end))
        found = range(start, end + (1 if step > 0 else -1), step)
        if size is not None and (end - start) // step >= size:
            raise ProgramError(f"a range is out of range of a register of size {size}")
        return found
