"""Quantum functions: what is checked before an ansatz is read, and how the stages of a job are cut."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
from msgspec import Raw

from paultrap.admission.chunks import PlannedChunk
from paultrap.admission.envelopes import Envelope
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.refusals import Kind, invalid, refused
from paultrap.admission.requests import FunctionText
from paultrap.circuits import Program
from paultrap.formats import CircuitBatch, CircuitError
from paultrap.functions import CIRCUITS, EnergyFunction, Function, MaxCut, function_of
from paultrap.jobs import JobType

__all__ = ["UnreadAnsatz", "read_function", "search_job"]


class _Credentials(msgspec.Struct):
    api_credentials: str


def read_function(text: FunctionText) -> Function:
    """Return the function that a job asks for.

    The credentials that QAOA has to come with are looked at and forgotten: the search is our own.

    Raises:
        Refusal: It describes none, or the credentials are missing.
    """
    if text.type is JobType.QAOA:
        _check_credentials(text.external_settings)
    try:
        return function_of(text.type, bytes(text.source))
    except CircuitError as error:
        raise refused(error) from error


def _check_credentials(settings: Raw) -> None:
    try:
        found = msgspec.json.decode(settings, type=_Credentials)
    except msgspec.ValidationError:
        found = None
    if found is None or not found.api_credentials:
        message = "missing; any text will do."
        raise invalid("external_settings.api_credentials", message, Kind.MALFORMED)


@dataclass(frozen=True, slots=True)
class UnreadAnsatz:
    """A job whose ansatz is still to be read, by another process; the rest is checked after it."""

    envelope: Envelope
    function: EnergyFunction

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

    def job(self, ansatz: Program) -> AdmittedJob:
        """Return the job, completely checked.

        Raises:
            Refusal: Its circuits cannot be made or run.
        """
        envelope = self.envelope
        exact = envelope.noise.sampling is None
        try:
            batch = self.function.circuits(ansatz, envelope.circuit_limits, exact=exact)
        except CircuitError as error:
            raise refused(error) from error
        envelope.check_qubits(batch.program)
        return _job(envelope, self.function, batch, envelope.planned(batch.program))


def search_job(envelope: Envelope, function: MaxCut) -> AdmittedJob:
    """Return the job of a search, whose iterations are alike: each is a stage.

    Raises:
        Refusal: Its circuits cannot be made or run.
    """
    try:
        batch = function.circuits(envelope.circuit_limits)
    except CircuitError as error:
        raise refused(error) from error
    envelope.check_qubits(batch.program)
    of_one = envelope.planned(batch.program.slice(0, CIRCUITS))
    chunks = [
        chunk._replace(
            first=chunk.first + stage * CIRCUITS, stop=chunk.stop + stage * CIRCUITS, stage=stage
        )
        for stage in range(batch.program.n_circuits // CIRCUITS)
        for chunk in of_one
    ]
    return _job(envelope, function, batch, chunks)


def _job(
    envelope: Envelope, function: Function, batch: CircuitBatch, chunks: list[PlannedChunk]
) -> AdmittedJob:
    made = envelope.job(batch, chunks)
    return replace(made, type=function.type, child_type=function.child_type, source=function.source)
