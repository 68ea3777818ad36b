"""JSON of a request body in a shape, or a `Refusal` that names the field."""

from typing import TypeVar

import msgspec

from paultrap.admission import Kind, Refusal
from paultrap.formats import CircuitError, SplitJob, split, wire_error

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


def decode(body: bytes | msgspec.Raw, shape: type[T], *, strict: bool = True) -> T:
    """Return the JSON in ``body`` in the given shape.

    Args:
        body: The whole JSON text.
        shape: The type that the JSON is decoded to.
        strict: Whether numbers and booleans may not come as text.

    Raises:
        Refusal: It is not JSON, or has another shape.
    """
    try:
        return msgspec.json.decode(body, type=shape, strict=strict)
    except msgspec.DecodeError as error:
        found = wire_error(error)
        raise Refusal(found.path, found.message, Kind.MALFORMED) from None
    except UnicodeDecodeError:
        raise Refusal("body", "The body is not valid UTF-8.", Kind.MALFORMED) from None
    except RecursionError:
        raise Refusal("body", "The body is nested too deeply.", Kind.MALFORMED) from None
