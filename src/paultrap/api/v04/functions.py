"""Quantum functions in version 0.4: how they are sent, and what stands in their jobs."""

from typing import Any

from msgspec import Raw

from paultrap.api.bodies import decode
from paultrap.functions import Function, class_of

__all__ = ["function_output", "read_function"]


def read_function(type_: str, envelope: bytes) -> Function:
    """Return the function that a submission asks for.

    Raises:
        ApiError, CircuitError: 400 naming the field.
    """
    body = decode(envelope, dict[str, Raw])
    members = {name: bytes(value) for name, value in body.items()}
    return class_of(type_).read(members.get("input", b"null"), members)


def function_output(type_: str, outcome: dict[str, Any] | None) -> dict[str, Any]:
    """Return the `output` of a function: what is in its results, where some clients look."""
    return {} if outcome is None else class_of(type_).output(outcome)
