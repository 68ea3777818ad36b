"""`JobRequest`: what a client asks for, in the words of no version of the API.

The fields that hold JSON are as they came: `admit` judges them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from paultrap.formats import JobInput, SplitJob
from paultrap.jobs import JobType
from paultrap.notices import Notices

NULL = Raw(b"null")


@dataclass(frozen=True, slots=True, eq=False)
class GateLists:
    """Circuits in JSON.

    Attributes:
        parts: The body as `paultrap.formats.split` cuts it.
        input: Its decoded input.
        notices: Where fields of gates are told that are not understood.
    """

    parts: SplitJob
    input: JobInput
    notices: Notices = field(default_factory=Notices)


@dataclass(frozen=True, slots=True)
class ProgramText:
    """A program: the type of its job, and what came in the place of its text."""

    type: JobType
    data: Any


@dataclass(frozen=True, slots=True, eq=False)
class FunctionText:
    """A quantum function.

    Attributes:
        type: The type of the job, a name in the registry of functions.
        members: All members of the request body by name, as raw JSON.
    """

    type: str
    members: Mapping[str, bytes]


class JobFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of a job beside its circuits.

    Attributes:
        backend: The name of the backend as sent; "" where it is missing.
        backend_field: What the version of the API calls that field.
        shots: The number of shots as sent, unchecked; UNSET where it was left out.
        noise: Raw JSON, null where it was left out; likewise ``settings``, ``error_mitigation``,
            ``metadata``, ``registers`` and ``paultrap``, which holds what only this server knows.
        name: The job's name, or None.
        dry_run: Whether the job is only checked, and not run.
        session_id: The id of the session that the job joins, or None.
        seed: The seed that replaces the one in ``noise``; None keeps that.
        notices: What in all that is not understood, so far.
    """

    backend: str
    backend_field: str = "backend"
    shots: Any = UNSET
    noise: Raw = NULL
    settings: Raw = NULL
    error_mitigation: Raw = NULL
    metadata: Raw = NULL
    registers: Raw = NULL
    paultrap: Raw = NULL
    name: str | None = None
    dry_run: bool = False
    session_id: str | None = None
    seed: int | None = None
    notices: Notices = msgspec.field(default_factory=Notices)


class JobRequest(JobFields, frozen=True, kw_only=True):
    """What a client asks for.

    Attributes:
        circuits: The circuits in JSON of the ``input``, where it has some.
        input: The program or the function to run; None where it is the circuits alone.
    """

    circuits: GateLists
    input: ProgramText | FunctionText | None
