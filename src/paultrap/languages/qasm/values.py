"""The values of names in a program."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from paultrap.errors import Error
from paultrap.languages.operations import ONE, ZERO
from paultrap.languages.qasm.fixed import FixedAngle

Number: TypeAlias = bool | int | float


class MeasuredError(Error):
    """A value depends on the outcome of a measurement."""


@dataclass(frozen=True, slots=True)
class Qubits:
    """Some of the program's qubits, in order.

    Attributes:
        indices: Of the program's qubits.
        is_single: Whether it is one qubit and no register of one.
    """

    indices: tuple[int, ...]
    is_single: bool = False


@dataclass(slots=True)
class Bits:
    """A classical register, or bits of one; writing to a part writes to the register.

    Attributes:
        cells: The register's bits, each `ZERO`, `ONE` or the number of a measurement.
        indices: Which of them are meant.
        is_single: Whether it is one bit and no register of one.
    """

    cells: list[int]
    indices: tuple[int, ...]
    is_single: bool = False

    @property
    def values(self) -> list[int]:
        """The bits, the lowest one first."""
        return [self.cells[index] for index in self.indices]

    def write(self, values: list[int]) -> None:
        """Replace the bits."""
        for index, value in zip(self.indices, values, strict=True):
            self.cells[index] = value


@dataclass(slots=True)
class Variable:
    """A classical variable that is known while the program is unrolled.

    Attributes:
        type: The syntax of its type.
        value: What it is now; None until it is set.
        is_const: Whether it stays so.
    """

    type: Any
    value: Number | complex | FixedAngle | None
    is_const: bool = False


@dataclass(frozen=True, slots=True)
class GateDefinition:
    """A gate of the program's own.

    Attributes:
        params: The names of its angles.
        qubits: The names of its qubits.
        body: Its statements.
        resets: Whether it resets qubits, so that it is no unitary.
        templates: What it does, by its angles.
    """

    params: tuple[str, ...]
    qubits: tuple[str, ...]
    body: list[Any]
    resets: bool = False
    templates: dict[tuple[float | complex, ...], list[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subroutine:
    """A subroutine of the program's own, as its syntax."""

    syntax: Any


Value: TypeAlias = Number | complex | FixedAngle | Bits | Qubits


def bits_of(number: int, width: int) -> list[int]:
    """Return a whole number as known bits, the lowest one first."""
    return [ONE if number >> place & 1 else ZERO for place in range(width)]


def number_of(bits: Bits) -> Number:
    """Return known bits as a whole number.

    Raises:
        MeasuredError: They are not known.
    """
    if any(value >= 0 for value in bits.values):
        raise MeasuredError
    found = sum(1 << place for place, value in enumerate(bits.values) if value == ONE)
    return bool(found) if bits.is_single else found
