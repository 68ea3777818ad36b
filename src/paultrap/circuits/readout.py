"""`Readout`: which classical bits a circuit ends with, and the distributions of these."""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits.distributions import Distributions

MOST_BITS = 64  # of a state, which is a uint64
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
    """

    bits: tuple[int, ...]
    registers: tuple[Register, ...] = ()
    machine_qubits: tuple[int, ...] = ()

    @property
    def measures_within(self) -> bool:
        """Whether qubits are measured or reset before the end."""
        return bool(self.machine_qubits)

    def is_identity(self, width: int) -> bool:
        """Return whether it reads all of so many qubits in their order."""
        return self.bits == tuple(range(width))

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
        if self.is_identity(len(self.bits)) and qubits.words == 1:
            highest = int(qubits.states.max(initial=0))
            if highest < 1 << len(self.bits):
                return qubits
        found = [
            self._of_one(qubits.slice(index, index + 1), None if shots is None else int(count))
            for index, count in enumerate(np.zeros(qubits.n_circuits) if shots is None else shots)
        ]
        return Distributions.concatenate(found)

    def _of_one(self, qubits: Distributions, shots: int | None) -> Distributions:
        seen, place = np.unique(self._bits_of(qubits.states), return_inverse=True)
        if shots is None:
            sums = _rounded(np.bincount(place, qubits.probabilities, len(seen)).astype(np.float64))
        else:
            counts = np.rint(qubits.probabilities * shots)
            sums = np.bincount(place, counts, len(seen)) / shots
        return Distributions(np.array([0, len(seen)]), seen, sums)

    def _bits_of(self, states: NDArray[np.uint64]) -> NDArray[np.uint64]:
        found = np.zeros(len(states), np.uint64)
        words = states.reshape(len(states), -1)
        for bit, qubit in enumerate(self.bits):
            place = np.uint64(bit)
            if qubit >= 0:
                word, within = divmod(qubit, 64)
                found |= ((words[:, word] >> np.uint64(within)) & np.uint64(1)) << place
            elif qubit == -2:  # noqa: PLR2004  # the attribute's own code
                found |= np.uint64(1) << place
        return found

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, text: bytes) -> Self:
        """Return what `to_bytes` wrote."""
        return msgspec.json.decode(text, type=cls)


def _rounded(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return them with as many bits as the engine's: sums of halves are halves again."""
    mantissas, exponents = np.frexp(probabilities)
    whole = np.rint(np.ldexp(mantissas, _KEPT_BITS))
    found: NDArray[np.float64] = np.ldexp(whole, exponents - _KEPT_BITS)
    return found
