"""`Distributions`: the answer to a program, one sparse distribution per circuit."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits.blob import BlobError, pack, unpack

_MAGIC = b"PTDI"
_VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Distributions:
    """The states seen by each of N circuits and their probabilities, in submission order.

    Attributes:
        offsets: int64, shape (N + 1,): where each circuit's entries start.
        states: uint64, shape (K,): ascending within a circuit; qubit 0 is the lowest bit. Where a
            circuit has more than 64 qubits the shape is (K, W), of all circuits beside it too: W
            words of a state, the lowest first.
        probabilities: float64, shape (K,): they sum to 1 within a circuit.
    """

    offsets: NDArray[np.int64]
    states: NDArray[np.uint64]
    probabilities: NDArray[np.float64]

    @property
    def words(self) -> int:
        """The number of words of a state, W; 1 where states are plain numbers."""
        return 1 if self.states.ndim == 1 else self.states.shape[1]

    @property
    def n_circuits(self) -> int:
        """The number of circuits, N."""
        return len(self.offsets) - 1

    def slice(self, start: int, stop: int) -> Self:
        """Return circuits ``start`` to ``stop - 1`` (arrays shared)."""
        first, last = int(self.offsets[start]), int(self.offsets[stop])
        return type(self)(
            offsets=self.offsets[start : stop + 1] - first,
            states=self.states[first:last],
            probabilities=self.probabilities[first:last],
        )

    def as_dict(self, index: int) -> dict[int, float]:
        """Return one circuit's distribution as state to probability, states ascending.

        Args:
            index: Which circuit; from the end where it is negative, as of a list.

        Raises:
            IndexError: There is no such circuit.
        """
        place = operator.index(index)
        if not -self.n_circuits <= place < self.n_circuits:
            there_are = f"0 to {self.n_circuits - 1}" if self.n_circuits else "none"
            raise IndexError(f"there is no circuit {place}; there are {there_are}")
        place %= self.n_circuits
        first, last = int(self.offsets[place]), int(self.offsets[place + 1])
        states = _numbers_of(self.states[first:last])
        return dict(zip(states, self.probabilities[first:last].tolist(), strict=True))

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Return the circuits of all parts, one part after the other."""
        counts = [np.diff(part.offsets) for part in parts]
        offsets = np.concatenate([np.zeros(1, np.int64), *counts]).cumsum()
        none = np.zeros(0, np.uint64)
        words = max((part.words for part in parts), default=1)
        return cls(
            offsets=offsets,
            states=np.concatenate(
                [_widened(each, words) for each in (none, *(part.states for part in parts))]
            ),
            probabilities=np.concatenate([np.zeros(0), *(part.probabilities for part in parts)]),
        )

    def to_pieces(self) -> list[bytes | memoryview]:
        """Return what `to_bytes` returns, in pieces that are views on the arrays."""
        flat = self.states.reshape(-1)
        return pack(_MAGIC, _VERSION, (self.offsets, flat, self.probabilities))

    def to_bytes(self) -> bytes:
        """Return one blob."""
        return b"".join(self.to_pieces())

    @classmethod
    def from_bytes(cls, blob: bytes) -> Self:
        """Return the distributions that `to_bytes` wrote.

        Raises:
            BlobError: It is not such a blob, or its arrays do not fit together.
        """
        offsets, states, probabilities = unpack(_MAGIC, _VERSION, blob)
        entries = len(probabilities)
        words = len(states) // entries if entries else 1
        if len(offsets) == 0 or offsets[-1] != entries or len(states) != words * entries:
            raise BlobError("the arrays of distributions do not fit together")
        if words == 0:
            raise BlobError("the states of distributions have no words")
        return cls(offsets, states if words == 1 else states.reshape(-1, words), probabilities)


def _numbers_of(states: NDArray[np.uint64]) -> list[int]:
    """Return states of one word each, shape (K,), or of several, shape (K, W), as numbers."""
    if states.ndim == 1:
        numbers: list[int] = states.tolist()
        return numbers
    size = 8 * states.shape[1]
    text = np.ascontiguousarray(states, "<u8").tobytes()
    return [int.from_bytes(text[k : k + size], "little") for k in range(0, len(text), size)]


def _widened(states: NDArray[np.uint64], words: int) -> NDArray[np.uint64]:
    if words == 1:
        return states
    given = states.reshape(len(states), -1) if len(states) else np.zeros((0, words), np.uint64)
    return np.pad(given, ((0, 0), (0, words - given.shape[1])))
