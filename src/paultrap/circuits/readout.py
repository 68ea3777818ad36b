"""`Readout`: which classical bits a circuit ends with, and the distributions of these."""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits.distributions import Distributions

MOST_BITS = 512  # of a program, and with its qubits twice as many
_WORD = 64
_KEPT_BITS = 45  # of an exact probability, as the engine rounds it


class Register(msgspec.Struct, frozen=True, array_like=True):
    """A named register of classical bits."""

    name: str
    size: int


class Readout(msgspec.Struct, frozen=True, kw_only=True):
    """What a program measures.

    Attributes:
        registers: In the order of their declaration; the first bit of the first one is the lowest
            bit of a state. Empty where all bits together have no names.
        bits: For each bit the circuit's qubit that it is read from, or -1 for a bit that is always
            0, -2 for one that is always 1.
        machine_qubits: For each of the circuit's qubits, the program's qubit that it represents;
            empty where they are the same. They differ where a qubit was measured or reset before
            the end: what was measured, and what it goes on as, need a qubit each.
        final: For each qubit of a program that ends with no measurement, the circuit's qubit that
            it is at the end. These are bits too, above all others, and what formats of version 1
            show; empty where they show the others.
    """

    bits: tuple[int, ...]
    registers: tuple[Register, ...] = ()
    machine_qubits: tuple[int, ...] = ()
    final: tuple[int, ...] = ()

    def part(self, version: int) -> range:
        """Return the bits that formats of version 1 or 2 show; of version 2 those of registers."""
        first = len(self.bits) if self.final and version == 1 else 0
        return range(first, len(self.bits) + (len(self.final) if version == 1 else 0))

    @property
    def measures_within(self) -> bool:
        """Whether qubits are measured or reset before the end."""
        return bool(self.machine_qubits)

    def is_identity(self, width: int) -> bool:
        """Return whether it reads all of so many qubits in their order."""
        return not self.final and self.bits == tuple(range(width))

    def of(
        self,
        qubits: Distributions,
        shots: NDArray[np.integer] | None = None,
    ) -> Distributions:
        """Return the distributions of the bits.

        Args:
            qubits: N distributions over the circuit's qubits.
            shots: Shape (N,): how many shots each was counted in; None where they are exact.
        """
        if self.is_identity(len(self.bits)) and _fit(qubits.states, len(self.bits)):
            return qubits
        found = [
            self._of_one(qubits.slice(index, index + 1), None if shots is None else int(count))
            for index, count in enumerate(np.zeros(qubits.n_circuits) if shots is None else shots)
        ]
        return Distributions.concatenate(found)

    def _of_one(self, qubits: Distributions, shots: int | None) -> Distributions:
        seen, place = _unique(self.states_of(qubits.states))
        if shots is None:
            sums = _rounded(np.bincount(place, qubits.probabilities, len(seen)).astype(np.float64))
        else:
            counts = np.rint(qubits.probabilities * shots)
            sums = np.bincount(place, counts, len(seen)) / shots
        return Distributions(np.array([0, len(seen)]), seen, sums)

    def states_of(self, states: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the bits of states, each a state of the circuit's qubits as in `Distributions`."""
        given = states.reshape(len(states), -1)
        bits = (*self.bits, *self.final)
        found = np.zeros((len(states), max(-(-len(bits) // _WORD), 1)), np.uint64)
        for place, qubit in enumerate(bits):
            shift = np.uint64(place % _WORD)
            if qubit >= 0:
                word = given[:, qubit // _WORD] if qubit // _WORD < given.shape[1] else np.uint64(0)
                bit = word >> np.uint64(qubit % _WORD) & np.uint64(1)
                found[:, place // _WORD] |= bit << shift
            elif qubit == -2:  # noqa: PLR2004  # the attribute's own code
                found[:, place // _WORD] |= np.uint64(1) << shift
        return found[:, 0] if found.shape[1] == 1 else found

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, text: bytes) -> Self:
        """Return what `to_bytes` wrote."""
        return msgspec.json.decode(text, type=cls)


def selection(bits: range) -> Readout:
    """Return what reads some of the bits of a state, in their order."""
    return Readout(bits=tuple(bits))


def _fit(states: NDArray[np.uint64], bits: int) -> bool:
    """Return whether states have no more than so many bits."""
    words = states.reshape(len(states), -1)
    if words.shape[1] != max(-(-bits // _WORD), 1):
        return False
    return int(words[:, -1].max(initial=0)) < 1 << bits - _WORD * (words.shape[1] - 1)


def _unique(states: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Return the states that there are, ascending, and for each state which of them it is."""
    if states.ndim == 1:
        return np.unique(states, return_inverse=True)
    found, place = np.unique(states[:, ::-1], axis=0, return_inverse=True)
    return np.ascontiguousarray(found[:, ::-1]), place.reshape(-1)


def _rounded(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return them with as many bits as the engine's: sums of halves are halves again."""
    mantissas, exponents = np.frexp(probabilities)
    whole = np.rint(np.ldexp(mantissas, _KEPT_BITS))
    found: NDArray[np.float64] = np.ldexp(whole, exponents - _KEPT_BITS)
    return found
