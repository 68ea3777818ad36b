"""`Function`: what a job type defines, so that nothing else depends on the job type.

A function uses neither HTTP nor SQL. It is made anew of the job's input wherever it is needed: where
the job is submitted, in the worker that runs a chunk of it, and where its result is read.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

import msgspec

from paultrap.circuits import Distributions, Program
from paultrap.formats import (
    CircuitBatch,
    CircuitError,
    CircuitLimits,
    check_of_job,
    decode_known,
    wire_error,
)
from paultrap.jobs import JobType
from paultrap.languages import Reading
from paultrap.notices import Notices

Schema = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """What the circuits of a function are made of, beside its input.

    Attributes:
        limits: The most circuits, gates and qubits that the function may have.
        exact: Whether their answers will be exact, and so may have 2**width states.
        read_circuits: Reads the circuits in JSON of the job's input.
        ansatz: The circuit of `Function.ansatz`; None where the function has none.
    """

    limits: CircuitLimits
    exact: bool
    read_circuits: Callable[[], CircuitBatch]
    ansatz: Program | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the circuits of a job have answered so far.

    Attributes:
        width: The number of qubits of the circuits.
        shots: How many shots each circuit has, or None.
        exact: Whether the answers are exact.
        done: How many circuits are done.
        complete: Whether all circuits are done.
        findings: Reads what `Function.findings` returned, in the order of the chunks.
        distributions: Reads the answers of the circuits in their order, each with the circuit's
            index; an answer may come in several parts, one after the other.
    """

    width: int
    shots: int | None
    exact: bool
    done: int
    complete: bool
    findings: Callable[[], list[bytes]]
    distributions: Callable[[], Iterable[tuple[int, Distributions]]]


class Step(NamedTuple):
    """What a function has measured at one point.

    Attributes:
        value: The value that it measures; None before.
        params: The parameters, in radians where they are angles; None before they are known.
        iteration: Which iteration of a search it is in, from 1 on.
    """

    value: float | None = None
    params: list[float] | None = None
    iteration: int | None = None


class Function(ABC):
    """A job whose answers become one result.

    Attributes:
        type: The type of its job, as version 0.4 names it; ``child_type``: of the job's children.
        title: The name of the job type for people.
        stages: The number of stages that its circuits come in. Those of each follow from the answers before.
        has_ansatz: Whether `ansatz` is to be read before its circuits can be made.
        shows_progress: Whether `result` is asked while some circuits are still to be done.
        source: The ``input`` of the job, raw JSON. The gates of circuits in JSON are not in it.

    Args:
        source: The ``input`` of the job, raw JSON.
        notices: Where is told what of it is not understood; nowhere where it was told before.

    Raises:
        CircuitError: It has another shape.
    """

    type: ClassVar[str]
    title: ClassVar[str]
    child_type: ClassVar[str] = JobType.CIRCUIT
    stages: ClassVar[int] = 1
    has_ansatz: ClassVar[bool] = False
    shows_progress: ClassVar[bool] = False

    def __init__(self, source: bytes, notices: Notices | None = None) -> None:
        del notices
        self.source = source

    # Where it is submitted.

    @classmethod
    def read(cls, body: Mapping[str, bytes], notices: Notices) -> Self:
        """Return the function that a submission asks for.

        Args:
            body: All members of the body by name, as raw JSON; ``input`` is one.
            notices: Where is told what is not understood.

        Raises:
            CircuitError: One of them has another shape.
        """
        found = cls(body["input"], notices)
        check_of_job(body["input"], "input")
        return found

    def ansatz(self, limits: CircuitLimits, reading: Reading) -> Program:
        """Return the circuit that the input has as text. It waits for another process.

        Args:
            limits: The bounds on the circuit's size.
            reading: How long it may take; to be given up where nobody waits for it any more.

        Raises:
            CircuitError: It cannot be read or run.
            paultrap.languages.ReaderError: No process could be started to read it.
        """
        raise NotImplementedError

    @abstractmethod
    def circuits(self, request: Request) -> CircuitBatch:
        """Return the circuits of all stages, completely checked.

        Those of later stages are placeholders for what `next_stage` will return: as many in each stage, as wide
        and with the same gates, so that it is known what they will take.

        Raises:
            CircuitError: They cannot be made.
        """

    # Where it runs.

    def next_stage(self, earlier: Sequence[bytes]) -> Program:
        """Return the circuits of the stage that follows; asked where there are several stages.

        Args:
            earlier: The `findings` of all chunks of the stages before, in their order; at least
                one, as the circuits of the first stage are those of `circuits`.
        """
        raise NotImplementedError

    def findings(self, answers: Distributions, shots: int | None, *, exact: bool) -> bytes:
        """Return what is kept of the answers of a chunk; asked where there are several stages.

        Args:
            answers: A distribution for each of its circuits.
            shots: How many shots each circuit has, or None.
            exact: Whether the answers are exact.
        """
        raise NotImplementedError

    # Where it is read.

    @abstractmethod
    def result(self, answers: Answers) -> dict[str, Any] | None:
        """Return the ``results`` of the job, for JSON, or None where there are none."""

    def steps(self, answers: Answers) -> list[Step]:
        """Return what is measured where: for each child of the job in order, or for the job alone."""
        del answers
        return []

    @classmethod
    def output(cls, result: dict[str, Any]) -> dict[str, Any]:
        """Return the ``output`` of the job, where some clients look for its result."""
        del result
        return {}

    # What documents say of it, as JSON Schema.

    @classmethod
    @abstractmethod
    def input_schema(cls) -> Schema:
        """Return what the ``input`` is."""

    @classmethod
    def body_schema(cls) -> dict[str, Schema]:
        """Return what else the body has to have, by name."""
        return {}

    @classmethod
    @abstractmethod
    def result_schema(cls) -> Schema:
        """Return what the ``results`` are."""


def decoded(text: bytes | msgspec.Raw, shape: type[T], path: str, notices: Notices) -> T:
    """Return the JSON at ``path``.

    Raises:
        CircuitError: It has another shape; the message names the field.
    """
    try:
        return decode_known(bytes(text) or b"null", shape, notices, path=path)
    except msgspec.ValidationError as error:
        found = wire_error(error)
        said = str(found).removeprefix("the body: ")
        raise CircuitError(f"{path}: {said}", path=path, field=path.rpartition(".")[2]) from None
