"""Why a job, or a circuit of it, has failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from paultrap.circuits import Message
from paultrap.engine import MemoryLimitError
from paultrap.errors import FailureCode

MAX_DEATHS = 3  # A circuit that stopped so many workers is not given to another.
HALVING_DEATHS = 2  # A chunk of several circuits that did is halved, to find out which it is.
# A lease that runs out shows that its worker was silent, and a clock, a suspended machine or a full
# disk may be why. So many of one chunk count as one death: perhaps it hangs whoever runs it.
EXPIRIES_PER_DEATH = 10
MAX_OUTAGES = 10  # Nor one that ran each time when the whole server died, often by no fault of it.

_MOST_OF_NAME = 64
_MOST_OF_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class Failure:
    """A code for programs and a message for people."""

    code: str
    message: Message


class CircuitFailure(NamedTuple):
    """Why a circuit of a job has failed.

    Attributes:
        code: The code for programs, a `paultrap.errors.FailureCode`.
        text: What is wrong, as it follows the circuit in a message: ": no such gate".
    """

    code: str
    text: str

    def of_circuit(self, index: int, name: str | None = None) -> Failure:
        """Return the failure of a circuit by its index in its job, in one line."""
        return Failure(self.code, f"{_circuit(index, name)}{_one_line(self.text)}")

    def of_circuits(self, first: int, stop: int) -> Failure:
        """Return it as what happened to circuits ``first`` to ``stop - 1`` together."""
        if stop == first + 1:
            return self.of_circuit(first)
        return Failure(self.code, f"circuits {first} to {stop - 1}{_one_line(self.text)}")


#: The failed circuits of a chunk or job, by their index in the job.
Failures: TypeAlias = Mapping[int, CircuitFailure]


def in_summary(failed: int, circuits: int, first: str) -> str:
    """Return why a job has failed.

    Args:
        failed: How many of its circuits have failed.
        circuits: How many circuits it has.
        first: The message of the first circuit that has failed.
    """
    return first if circuits == 1 else f"{failed} of {circuits} circuits failed; {first}"


def worker_died(deaths: int) -> CircuitFailure:
    """Return the failure of what ran in ``deaths`` workers when these died."""
    return CircuitFailure(
        FailureCode.INTERNAL,
        f" stopped the worker {deaths} times; the process was killed or crashed, which most often "
        "means that the machine ran out of memory",
    )


def server_died(outages: int) -> CircuitFailure:
    """Return the failure of what ran in ``outages`` servers when these died."""
    return CircuitFailure(
        FailureCode.INTERNAL,
        f" ran {outages} times when the whole server died, which most often means that the machine "
        "or container ran out of memory",
    )


def does_not_fit(qubits: int, needed: int, limit: int) -> CircuitFailure:
    """Return the failure of what needs more bytes than all workers together may use."""
    text = f" ({qubits} qubits): {MemoryLimitError(needed, limit)}"
    return CircuitFailure(FailureCode.TOO_COMPLEX, text)


def _circuit(index: int, name: str | None) -> str:
    if not name:
        return f"circuit {index}"
    shown = _one_line(name, _MOST_OF_NAME)
    return f'circuit {index} ("{shown}")'


def _one_line(text: str, most: int = _MOST_OF_TEXT) -> str:
    """Return a text that may be anybody's in one line, shortened."""
    shown = "".join(each if each.isprintable() else " " for each in text[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
