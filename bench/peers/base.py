"""What every peer does: from the bytes of a request to one array of probabilities a circuit."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from peers import wire
from workloads import Workload

Precision = Literal["double", "single"]

_SLICE = 2**16  # amplitudes whose squares fit in a core's cache
_LARGE = 2**21  # from here on threads pay
_THREADS = 4


@dataclass
class Run:
    """One run's answers, qubit 0 the lowest bit of an index, and the seconds of its parts."""

    answers: list[NDArray]
    seconds: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


class Peer(ABC):
    """A simulator in this process.

    Attributes:
        name: What the table calls it.
        precision: Of its amplitudes.
        distributions: The installed packages whose versions the results record.
    """

    name: str
    precision: Precision = "double"
    distributions: tuple[str, ...] = ()

    def refuses(self, workload: Workload) -> str | None:  # noqa: B027 - most take everything
        """Return why a workload is left out, or None."""

    def run(self, body: bytes) -> Run:
        start = time.perf_counter()
        job = wire.decode(body)
        parsed = time.perf_counter()
        answers = self.simulate(job)
        done = time.perf_counter()
        return Run(answers, {"parse": parsed - start, "simulate": done - parsed})

    @abstractmethod
    def simulate(self, job: wire.Job) -> list[NDArray]:
        """Return the 2**width probabilities of every circuit."""

    def close(self) -> None:  # noqa: B027 - not all keep states
        """Let go of states."""


class OneByOne(Peer):
    """A simulator that takes one circuit after another."""

    def simulate(self, job: wire.Job) -> list[NDArray]:
        sized = zip(job.input.circuits, wire.widths(job), strict=True)
        return [self.probabilities(circuit.circuit, width) for circuit, width in sized]

    @abstractmethod
    def probabilities(self, gates: list[wire.Gate], width: int) -> NDArray:
        """Return the 2**width probabilities of a circuit."""


def squares(amplitudes: NDArray) -> NDArray:
    """Return absolute squares; on four threads where the state is large.

    Args:
        amplitudes: complex64 or complex128, shape (K,).
    """
    size = len(amplitudes)
    if size < _LARGE:
        return amplitudes.real**2 + amplitudes.imag**2
    found = np.empty(size, amplitudes.real.dtype)

    def fill(first: int, last: int) -> None:
        spare = np.empty(_SLICE, found.dtype)
        for start in range(first, last, _SLICE):
            part = amplitudes[start : start + _SLICE]
            out = found[start : start + _SLICE]
            np.multiply(part.real, part.real, out=out)
            np.multiply(part.imag, part.imag, out=spare[: len(out)])
            out += spare[: len(out)]

    step = max(_SLICE, size // _THREADS)
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda first: fill(first, first + step), range(0, size, step)))
    return found
