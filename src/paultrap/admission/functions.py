"""Quantum functions: what is checked before an ansatz is read, and how the stages of a job are cut."""

from dataclasses import dataclass, replace

import msgspec

from paultrap.admission.envelopes import Envelope
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.refusals import Kind, Refusal, refused
from paultrap.admission.requests import FunctionText
from paultrap.circuits import Program
from paultrap.formats import (
    CircuitBatch,
    CircuitError,
    JobInput,
    SplitJob,
    read_circuits,
    wire_error,
)
from paultrap.functions import Function, Request, class_of

_INPUT = msgspec.json.Decoder(JobInput, strict=False)


def read_function(text: FunctionText) -> Function:
    """Return the function that a job asks for.

    Raises:
        Refusal: It describes none.
    """
    try:
        return class_of(text.type).read(text.source, text.members)
    except CircuitError as error:
        raise refused(error) from error


@dataclass(frozen=True, slots=True)
class UnreadFunction:
    """A job of a function, whose ansatz is still to be read by another process if it has one."""

    envelope: Envelope
    function: Function
    parts: SplitJob

    def read(self) -> Program:
        """Return the circuit of the ansatz. It waits for the process that reads the text.

        Raises:
            Refusal: It cannot be read.
            paultrap.languages.ReaderError: No process could be started to read it.
        """
        envelope = self.envelope
        try:
            return self.function.ansatz(envelope.circuit_limits, envelope.limits.program_seconds)
        except CircuitError as error:
            raise refused(error) from error

    def job(self, ansatz: Program | None = None) -> AdmittedJob:
        """Return the job, completely checked.

        Args:
            ansatz: The circuit that `read` returns; None where the function has no ansatz.

        Raises:
            Refusal: Its circuits cannot be made or run.
        """
        envelope, function = self.envelope, self.function
        exact = envelope.noise.sampling is None
        request = Request(envelope.circuit_limits, exact, self._circuits, ansatz)
        try:
            batch = function.circuits(request)
        except CircuitError as error:
            raise refused(error) from error
        made = envelope.admitted(batch, stages=function.stages)
        return replace(
            made, type=function.type, child_type=function.child_type, source=function.source
        )

    def _circuits(self) -> CircuitBatch:
        """Return the circuits in JSON of the input."""
        try:
            found = _INPUT.decode(self.function.source)
        except msgspec.ValidationError as error:
            wrong = wire_error(error, "input")
            raise Refusal(wrong.path, wrong.message, Kind.MALFORMED) from None
        return read_circuits(self.parts, found, self.envelope.circuit_limits)
