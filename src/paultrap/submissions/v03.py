"""Request bodies of version 0.3 to a `JobRequest`."""

from typing import Any

import msgspec
from msgspec import UNSET, Raw

from paultrap.admission import NULL, GateLists, JobRequest, Kind, ProgramText, invalid
from paultrap.formats import JobInput, SplitJob
from paultrap.jobs import JobType
from paultrap.machines import SIMULATOR
from paultrap.notices import Notices
from paultrap.submissions.decoding import backend_of, cut, decode, program_of

_PROGRAMS = {
    "qasm": JobType.QASM3,
    "qasm2": JobType.QASM2,
    "openqasm2": JobType.QASM2,
    "ionq.qasm2.v1": JobType.QASM2,
    "qasm3": JobType.QASM3,
    "openqasm": JobType.QASM3,
    "openqasm3": JobType.QASM3,
    "ionq.qasm3.v1": JobType.QASM3,
    "qir": JobType.QIR,
    "qir.v1": JobType.QIR,
    "ionq.qir.v1": JobType.QIR,
}


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    input: JobInput | None = None
    body: JobInput | None = None  # cirq-ionq up to 1.5 calls the input so
    target: str | None = None
    backend: str | None = None  # the name in version 0.4
    shots: Any = UNSET
    name: str | None = None
    metadata: Raw = NULL
    noise: Raw = NULL
    registers: Raw = NULL
    paultrap: Raw = NULL
    settings: Raw = NULL
    error_mitigation: Raw = NULL
    dry_run: bool | None = None
    preflight: bool | None = None
    # What clients send and nothing needs: Cirq's language of the input, and CUDA-Q's number of
    # qubits, which is the server's.
    lang: Any = None
    qubits: Any = None
    type: Any = None


def read_v03(body: bytes, notices: Notices | None = None) -> JobRequest:
    """Return what the body of a version 0.3 submission asks for.

    Args:
        body: The body as sent, decompressed.
        notices: Where is told what is not understood.

    Raises:
        Refusal: It has another shape.
    """
    return v03_request(cut(body), notices)


def v03_request(parts: SplitJob, notices: Notices | None = None) -> JobRequest:
    """Do what `read_v03` does with a body that is cut already."""
    notices = Notices() if notices is None else notices
    sent = decode(parts.envelope, _Body, notices, strict=False)
    job_input = sent.body if sent.input is None else sent.input
    if job_input is None:
        raise invalid("input", "missing; it holds the circuits.", Kind.MALFORMED)
    return JobRequest(
        circuits=GateLists(parts, job_input, notices),
        input=_program(job_input),
        backend=backend_of("target", sent.target, "backend", sent.backend) or SIMULATOR,
        backend_field="target" if sent.target else "backend",
        shots=sent.shots,
        noise=sent.noise,
        settings=sent.settings,
        error_mitigation=sent.error_mitigation,
        metadata=sent.metadata,
        registers=sent.registers,
        paultrap=sent.paultrap,
        name=sent.name,
        dry_run=bool(sent.dry_run or sent.preflight),
        notices=notices,
    )


def _program(job_input: JobInput) -> ProgramText | None:
    if isinstance(job_input, list) or job_input.format not in _PROGRAMS:
        return None
    return program_of(_PROGRAMS[job_input.format], job_input)
