"""JSON of a request body in a shape, or a `Refusal` that names the field."""

from typing import TypeVar

import msgspec

from paultrap.admission import Kind, ProgramText, Refusal, invalid, refused
from paultrap.formats import (
    CircuitError,
    JobInput,
    SplitJob,
    check_of_job,
    decode_known,
    split,
    wire_error,
)
from paultrap.jobs import JobType
from paultrap.notices import Notices

T = TypeVar("T")


def cut(body: bytes) -> SplitJob:
    """Return a job's body with its gate lists apart, as `paultrap.formats.split` does.

    Raises:
        Refusal: It is no JSON object.
    """
    try:
        return split(body)
    except CircuitError as error:
        raise Refusal(error.path, error.message, Kind.MALFORMED) from error


def decode(
    body: bytes | msgspec.Raw,
    shape: type[T],
    notices: Notices | None = None,
    *,
    path: str = "",
    strict: bool = True,
) -> T:
    """Return JSON in the given shape.

    Args:
        body: The JSON text.
        shape: The type that the JSON is decoded to.
        notices: Where members are told that the shape does not have, if it forbids them.
        path: Where the text is in the body of the request.
        strict: Whether numbers and booleans may not come as text.

    Raises:
        Refusal: It is not JSON, or has another shape.
    """
    try:
        return decode_known(body, shape, notices or Notices(), path=path, strict=strict)
    except msgspec.DecodeError as error:
        found = wire_error(error, path)
        raise Refusal(found.path, found.message, Kind.MALFORMED) from None
    except UnicodeDecodeError:
        raise Refusal("body", "The body is not valid UTF-8.", Kind.MALFORMED) from None
    except RecursionError:
        raise Refusal("body", "The body is nested too deeply.", Kind.MALFORMED) from None


def program_of(type_: JobType, job_input: JobInput) -> ProgramText:
    """Return the program of an input, which may be missing.

    Raises:
        Refusal: The input has what counts for the whole job.
    """
    if isinstance(job_input, list):
        return ProgramText(type_, None)
    try:
        check_of_job(job_input, "input")
    except CircuitError as error:
        raise refused(error) from error
    return ProgramText(type_, job_input.data)


def backend_of(field: str, name: str | None, other: str, also: str | None) -> str | None:
    """Return the backend of a job, which may be named as the other version of the API does.

    Args:
        field: What the version of the request calls it.
        name: What came in that field, or None.
        other: What the other version calls it.
        also: What came in that field, or None.

    Raises:
        Refusal: Both are given, and differ.
    """
    if name and also and name != also:
        message = f'"{field}" and "{other}" are both given, and differ.'
        raise invalid(other, message)
    return name or also
