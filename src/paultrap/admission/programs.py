"""Programs in OpenQASM or QIR: what is checked before they are read, and the jobs that they become.

The real service takes programs without reading them, and fails the jobs of those that it cannot run.
So clients look for the reason there, and a job whose program cannot be run is admitted, failed.
"""

import base64
import binascii
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from paultrap.admission.chunks import PlannedChunk
from paultrap.admission.envelopes import Envelope
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.refusals import Kind, Refusal, invalid
from paultrap.admission.sampling import too_wide
from paultrap.circuits import Limit, OverLimit, Program
from paultrap.errors import FailureCode
from paultrap.formats import CircuitBatch
from paultrap.jobs import Failure, JobType, Sampling
from paultrap.languages import (
    Language,
    MissingExtraError,
    ProgramError,
    ReadProgram,
    check_installed,
    read_program,
)

_LANGUAGES = {JobType.QASM3: Language.QASM, JobType.QIR: Language.QIR}
_FIELD = "input.data"
# Of the distribution of the qubits, from which that of the bits is made.
_BYTES_PER_ENTRY = 64


@dataclass(frozen=True, slots=True)
class Source:
    """A program that has not been read yet.

    Attributes:
        type: The type of the job, which says the language.
        content: The program: text in UTF-8, or LLVM bitcode.
    """

    type: JobType
    content: bytes


def check_source(data: Any, job_type: JobType, most_bytes: int) -> Source:
    """Return the program in ``input.data``.

    Raises:
        Refusal: There is none, it is too long, or nothing here reads such programs.
    """
    if not isinstance(data, str) or not data.strip():
        message = f'a job of type "{job_type}" has its program here, as text.'
        raise invalid(_FIELD, message, Kind.MALFORMED)
    try:
        check_installed(_LANGUAGES[job_type])
    except MissingExtraError as error:
        field = "type" if job_type is JobType.QASM3 else "input"
        raise invalid(field, str(error), Kind.UNSUPPORTED) from error
    content = _decoded(data) if job_type is JobType.QIR else data.encode("utf-8", "replace")
    if len(content) > most_bytes:
        said = f"{_FIELD}: the program has {len(content):,} bytes; the limit is {most_bytes:,}"
        raise Refusal(_FIELD, OverLimit(Limit.PROGRAM_BYTES, said, "."), Kind.LIMIT)
    return Source(job_type, content)


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        message = "QIR is sent as bitcode in base64, and this is none."
        raise invalid(_FIELD, message, Kind.MALFORMED) from error


@dataclass(frozen=True, slots=True)
class UnreadProgram:
    """A job whose program is still to be read, by another process."""

    envelope: Envelope
    source: Source

    def read(self) -> AdmittedJob:
        """Return the job, which has failed already where the program cannot be run.

        It waits for the process that reads the program.

        Raises:
            paultrap.languages.ReaderError: No process could be started to read it.
        """
        limits = self.envelope.limits
        try:
            found = read_program(
                self.source.content,
                _LANGUAGES[self.source.type],
                limits.program_limits,
                limits.program_seconds,
            )
            return self._job(found)
        except ProgramError as error:
            return self._failed(Failure(error.code, limits.said(error.message)))
        except Refusal as refusal:  # too much time, or too much memory
            return self._failed(Failure(FailureCode.TOO_COMPLEX, limits.said(refusal.message)))

    def _job(self, found: ReadProgram) -> AdmittedJob:
        envelope, readout = self.envelope, found.readout
        sampling = without_variants(
            envelope.noise.sampling, measures_within=readout.measures_within
        )
        if sampling is not None:
            # Of the program's own qubits: what a measurement is copied to is no part of a machine.
            own = np.array([found.qubits], np.uint16)
            problem = too_wide(own, sampling, envelope.backend)
            if problem is not None:
                return self._failed(Failure(FailureCode.NOT_ENOUGH_QUBITS, problem))
        if envelope.is_for_plugin and readout.measures_within:
            message = f'"{envelope.backend.name}" measures qubits at the end of a circuit only'
            return self._failed(Failure(FailureCode.MACHINE, message))
        envelope = replace(envelope, noise=envelope.noise._replace(sampling=sampling))
        chunks = envelope.planned(found.program)
        if readout.is_identity(found.qubits) and not readout.registers:
            return self._made(envelope, found.program, found.qubits, chunks)
        entries = 2.0 ** int(found.program.widths[0])
        if sampling is not None:
            entries = min(entries, sampling.shots)
        more = int(_BYTES_PER_ENTRY * entries)
        chunks = [chunk._replace(memory=chunk.memory + more) for chunk in chunks]
        made = self._made(envelope, found.program, found.qubits, chunks)
        return replace(made, readout=readout)

    def _failed(self, failure: Failure) -> AdmittedJob:
        return replace(self._made(self.envelope, Program.empty(1), 0, []), failure=failure)

    def _made(
        self, envelope: Envelope, program: Program, qubits: int, chunks: list[PlannedChunk]
    ) -> AdmittedJob:
        batch = CircuitBatch(
            program=program,
            names=[None],
            gatesets=["qis"],
            registers=[None],
            is_multicircuit=False,
            qubits=qubits,
        )
        made = envelope.job(batch, chunks)
        return replace(made, type=self.source.type, source=self.source.content)


def without_variants(sampling: Sampling | None, *, measures_within: bool) -> Sampling | None:
    """Return how a job is sampled: without variants where qubits are measured and used again."""
    if sampling is None or not measures_within:
        return sampling
    return msgspec.structs.replace(sampling, variants=0)
