"""`Draw`: which shots of a job's circuits are drawn, and from which random numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST_SHOTS = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """The shots of some circuits of a job.

    Attributes:
        shots: Shots of each circuit, 1 to 2**31 - 1; one number for all, or shape (N,).
        seed: The job's: any whole number, whose lowest 64 bits count.
        first_index: The index in the job of the first circuit.
    """

    shots: int | NDArray[np.integer]
    seed: int
    first_index: int = 0

    @property
    def word(self) -> int:
        """The bits of the seed that count."""
        return self.seed & (2**64 - 1)

    def of_each(self, n_circuits: int) -> NDArray[np.uint32]:
        """Return the shots of each circuit, shape (N,).

        Raises:
            ValueError: They are too many or too few.
        """
        least, most = np.min(self.shots, initial=1), np.max(self.shots, initial=1)
        if least < 1 or most > _MOST_SHOTS:
            wrong = least if least < 1 else most
            raise ValueError(f"shots must be from 1 to 2**31 - 1, not {wrong}")
        return np.ascontiguousarray(np.broadcast_to(self.shots, (n_circuits,)), dtype=np.uint32)


def shots_of_groups(shots: int | NDArray[np.integer], groups: int) -> NDArray[np.int64]:
    """Return how many shots each group has, of as many circuits.

    Args:
        shots: The shots of each circuit, shape (...).
        groups: The number of groups of each circuit. The first get one more where shots do not divide.

    Returns:
        Shape (..., groups).
    """
    whole = np.asarray(shots, np.int64)[..., None]
    return whole // groups + (np.arange(groups) < whole % groups)


def philox(seed: int, index: int, purpose: int) -> np.random.Philox:
    """Return the random bits of a circuit for one purpose, such as its variants' qubits.

    Args:
        seed: The seed of the job.
        index: The circuit's index in its job.
        purpose: A word of 32 bits that no other purpose has.
    """
    return np.random.Philox(key=np.array([seed % 2**64, purpose << 32 | index], np.uint64))
