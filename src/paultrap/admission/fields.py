"""Checks of single fields of a job; each refusal names its field."""

from typing import Any

import msgspec
from msgspec import Raw

from paultrap import defaults
from paultrap.admission.refusals import Kind, Refusal, invalid, refused
from paultrap.admission.requests import JobFields
from paultrap.circuits import Evolution, Limit, OverLimit
from paultrap.formats import decode_known, whole_number, wire_error
from paultrap.machines import Backend, Machines


class _Mitigation(msgspec.Struct, forbid_unknown_fields=True):
    """The field `error_mitigation`; `debias` is version 0.3's name for `debiasing`."""

    debias: bool | None = None
    debiasing: bool | None = None
    symmetry_verification: Any = None  # of machines that have it


class _Settings(msgspec.Struct, forbid_unknown_fields=True):
    """The field `settings`: what it says of mitigation, and what clients tell IonQ's compiler."""

    error_mitigation: _Mitigation | None = None
    compilation: Any = None


def check_backend(field: str, name: str, machines: Machines) -> Backend:
    """Return a backend that runs jobs.

    Args:
        field: The name of the field in this version of the API.
        name: The field's value.
        machines: The backends that can be named.

    Raises:
        Refusal: There is no such backend, it runs nothing, or none is named.
    """
    backend = machines.resolve(name)
    if backend is not None and machines.takes_jobs(backend):
        return backend
    there_are = ", ".join(f'"{each.name}"' for each in machines.available())
    if not name:
        raise invalid(field, f"missing; jobs run on {there_are}.", Kind.MALFORMED)
    name = name if backend is None else backend.name
    absence = None if backend is None else machines.absence_of(backend)
    if absence is not None:
        message = f'"{name}" is not available: {absence}; jobs run on {there_are}.'
    elif backend is not None or name.startswith("qpu"):
        message = f'"{name}" is not available; jobs run on {there_are}.'
    else:
        message = f'there is no backend "{name}"; jobs run on {there_are}.'
    raise invalid(field, message, Kind.UNKNOWN)


def check_shots(value: Any, limit: int) -> int:
    """Return the number of shots; some clients send it as text.

    Args:
        value: What came in the field, or `msgspec.UNSET`. Cirq writes a missing number as "None".
        limit: The highest number that is allowed.

    Raises:
        Refusal: It is no whole number from 1 to the limit.
    """
    if value is msgspec.UNSET or value == "None":
        return defaults.DEFAULT_SHOTS
    shots = whole_number(value)
    if shots is None:
        raise invalid("shots", f"expected a whole number from 1 to {limit:,}.", Kind.MALFORMED)
    if not 1 <= shots <= limit:
        said = f"shots: {shots:.10g} is outside 1 to {limit:,}"
        raise Refusal("shots", OverLimit(Limit.SHOTS, said, "."), Kind.LIMIT)
    return shots


def check_name(name: str | None) -> str | None:
    """Return the name of a job.

    Raises:
        Refusal: It has a character that not every database can store in a text.
    """
    if name is not None and "\0" in name:
        raise invalid("name", "the character U+0000 cannot be stored.", Kind.MALFORMED)
    return name


def check_metadata(raw: Raw) -> bytes | None:
    """Return the metadata as it was sent, byte for byte, or None.

    Keys and values may be as many and as long as the body holds: clients keep whole circuits there.

    Raises:
        Refusal: It is no object of strings.
    """
    if bytes(raw) == b"null":
        return None
    try:
        msgspec.json.decode(raw, type=dict[str, str])
    except msgspec.ValidationError:
        raise invalid("metadata", _metadata_problem(raw), Kind.MALFORMED) from None
    return bytes(raw)


def _metadata_problem(raw: Raw) -> str:
    if bytes(raw).startswith(b"{"):
        for name, value in msgspec.json.decode(raw, type=dict[str, Raw]).items():
            if not bytes(value).startswith(b'"'):
                return f'the value of "{name[:64]}" must be a string.'
    return "expected an object whose values are all strings."


def check_object(field: str, raw: Raw) -> bytes | None:
    """Return a JSON object that is passed through unread, or None.

    Raises:
        Refusal: It is something else.
    """
    if bytes(raw) == b"null":
        return None
    if not bytes(raw).startswith(b"{"):
        raise invalid(field, "expected an object.", Kind.MALFORMED)
    return bytes(raw)


class _Extension(msgspec.Struct, forbid_unknown_fields=True):
    """What a client of this server alone can say, in the field `paultrap`."""

    pauliexp: Evolution | None = None


def check_evolution(raw: Raw) -> Evolution | None:
    """Return what a ``pauliexp`` is to mean, or None where the job does not say.

    Args:
        raw: What came in the field ``paultrap``.

    Raises:
        Refusal: It has another shape, or a member that is not known.
    """
    try:
        found = msgspec.json.decode(raw, type=_Extension | None)
    except msgspec.ValidationError as error:
        raise refused(wire_error(error, "paultrap"), Kind.MALFORMED) from None
    return None if found is None else found.pauliexp


def check_debiasing(asked: JobFields) -> bool | None:
    """Return whether a job asks for debiasing; None when it leaves the choice to the machine.

    Clients of either version say so at the top or in the settings.

    Args:
        asked: The job's ``settings``, an object or null, and its ``error_mitigation``.

    Raises:
        Refusal: Either has another shape.
    """
    field = "settings"
    try:
        within = decode_known(asked.settings, _Settings | None, asked.notices, path=field)
        field = "error_mitigation"
        top = decode_known(asked.error_mitigation, _Mitigation | None, asked.notices, path=field)
    except msgspec.ValidationError as error:
        raise refused(wire_error(error, field), Kind.MALFORMED) from None
    for found in (within.error_mitigation if within else None, top):
        if found is not None:
            return found.debias if found.debiasing is None else found.debiasing
    return None
