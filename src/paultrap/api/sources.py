"""Programs as they come: what a body must say of the text or bitcode in its ``input.data``."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from paultrap.api.errors import ApiError, invalid
from paultrap.jobs import JobType
from paultrap.languages import Language, MissingExtraError, check_installed
from paultrap.settings import Settings

__all__ = ["LANGUAGES", "Source", "check_source"]

LANGUAGES = {JobType.QASM3: Language.QASM, JobType.QIR: Language.QIR}

_FIELD = "input.data"


@dataclass(frozen=True, slots=True)
class Source:
    """A program that has not been read yet.

    Attributes:
        type: Of its job, which says what it is written in.
        content: Text in UTF-8, or bitcode.
    """

    type: JobType
    content: bytes


def check_source(data: Any, job_type: JobType, settings: Settings) -> Source:
    """Return the program in ``input.data``.

    Raises:
        ApiError: 400 where there is none, it is too long, or this server reads no such programs.
    """
    if not isinstance(data, str) or not data.strip():
        raise invalid(_FIELD, f'a job of type "{job_type}" has its program here, as text.')
    try:
        check_installed(LANGUAGES[job_type])
    except MissingExtraError as error:
        raise invalid("type" if job_type is JobType.QASM3 else "input", str(error)) from error
    content = _decoded(data) if job_type is JobType.QIR else data.encode("utf-8", "replace")
    if len(content) > settings.max_program_bytes:
        raise ApiError(
            400,
            f"{_FIELD}: the program has {len(content):,} bytes; the limit is "
            f"{settings.max_program_bytes:,} (setting PAULTRAP_MAX_PROGRAM_BYTES).",
            (_FIELD,),
        )
    return Source(job_type, content)


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(_FIELD, "QIR is sent as bitcode in base64, and this is none.") from error
