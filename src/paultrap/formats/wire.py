"""The shape of a job's ``input`` without its gates: what the envelope of `split` decodes to.

Fields that are not here are told and ignored, by `decode_known`; `read_circuits` judges the rest.
"""

import re
from typing import Any

import msgspec

from paultrap.formats.errors import CircuitError

_AT = " - at `$"
ABSENT = msgspec.Raw()  # msgspec knows no optional Raw: empty means absent


#: Fields of the whole job, which change its answers: in one circuit they cannot have an effect.
OF_JOB = ("shots", "noise", "error_mitigation")


class CircuitEntry(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """One circuit of several; ``circuit`` is null where `split` took the gates out."""

    name: str | None = None
    qubits: int | float | str | None = None
    gateset: str | None = None
    format: str | None = None
    registers: msgspec.Raw = ABSENT
    circuit: Any = None
    circuits: Any = None
    data: Any = None
    shots: Any = None
    noise: Any = None
    error_mitigation: Any = None


class CircuitInput(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A job's ``input``: one circuit in ``circuit``, or several in ``circuits``."""

    name: str | None = None
    qubits: int | float | str | None = None
    gateset: str | None = None
    format: str | None = None
    registers: msgspec.Raw = ABSENT
    circuit: Any = None
    circuits: list[CircuitEntry] | None = None
    data: Any = None
    shots: Any = None
    noise: Any = None
    error_mitigation: Any = None


# The user manual of v0.3 also shows ``input`` as a list of full circuit objects.
JobInput = CircuitInput | list[CircuitEntry]

_MISSING = re.compile("Object missing required field `(.+)`")
_OTHER_TYPE = re.compile("Expected `(.+)`, got `(.+)`")
_KINDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "a string",
}


def wire_error(error: msgspec.DecodeError, root: str = "") -> CircuitError:
    """Return msgspec's verdict on JSON as a `CircuitError` with the place named.

    Args:
        error: What msgspec says.
        root: Where the JSON is in the body.
    """
    message, _, path = str(error).partition(_AT)
    path = (root + path.removesuffix("`")).removeprefix(".")
    if missing := _MISSING.fullmatch(message):
        path = f"{path}.{missing[1]}".removeprefix(".")
        message = "missing"
    elif other := _OTHER_TYPE.fullmatch(message):
        wanted = [kind for kind in other[1].split(" | ") if kind != "null"]
        message = f"expected {_words(wanted)}, not {_found(other[2])}"
    field = path.rpartition(".")[2] or None
    where = f"{path}: " if path else "the body: "
    return CircuitError(where + message, path=path, field=field)


def _words(kinds: list[str]) -> str:
    if {"int", "float"} <= set(kinds):
        kinds = [kind for kind in kinds if kind != "int"]
    return " or ".join(_KINDS.get(kind, kind) for kind in kinds)


def _found(kind: str) -> str:
    return "a number with a fraction" if kind == "float" else _KINDS.get(kind, kind)


class _OfJob(msgspec.Struct):
    shots: Any = None
    noise: Any = None
    error_mitigation: Any = None


def check_of_job(entry: CircuitEntry | CircuitInput | bytes, path: str) -> None:
    """Refuse what is said of one circuit, or of a whole input, and counts for all of a job.

    Args:
        entry: The circuit, or an input of any shape in JSON.
        path: Where it is in the body.

    Raises:
        CircuitError: It has such a field.
    """
    found = msgspec.json.decode(entry, type=_OfJob) if isinstance(entry, bytes) else entry
    for field in OF_JOB:
        if getattr(found, field) is not None:
            raise CircuitError(
                f'{path}.{field}: "{field}" is a field of the whole job, beside its input; one '
                "circuit has none of its own",
                path=f"{path}.{field}",
                field=field,
            )
