"""Constraints on the bits of a state, and by how much a state violates them."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from paultrap.formats import Counting
from paultrap.functions.moments import Floats


class LinearConstraint(Counting, frozen=True):
    """``coeffs . x <= rhs``, where x[i] is the bit of qubit i."""

    coeffs: list[float]
    rhs: float

    def problem(self, width: int) -> str | None:
        """Return what is wrong with its shape for so many qubits, or None."""
        return _problem("coeffs", self.coeffs, width)

    @property
    def largest(self) -> float:
        """More than any state violates it by, perhaps infinite."""
        return _sum(self.coeffs) + abs(self.rhs)

    def violation(self, bits: Floats) -> Floats:
        """Return by how much each of M states violates it, 0 where it does not; shape (M,).

        Args:
            bits: The bits of M states, shape (M, width).
        """
        excess: Floats = bits @ np.array(self.coeffs) - self.rhs
        return np.maximum(excess, 0.0)


class QuadraticConstraint(Counting, frozen=True):
    """``x . quadratic_coeff . x + linear_coeff . x <= rhs``, where x[i] is the bit of qubit i."""

    quadratic_coeff: list[list[float]]
    linear_coeff: list[float]
    rhs: float

    def problem(self, width: int) -> str | None:
        """Return what is wrong with its shape for so many qubits, or None."""
        rows = [_problem("each row of quadratic_coeff", row, width) for row in self.quadratic_coeff]
        found = [
            _problem("quadratic_coeff", self.quadratic_coeff, width),
            *rows,
            _problem("linear_coeff", self.linear_coeff, width),
        ]
        return next((each for each in found if each is not None), None)

    @property
    def largest(self) -> float:
        """More than any state violates it by, perhaps infinite."""
        return _sum(map(_sum, self.quadratic_coeff)) + _sum(self.linear_coeff) + abs(self.rhs)

    def violation(self, bits: Floats) -> Floats:
        """Return by how much each of M states violates it; see `LinearConstraint.violation`."""
        squares = ((bits @ np.array(self.quadratic_coeff)) * bits).sum(axis=1)
        excess: Floats = squares + bits @ np.array(self.linear_coeff) - self.rhs
        return np.maximum(excess, 0.0)


Constraint: TypeAlias = LinearConstraint | QuadraticConstraint


def bits_of(states: NDArray[np.uint64], width: int) -> Floats:
    """Return the bits of M states, qubit 0 first, shape (M, width)."""
    found: Floats = ((states[:, None] >> np.arange(width, dtype=np.uint64)) & np.uint64(1)).astype(
        np.float64
    )
    return found


def _sum(numbers: Iterable[float]) -> float:
    return sum(map(abs, numbers), 0.0)


def _problem(name: str, row: Sequence[object], width: int) -> str | None:
    if len(row) == width:
        return None
    return f"{name} has {len(row)} entries, and the ansatz has {width} qubits"
