"""Quantum functions in version 0.4: how they are sent, and what stands in their jobs."""

from typing import Any

import msgspec
from msgspec import Raw

from paultrap.api.bodies import decode
from paultrap.api.errors import invalid
from paultrap.api.fields import NULL
from paultrap.functions import Function, function_of
from paultrap.jobs import JobType

__all__ = ["function_output", "read_function"]


class _Credentials(msgspec.Struct):
    api_credentials: str


class _Body(msgspec.Struct):
    input: Raw = NULL
    external_settings: Raw = NULL


def read_function(type_: JobType, envelope: bytes) -> Function:
    """Return the function that a submission asks for.

    The credentials that QAOA has to come with are looked at and forgotten: the search is our own.

    Raises:
        ApiError, CircuitError: 400 naming the field.
    """
    sent = decode(envelope, _Body)
    if type_ is JobType.QAOA:
        _check_credentials(sent.external_settings)
    return function_of(type_, bytes(sent.input))


def _check_credentials(settings: Raw) -> None:
    try:
        found = msgspec.json.decode(settings, type=_Credentials)
    except msgspec.ValidationError:
        found = None
    if found is None or not found.api_credentials:
        raise invalid("external_settings.api_credentials", "missing; any text will do.")


def function_output(outcome: dict[str, Any] | None) -> dict[str, Any]:
    """Return the `output` of a function: what is in its results, where some clients look."""
    if outcome is None or "value" not in outcome:
        return {}
    return outcome | {"energy": outcome["value"]}
