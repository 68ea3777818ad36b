"""JSON Schema, as the documents of functions write it."""

from paultrap.functions.function import Schema

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
