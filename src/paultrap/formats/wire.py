"""The shape of a job's ``input`` without its gates: what the envelope of `split` decodes to.

Unknown fields are ignored, as clients send some; `read_circuits` judges the rest.
"""

import re
from typing import Any

import msgspec

from paultrap.formats.errors import CircuitError

_AT = " - at `$"
ABSENT = msgspec.Raw()  # msgspec knows no optional Raw: empty means absent


class CircuitEntry(msgspec.Struct, gc=False):
    """One circuit of several; ``circuit`` is null where `split` took the gates out."""

    name: str | None = None
    qubits: int | float | str | None = None
    gateset: str | None = None
    format: str | None = None
    registers: msgspec.Raw = ABSENT
    circuit: Any = None
    circuits: Any = None
    data: Any = None


class CircuitInput(msgspec.Struct, gc=False):
    """A job's ``input``: one circuit in ``circuit``, or several in ``circuits``."""

    name: str | None = None
    qubits: int | float | str | None = None
    gateset: str | None = None
    format: str | None = None
    registers: msgspec.Raw = ABSENT
    circuit: Any = None
    circuits: list[CircuitEntry] | None = None
    data: Any = None


# The user manual of v0.3 also shows ``input`` as a list of full circuit objects.
JobInput = CircuitInput | list[CircuitEntry]

_MISSING = re.compile("Object missing required field `(.+)`")


def wire_error(error: msgspec.DecodeError) -> CircuitError:
    """Return msgspec's verdict on an envelope as a `CircuitError` with the place named."""
    message, _, path = str(error).partition(_AT)
    path = path.removesuffix("`").removeprefix(".")
    if missing := _MISSING.fullmatch(message):
        path = f"{path}.{missing[1]}".removeprefix(".")
        message = "missing"
    field = path.rpartition(".")[2] or None
    where = f"{path}: " if path else "the body: "
    return CircuitError(where + message, path=path, field=field)
