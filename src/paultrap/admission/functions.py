"""Quantum functions: what is checked before an ansatz is read, and the job that comes of it."""

from dataclasses import dataclass, replace
from functools import partial

from paultrap.admission.envelopes import Envelope
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.refusals import refusals
from paultrap.admission.requests import FunctionText, GateLists
from paultrap.circuits import Program
from paultrap.functions import Function, Request, class_of
from paultrap.languages import Reading
from paultrap.notices import Notices


def read_function(text: FunctionText, notices: Notices) -> Function:
    """Return the function that a job asks for.

    Args:
        text: What the job says of it.
        notices: Where is told what is not understood.

    Raises:
        Refusal: It describes none.
    """
    with refusals():
        return class_of(text.type).read(text.members, notices)


@dataclass(frozen=True, slots=True)
class UnreadFunction:
    """A job of a function, whose ansatz is still to be read by another process if it has one."""

    envelope: Envelope
    function: Function
    circuits: GateLists

    @property
    def seconds(self) -> float:
        """How long reading it may take."""
        return self.envelope.limits.program_seconds

    def read(self, reading: Reading) -> Program:
        """Return the circuit of the ansatz. It waits for the process that reads the text.

        Args:
            reading: Gives it up where nobody waits for it any more.

        Raises:
            Refusal: It cannot be read.
            paultrap.languages.ReaderError: No process could be started to read it, or it was
                given up.
        """
        envelope = self.envelope
        with refusals():
            return self.function.ansatz(envelope.circuit_limits, reading)

    def job(self, ansatz: Program | None = None) -> AdmittedJob:
        """Return the job, completely checked.

        Args:
            ansatz: The circuit that `read` returns; None where the function has no ansatz.

        Raises:
            Refusal: Its circuits cannot be made or run.
        """
        envelope, function = self.envelope, self.function
        exact = envelope.noise.sampling is None
        read = partial(envelope.read, self.circuits)
        with refusals():
            batch = function.circuits(Request(envelope.circuit_limits, exact, read, ansatz))
        made = envelope.admitted(batch, stages=function.stages)
        return replace(
            made, type=function.type, child_type=function.child_type, source=function.source
        )
