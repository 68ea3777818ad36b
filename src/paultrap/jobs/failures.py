"""Why a job, or the part of it that stands in one chunk, has failed."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["MAX_DEATHS", "Failure", "FailureCode", "in_circuits", "worker_died"]

MAX_DEATHS = 3  # A chunk that stopped so many workers is not given to another.


class FailureCode(StrEnum):
    """The codes of the API's ``failure`` that this release uses."""

    INTERNAL = "InternalError"
    SIMULATION = "SimulationError"
    TOO_COMPLEX = "QuantumCircuitComplexityError"


@dataclass(frozen=True, slots=True)
class Failure:
    """A code for programs and a message for people."""

    code: str
    message: str


def in_circuits(first: int, stop: int, message: str) -> str:
    """Return ``message`` as something that happened in circuits ``first`` to ``stop - 1``."""
    return f"{_circuits(first, stop)}: {message}"


def worker_died(first: int, stop: int, deaths: int) -> Failure:
    """Return the failure of circuits ``first`` to ``stop - 1`` after ``deaths`` dead workers."""
    return Failure(
        FailureCode.INTERNAL,
        f"{_circuits(first, stop)} stopped the worker {deaths} times; the process was killed or "
        "crashed, which most often means that the machine ran out of memory",
    )


def _circuits(first: int, stop: int) -> str:
    return f"circuit {first}" if stop == first + 1 else f"circuits {first} to {stop - 1}"
