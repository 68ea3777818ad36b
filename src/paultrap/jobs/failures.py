"""Why a job, or the part of it in one chunk, has failed."""

from dataclasses import dataclass

from paultrap.circuits import Message
from paultrap.engine import MemoryLimitError
from paultrap.errors import FailureCode

MAX_DEATHS = 3  # A chunk that stopped so many workers is not given to another.
# A lease that runs out shows that its worker was silent, and a clock, a suspended machine or a full
# disk may be why. So many of one chunk count as one death: perhaps it hangs whoever runs it.
EXPIRIES_PER_DEATH = 10
MAX_OUTAGES = 10  # Nor one that ran each time when the whole server died, often by no fault of it.


@dataclass(frozen=True, slots=True)
class Failure:
    """A code for programs and a message for people."""

    code: str
    message: Message


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


def server_died(first: int, stop: int, outages: int) -> Failure:
    """Return the failure of circuits that ran in ``outages`` servers when these died."""
    return Failure(
        FailureCode.INTERNAL,
        f"{_circuits(first, stop)} were running {outages} times when the whole server died, which "
        "most often means that the machine or container ran out of memory",
    )


def does_not_fit(first: int, stop: int, qubits: int, needed: int, limit: int) -> Failure:
    """Return the failure of circuits that need more bytes than all workers together may use."""
    message = f"{_circuits(first, stop)} ({qubits} qubits): {MemoryLimitError(needed, limit)}"
    return Failure(FailureCode.TOO_COMPLEX, message)


def _circuits(first: int, stop: int) -> str:
    return f"circuit {first}" if stop == first + 1 else f"circuits {first} to {stop - 1}"
