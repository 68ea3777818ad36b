"""The inputs of functions: read in the shape that they should have, and documented as JSON Schema."""

from typing import TypeVar

import msgspec

from paultrap.formats import CircuitError
from paultrap.functions.function import Schema

T = TypeVar("T")

STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
NUMBERS: Schema = {"type": "array", "items": NUMBER}


def object_of(*required: str, **fields: Schema) -> Schema:
    """Return the schema of an object that has to have some of its fields."""
    found: Schema = {"type": "object", "properties": fields}
    return found | ({"required": list(required)} if required else {})


def or_null(schema: Schema) -> Schema:
    """Return the schema of what may be null too."""
    return schema | {"type": [schema["type"], "null"]}


def decoded(text: bytes | msgspec.Raw, shape: type[T], path: str) -> T:
    """Return the JSON at ``path``.

    Raises:
        CircuitError: It has another shape; the message names the field.
    """
    try:
        return msgspec.json.decode(bytes(text) or b"null", type=shape)
    except msgspec.ValidationError as error:
        raise CircuitError(f"{path}: {error}", path=path, field=path.rpartition(".")[2]) from None
