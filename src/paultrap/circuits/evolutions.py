"""`Evolution`: what a ``pauliexp`` whose terms do not commute means, and programs that mean it so.

A program says it itself, by the opcode: whoever computes it needs to know nothing else, and what is
stored keeps its meaning.
"""

from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from paultrap.circuits.gates import Opcode
from paultrap.circuits.program import Program


class Evolution(StrEnum):
    """The ways to evolve under a sum of Pauli strings; they differ where some do not commute.

    ``PRODUCT`` is one step of the product formula of first order, whose first term acts first: what
    the real service does. ``EXACT`` is the exponential of the sum.
    """

    PRODUCT = "product"
    EXACT = "exact"


_OPCODES = MappingProxyType(
    {Evolution.PRODUCT: Opcode.PAULIEXP_STEP, Evolution.EXACT: Opcode.PAULIEXP}
)


def evolved(program: Program, evolution: Evolution) -> Program:
    """Return the same circuits, in which each ``pauliexp`` is meant in the given way."""
    wanted = _OPCODES[evolution]
    is_other = np.isin(program.opcodes, [op for op in _OPCODES.values() if op != wanted])
    if not is_other.any():
        return program
    return replace(program, opcodes=np.where(is_other, np.uint8(wanted), program.opcodes))
