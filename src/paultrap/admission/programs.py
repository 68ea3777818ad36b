"""Programs in OpenQASM or QIR: what is checked before they are read, and the jobs that they become.

The real service takes programs without reading them, and fails the jobs of those that it cannot run.
So clients look for the reason there, and a job whose program cannot be run is admitted, failed.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from paultrap.admission.envelopes import Envelope
from paultrap.admission.jobs import AdmittedJob
from paultrap.admission.refusals import Kind, Refusal, invalid
from paultrap.circuits import Limit, Message, NotCliffordError, OverLimit, Program
from paultrap.errors import FailureCode
from paultrap.formats import CircuitBatch
from paultrap.jobs import Failure, JobType
from paultrap.languages import (
    Language,
    MissingExtraError,
    ProgramError,
    ProgramLimits,
    Reading,
    ReadProgram,
    check_installed,
    read_at_once,
    read_program,
)

T = TypeVar("T")

_LANGUAGES = {
    JobType.QASM2: Language.QASM2,
    JobType.QASM3: Language.QASM,
    JobType.QIR: Language.QIR,
}
_FIELD = "input.data"
# What a program that is read is refused for, as the failure of its job; else its input is wrong.
_CODES = {
    Kind.LIMIT: FailureCode.TOO_COMPLEX,
    Kind.QUBITS: FailureCode.NOT_ENOUGH_QUBITS,
    Kind.RESOURCES: FailureCode.TOO_COMPLEX,
    Kind.UNSUPPORTED: FailureCode.UNSUPPORTED,
}


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
        Refusal: It is missing or too long, or this server reads no such programs.
    """
    if not isinstance(data, str) or not data.strip():
        message = f'a job of type "{job_type}" has its program here, as text.'
        raise invalid(_FIELD, message, Kind.MALFORMED)
    try:
        check_installed(_LANGUAGES[job_type])
    except MissingExtraError as error:
        field = "input" if job_type is JobType.QIR else "type"
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
        message = "QIR is sent as bitcode in base64; this is not valid base64."
        raise invalid(_FIELD, message, Kind.MALFORMED) from error


@dataclass(frozen=True, slots=True)
class UnreadProgram:
    """A job whose program is still to be read, by another process where it is not a flat one."""

    envelope: Envelope
    source: Source

    @property
    def seconds(self) -> float:
        """How long reading it may take."""
        return self.envelope.limits.program_seconds

    def read(self, reading: Reading) -> AdmittedJob:
        """Return the job, which has failed already where the program cannot be run.

        It waits for the process that reads the program.

        Args:
            reading: Gives it up where nobody waits for it any more.

        Raises:
            paultrap.languages.ReaderError: No process could be started to read it, or it was
                given up.
        """

        def read(limits: ProgramLimits) -> AdmittedJob:
            return self._job(read_program(self.source.content, self._language, limits, reading))

        return self._settled(read)

    def read_at_once(self) -> AdmittedJob | None:
        """Return the job as `read` does, or None where another process is to read its program."""

        def read(limits: ProgramLimits) -> AdmittedJob | None:
            found = read_at_once(self.source.content, self._language, limits)
            return None if found is None else self._job(found)

        return self._settled(read)

    @property
    def _language(self) -> Language:
        return _LANGUAGES[self.source.type]

    def _settled(self, read: Callable[[ProgramLimits], T]) -> T | AdmittedJob:
        """Return what is read within the limits, or a job that has failed."""
        bounds = self.envelope.circuit_limits
        try:
            return read(
                ProgramLimits(bounds.gates, bounds.widest, qubits_limit=bounds.widest_limit)
            )
        except ProgramError as error:
            return self._failed(error.code, error.message)
        except Refusal as refusal:
            code = _CODES.get(refusal.kind, FailureCode.INVALID)
            return self._failed(code, _without_field(refusal))

    def _job(self, found: ReadProgram) -> AdmittedJob:
        batch = _batch_of(found.program, found.qubits)
        try:
            return self._of_source(self.envelope.admitted(batch, found.readout))
        except Refusal as refusal:
            if isinstance(refusal.__cause__, NotCliffordError):
                self._check_width(found)
            raise

    def _check_width(self, found: ReadProgram) -> None:
        """Say why a program needs more qubits than those of its gates may have, where it does.

        Raises:
            ProgramError: It has too many, or comes to too many by measurements and resets.
        """
        limits = ProgramLimits(qubits=self.envelope.circuit_limits.qubits)
        width = int(found.program.widths[0])
        limits.check_qubits(found.qubits)
        limits.check_width(width, width - found.qubits)

    def _failed(self, code: str, message: Message) -> AdmittedJob:
        made = self.envelope.job(_batch_of(Program.empty(1), 0), [])
        return self._of_source(replace(made, failure=Failure(code, message)))

    def _of_source(self, made: AdmittedJob) -> AdmittedJob:
        return replace(made, type=self.source.type, source=self.source.content)


def _without_field(refusal: Refusal) -> Message:
    """Return why a job has failed; no field of a request is to blame once it is accepted."""
    message, start = refusal.message, f"{refusal.field}: "
    if isinstance(message, OverLimit):
        return replace(message, before=message.before.removeprefix(start))
    return message.removeprefix(start)


def _batch_of(program: Program, qubits: int) -> CircuitBatch:
    return CircuitBatch(
        program=program,
        names=[None],
        gatesets=["qis"],
        registers=[None],
        is_multicircuit=False,
        qubits=qubits,
    )
