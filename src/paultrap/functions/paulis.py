"""Pauli strings, and the sets of them that one circuit measures."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Opcode, PlacedGate
from paultrap.errors import Error
from paultrap.functions.moments import Floats

_WIDEST_TABLE = 24

# Longer than any string is that has a letter for each qubit and some spaces between them.
_LONGEST = 1 << 14
_SPARSE = re.compile(r"\s*[IXYZ][0-9]{1,4}(\s+[IXYZ][0-9]{1,4})*\s*")


class PauliError(Error, ValueError):
    """A text is no Pauli string of the wanted width."""


class PauliString(NamedTuple):
    """A product of Pauli matrices: bit q of a mask is that of qubit q.

    Attributes:
        x: Where there is X or Y.
        z: Where there is Z or Y.
    """

    x: int
    z: int

    @property
    def support(self) -> int:
        """The qubits on which it is not the identity."""
        return self.x | self.z

    @classmethod
    def read(cls, text: str, width: int) -> Self:
        """Return the string that a text spells.

        Args:
            text: One letter for each qubit, the last for qubit 0, such as "XIZ"; or letters with
                their qubits, such as "X2 Z0".
            width: The number of qubits.

        Raises:
            PauliError: It is neither.
        """
        if len(text) > _LONGEST:
            raise PauliError(f"it has {len(text):,} letters, more than any circuit has qubits")
        if _SPARSE.fullmatch(text):
            letters = [(part[0], int(part[1:])) for part in text.split()]
            qubits = [qubit for _, qubit in letters]
            if len(set(qubits)) != len(qubits) or max(qubits) >= width:
                raise PauliError(
                    f"its qubits must be different ones of the ansatz, 0 to {width - 1}"
                )
        else:
            if not text or set(text) - set("IXYZ"):
                raise PauliError("expected one of the letters I, X, Y, Z for each qubit")
            if len(text) != width:
                raise PauliError(f"it has {len(text)} letters, and the ansatz has {width} qubits")
            letters = [(letter, width - 1 - place) for place, letter in enumerate(text)]
        return cls(
            sum(1 << qubit for letter, qubit in letters if letter in "XY"),
            sum(1 << qubit for letter, qubit in letters if letter in "ZY"),
        )


@dataclass(slots=True)
class PauliGroup:
    """Strings that agree on every qubit where several of them act: one circuit measures them all.

    Attributes:
        x: With ``z`` the basis that each qubit is measured in, as in `PauliString`.
        z: Where neither bit is set, a qubit is measured as it is.
        members: The places of its strings among all.
    """

    x: int
    z: int
    members: list[int]

    def basis_change(self) -> list[PlacedGate]:
        """Return the gates after which Z of each qubit is what was the group's Pauli."""
        gates = []
        for qubit in range(self.x.bit_length()):
            if self.x >> qubit & 1:
                if self.z >> qubit & 1:
                    gates.append(PlacedGate(Opcode.SI, (qubit,)))
                gates.append(PlacedGate(Opcode.H, (qubit,)))
        return gates


def groups_of(
    strings: Iterable[PauliString], *, diagonal_of: int = 0, most: int | None = None
) -> list[PauliGroup]:
    """Return the strings in groups: each joins the first that it commutes with qubit by qubit.

    Args:
        strings: The strings, in any order; the groups depend on it.
        diagonal_of: The width of circuits whose first group measures every qubit as it is; 0
            where no such group is needed.
        most: The number of groups beyond which it stops soon.
    """
    groups = [PauliGroup(0, (1 << diagonal_of) - 1, [])] if diagonal_of else []
    bases = np.zeros((2, 64), np.uint64)
    if diagonal_of:
        bases[1, 0] = groups[0].z
    for place, string in enumerate(strings):
        x, z = np.uint64(string.x), np.uint64(string.z)
        group_x, group_z = bases[:, : len(groups)]
        differ = ((group_x ^ x) | (group_z ^ z)) & (group_x | group_z) & (x | z)
        free = np.flatnonzero(differ == 0)
        if len(free):
            index = int(free[0])
            groups[index].members.append(place)
        else:
            index = len(groups)
            groups.append(PauliGroup(0, 0, [place]))
            if most is not None and len(groups) > most:
                break
            if index == bases.shape[1]:
                bases = np.concatenate([bases, np.zeros_like(bases)], axis=1)
        bases[:, index] |= np.array([x, z])
    for group, (own_x, own_z) in zip(groups, bases.T.tolist(), strict=False):
        group.x, group.z = own_x, own_z
    return groups


class DiagonalSum:
    """A sum of products of Z, whose value follows from a state's bits.

    Args:
        masks: For each product, the qubits that it acts on, as bits.
        coefficients: The coefficient of each product.
        width: The number of qubits.
    """

    def __init__(self, masks: Sequence[int], coefficients: Sequence[float], width: int) -> None:
        self._masks = masks
        self._coefficients = coefficients
        self._width = width
        self._work = 0
        self._table: Floats | None = None

    def of(self, states: NDArray[np.uint64]) -> Floats:
        """Return its value for each state, shape as ``states``."""
        if self._table is None:
            # A table of all states pays where most of them come.
            self._work += len(self._masks) * len(states)
            if self._width <= _WIDEST_TABLE and self._work > self._width << self._width:
                self._table = self._all_values()
        if self._table is not None:
            return self._table[states.astype(np.int64)]
        total = np.zeros(len(states))
        for mask, coefficient in zip(self._masks, self._coefficients, strict=True):
            ones = np.bitwise_count(states & np.uint64(mask))
            total += coefficient * (1.0 - 2.0 * (ones & 1))
        return total

    def _all_values(self) -> Floats:
        """Return the Walsh-Hadamard transform of the coefficients."""
        table = np.zeros(1 << self._width)
        np.add.at(table, np.array(self._masks, np.int64), self._coefficients)
        for qubit in range(self._width):
            pairs = table.reshape(-1, 2, 1 << qubit)
            pairs[:, 0], pairs[:, 1] = pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]
        return table
