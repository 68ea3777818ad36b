"""`Function`: what a job type gives, so that nothing else needs to know the job type."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from paultrap.circuits import Distributions, Program
from paultrap.jobs import JobType

__all__ = ["Function"]


class Function(ABC):
    """A job whose answers become one result.

    Args:
        source: The ``input`` of the job, raw JSON.

    Attributes:
        type: Of its job; ``child_type``: of its job's children.
        source: As above.

    Raises:
        CircuitError: It has another shape.
    """

    type: ClassVar[JobType]
    child_type: ClassVar[JobType] = JobType.CIRCUIT

    def __init__(self, source: bytes) -> None:
        self.source = source

    def next_stage(self, earlier: Sequence[bytes]) -> Program:
        """Return the circuits of the stage that follows, as many as of each before.

        Only a function with several stages is asked.

        Args:
            earlier: The `findings` of all chunks of the stages before, in their order; at least
                one, as the circuits of the first stage are those that were planned.
        """
        raise NotImplementedError

    def findings(self, answers: Distributions, shots: int | None, *, exact: bool) -> bytes:
        """Return what later stages and the result need of the answers of some circuits.

        Only a function with several stages is asked.

        Args:
            answers: A distribution for each circuit.
            shots: As the job's.
            exact: Whether the answers are exact.
        """
        raise NotImplementedError
