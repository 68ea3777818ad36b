"""A gate as JSON Schema, made from the table of gates."""

from itertools import groupby
from typing import Any

from paultrap.api.documents.operations import Schema
from paultrap.circuits import ALIASES, GATES, Gate
from paultrap.settings import Settings

QIS = "QisGate"
NATIVE = "NativeGate"

_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}}
_ANGLES: dict[str, Schema] = {
    "rotation": {"type": "number", "description": "Radians."},
    "phase": {"type": "number", "description": "Turns."},
    "phases": _NUMBERS | {"minItems": 2, "maxItems": 2, "description": "Turns."},
    "angle": {"type": "number", "description": "Turns."},
    "time": {"type": "number", "minimum": 0},
    "coefficients": _NUMBERS | {"minItems": 1},
    "terms": {
        "type": "array",
        "items": {"type": "string", "pattern": "^[IXYZ]+$"},
        "minItems": 1,
        "description": "One for each coefficient; the rightmost letter acts on the first target.",
    },
}


def gate_schemas(settings: Settings) -> dict[str, Schema]:
    """Return the schema of a gate of each gateset, by the name that others refer to it with."""
    return {
        QIS: {"title": QIS, "anyOf": _gates("qis", settings)},
        NATIVE: {"title": NATIVE, "anyOf": _gates("native", settings)},
    }


def _gates(gateset: str, settings: Settings) -> list[Schema]:
    """Return one schema for each group of gates that take the same fields."""
    found = [gate for gate in GATES.values() if gate.gateset == gateset]
    ordered = sorted(found, key=_fields_of)
    return [_gate(list(group), settings) for _, group in groupby(ordered, key=_fields_of)]


def _fields_of(gate: Gate) -> tuple[Any, ...]:
    rotates = gate.rotated is not None
    return gate.targets, gate.params, gate.min_controls, gate.controllable, rotates


def _gate(group: list[Gate], settings: Settings) -> Schema:
    first = group[0]
    names = [gate.name for gate in group]
    if first.gateset == "qis":
        names += [other for other, name in ALIASES.items() if name in names]
    qubit = {"type": "integer", "minimum": 0, "maximum": settings.max_qubits - 1}
    several = {"type": "array", "items": qubit, "uniqueItems": True}
    count = {"maxItems": first.targets} if first.targets else {}
    fields: dict[str, Schema] = {
        "gate": {"type": "string", "enum": names},
        "targets": several | {"minItems": first.targets or 1} | count,
    }
    if first.targets == 1:
        fields["target"] = qubit
    if first.controllable:
        fields |= {"controls": several, "control": qubit}
    if first.rotated is not None:
        fields["rotation"] = _ANGLES["rotation"] | {"description": "Radians; without it pi."}
    fields |= {name: _ANGLES[name] for name in first.params}
    optional = {"angle"} if "phases" in first.params else set()
    required = ["gate", *(name for name in first.params if name not in optional)]
    if first.targets != 1:
        required.append("targets")
    either = [("target", "targets")] if first.targets == 1 else []
    either += [("control", "controls")] if first.min_controls else []
    choices = [{"anyOf": [{"required": [name]} for name in pair]} for pair in either]
    found: Schema = {"type": "object", "properties": fields, "required": required}
    found["title"] = ", ".join(names)
    return found | ({"allOf": choices} if choices else {})
