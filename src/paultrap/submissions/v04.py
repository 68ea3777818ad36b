"""Request bodies of version 0.4 to a `JobRequest`, and those of clones to `Changes`."""

from typing import Any

import msgspec
from msgspec import UNSET, Raw

from paultrap.admission import (
    NULL,
    ChangedFields,
    Changes,
    FunctionText,
    GateLists,
    JobRequest,
    Kind,
    ProgramText,
    invalid,
)
from paultrap.formats import CircuitEntry, CircuitInput, JobInput, SplitJob
from paultrap.functions import TYPES, is_function
from paultrap.jobs import PROGRAM_TYPES, JobType
from paultrap.notices import Notices
from paultrap.submissions.decoding import backend_of, cut, decode, program_of

_SUBMITTED = (JobType.CIRCUIT, JobType.MULTI_CIRCUIT, *PROGRAM_TYPES, *TYPES)
_TYPES = ", ".join(f'"{each}"' for each in _SUBMITTED)


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    type: str | None = None
    backend: str | None = None
    target: str | None = None  # the name in version 0.3
    input: JobInput | None = None
    shots: Any = UNSET
    name: str | None = None
    metadata: Raw = NULL
    noise: Raw = NULL
    settings: Raw = NULL
    error_mitigation: Raw = NULL
    registers: Raw = NULL
    paultrap: Raw = NULL
    session_id: str | None = None
    dry_run: bool | None = None
    lang: Any = None  # of the input, as Cirq sends it


class _FunctionInput(CircuitInput, forbid_unknown_fields=False):
    """The input of a function, which looks through the rest itself."""


class _FunctionBody(_Body):
    input: _FunctionInput | list[CircuitEntry] | None = None
    external_settings: Raw = NULL


class _Type(msgspec.Struct):
    type: Any = None


def read_v04(body: bytes, notices: Notices | None = None) -> JobRequest:
    """Return what the body of a version 0.4 submission asks for.

    Args:
        body: The body as sent, decompressed.
        notices: Where is told what is not understood.

    Raises:
        Refusal: It has another shape.
    """
    return v04_request(cut(body), notices)


def v04_request(parts: SplitJob, notices: Notices | None = None) -> JobRequest:
    """Do what `read_v04` does with a body that is cut already."""
    notices = Notices() if notices is None else notices
    shape = _FunctionBody if _is_of_function(parts) else _Body
    sent = decode(parts.envelope, shape, notices, strict=False)
    type_ = _check_type(sent.type, sent.input)
    backend = backend_of("backend", sent.backend, "target", sent.target)
    if backend is None and sent.input is None:
        raise invalid("backend", 'missing; name one, such as "simulator".', Kind.MALFORMED)
    content: ProgramText | FunctionText | None = None
    if sent.input is None:
        raise invalid("input", "missing; it holds the circuits.", Kind.MALFORMED)
    if is_function(type_):
        members = decode(parts.envelope, dict[str, Raw])
        content = FunctionText(type_, {key: bytes(raw) for key, raw in members.items()})
    elif type_ in PROGRAM_TYPES:
        content = program_of(JobType(type_), sent.input)
    return JobRequest(
        circuits=GateLists(parts, sent.input, notices),
        input=content,
        backend=backend or "",  # `admit` knows which there are
        backend_field="target" if sent.target and not sent.backend else "backend",
        shots=sent.shots,
        noise=sent.noise,
        settings=sent.settings,
        error_mitigation=sent.error_mitigation,
        metadata=sent.metadata,
        registers=sent.registers,
        paultrap=sent.paultrap,
        name=sent.name,
        dry_run=bool(sent.dry_run),
        session_id=sent.session_id,
        notices=notices,
    )


def _is_of_function(parts: SplitJob) -> bool:
    return is_function(str(decode(parts.envelope, _Type).type))


def _check_type(sent: str | None, job_input: JobInput | None) -> str:
    if sent is None:
        raise invalid("type", f"missing; it is one of {_TYPES}.", Kind.MALFORMED)
    if sent not in _SUBMITTED:
        message = f'"{sent[:64]}" is not supported in this release; {_TYPES} are.'
        raise invalid("type", message, Kind.UNKNOWN)
    if is_function(sent) or sent in PROGRAM_TYPES or job_input is None:
        return sent
    several = isinstance(job_input, list) or job_input.circuits is not None
    if several != (sent == JobType.MULTI_CIRCUIT):
        wanted = "input.circuits" if sent == JobType.MULTI_CIRCUIT else "input.circuit"
        raise invalid("input", f'a job of type "{sent}" has its gates in {wanted}.')
    return sent


def read_changes(body: bytes, notices: Notices | None = None) -> Changes:
    """Return what the body of a clone, which may be empty, wants to be different.

    Args:
        body: The body as sent, decompressed.
        notices: Where is told what is not understood.

    Raises:
        Refusal: It has another shape.
    """
    if body.strip() in {b"", b"null"}:
        return Changes()
    notices = Notices() if notices is None else notices
    sent = decode(body, ChangedFields, notices, strict=False)
    return Changes(**msgspec.structs.asdict(sent), notices=notices)
