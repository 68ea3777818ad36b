"""Request bodies of version 0.3 to a `JobRequest`."""

from typing import Any

import msgspec
from msgspec import UNSET, Raw

from paultrap.admission import NULL, GateLists, JobRequest, Kind, ProgramText, invalid
from paultrap.formats import JobInput, SplitJob
from paultrap.jobs import JobType
from paultrap.machines import SIMULATOR
from paultrap.submissions.decoding import cut, decode

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


class _Body(msgspec.Struct):
    input: JobInput | None = None
    body: JobInput | None = None  # cirq-ionq up to 1.5 calls the input so
    target: str | None = None
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


def read_v03(body: bytes) -> JobRequest:
    """Return what the body of a version 0.3 submission asks for.

    Raises:
        Refusal: It has another shape.
    """
    return v03_request(cut(body))


def v03_request(parts: SplitJob) -> JobRequest:
    """Do what `read_v03` does with a body that is cut already."""
    sent = decode(parts.envelope, _Body, strict=False)
    job_input = sent.body if sent.input is None else sent.input
    if job_input is None:
        raise invalid("input", "missing; it holds the circuits.", Kind.MALFORMED)
    return JobRequest(
        circuits=GateLists(parts, job_input),
        input=_program(job_input),
        backend=sent.target or SIMULATOR,
        backend_field="target",
        shots=sent.shots,
        noise=sent.noise,
        settings=sent.settings,
        error_mitigation=sent.error_mitigation,
        metadata=sent.metadata,
        registers=sent.registers,
        paultrap=sent.paultrap,
        name=sent.name,
        dry_run=bool(sent.dry_run or sent.preflight),
    )


def _program(job_input: JobInput) -> ProgramText | None:
    if isinstance(job_input, list) or job_input.format not in _PROGRAMS:
        return None
    return ProgramText(_PROGRAMS[job_input.format], job_input.data)
