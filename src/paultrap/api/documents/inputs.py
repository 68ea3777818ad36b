"""The `input` of programs, as JSON Schema."""

from paultrap.api.documents.operations import Schema
from paultrap.settings import Settings


def _object(*required: str, **fields: Schema) -> Schema:
    found: Schema = {"type": "object", "properties": fields}
    return found | ({"required": list(required)} if required else {})


def qasm_input(settings: Settings) -> Schema:
    """Return the schema of a program in OpenQASM 3."""
    text = _program(settings, "The text of the program, in OpenQASM 3.")
    return _object("data", data=text | {"maxLength": settings.max_program_bytes})


def qir_input(settings: Settings) -> Schema:
    """Return the schema of a program in QIR."""
    text = _program(settings, "The bitcode of the program, of QIR's base profile, in base64.")
    return _object("data", data=text | {"contentEncoding": "base64"})


def _program(settings: Settings, text: str) -> Schema:
    limit = f"It may have {settings.max_program_bytes:,} bytes."
    return {"type": "string", "minLength": 1, "description": f"{text} {limit}"}
