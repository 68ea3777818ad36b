"""The body of a submission as JSON Schema: the envelope of either version around the same circuits.

What clients send beyond it, such as numbers as text, is taken all the same; see docs/quirks.md.
"""

from itertools import groupby
from typing import Any

from paultrap.api.documents.operations import Schema
from paultrap.circuits import ALIASES, GATES, Gate
from paultrap.engine.noise import noise_models
from paultrap.jobs import ALIASES as BACKEND_ALIASES
from paultrap.jobs import BACKENDS, IDEAL
from paultrap.settings import Settings

__all__ = ["v03_body", "v04_body"]

_STRING: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}}
_MAX_SEED = 2**31 - 1

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


def v04_body(settings: Settings) -> Schema:
    """Return the schema of a version 0.4 submission."""
    shared = _shared(settings) | {
        "backend": _backend(),
        "settings": _object(error_mitigation=_object(debiasing=_FLAG, symmetry_verification=_FLAG)),
    }
    single = _object("circuit", gateset=_gateset(), **_one(settings))
    several = _object("circuits", gateset=_gateset(), **_list(settings))
    return {
        "oneOf": [
            _object("type", "backend", "input", type={"const": name}, input=shape, **shared)
            | {"title": title}
            for title, name, shape in (
                ("One circuit", "ionq.circuit.v1", single),
                ("Several circuits", "ionq.multi-circuit.v1", several),
            )
        ]
    }


def v03_body(settings: Settings) -> Schema:
    """Return the schema of a version 0.3 submission."""
    form = {"format": {"const": "ionq.circuit.v0"}, "gateset": _gateset()}
    single = _object("circuit", **form, **_one(settings)) | {"title": "One circuit"}
    several = _object("circuits", **form, **_list(settings)) | {"title": "Several circuits"}
    listed = {
        "title": "A list of circuits",
        "type": "array",
        "items": single,
        "minItems": 1,
        "maxItems": settings.max_circuits,
    }
    return _object(
        "input",
        input={"oneOf": [single, several, listed]},
        target=_backend() | {"default": "simulator"},
        error_mitigation=_object(debias=_FLAG),
        registers={"type": "object", "description": "Given back as it is sent."},
        settings={"type": "object"},
        **_shared(settings),
    )


def _object(*required: str, **fields: Schema) -> Schema:
    found: Schema = {"type": "object", "properties": fields}
    return found | ({"required": list(required)} if required else {})


def _shared(settings: Settings) -> dict[str, Schema]:
    return {
        "name": _STRING,
        "shots": {
            "type": "integer",
            "minimum": 1,
            "maximum": settings.max_shots,
            "default": 100,
            "description": "Of each circuit; an exact answer does not depend on it.",
        },
        "metadata": {
            "type": "object",
            "additionalProperties": _STRING,
            "description": "Given back byte for byte; only the size of the body limits it.",
        },
        "noise": _noise(),
        "dry_run": _FLAG | {"description": "Check the job and compile it, but do not run it."},
    }


def _noise() -> Schema:
    seed = {
        "type": ["integer", "null"],
        "minimum": -_MAX_SEED,
        "maximum": _MAX_SEED,
        "description": "The same seed gives the same answer; without one, it is drawn.",
    }
    return _object(
        "model", model={"type": "string", "enum": [IDEAL, *sorted(noise_models())]}, seed=seed
    )


def _backend() -> Schema:
    there_are = [each.name for each in BACKENDS.values() if each.status == "available"]
    return {"type": "string", "enum": [*there_are, *BACKEND_ALIASES]}


def _gateset() -> Schema:
    return {"type": "string", "enum": ["qis", "native"], "default": "qis"}


def _qubits(settings: Settings) -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": settings.max_qubits}


def _one(settings: Settings) -> dict[str, Schema]:
    return {
        "qubits": _qubits(settings),
        "circuit": {
            "type": "array",
            "items": {"anyOf": _gates(settings)},
            "maxItems": settings.max_gates,
            "description": "Gates of one gateset, in the order in which they act.",
        },
    }


def _list(settings: Settings) -> dict[str, Schema]:
    entry = _object(
        "circuit",
        name=_STRING,
        gateset=_gateset() | {"description": "Where it is not the job's."},
        registers={"type": "object"},
        **_one(settings),
    )
    circuits = {
        "type": "array",
        "items": entry,
        "minItems": 1,
        "maxItems": settings.max_circuits,
        "description": f"With {settings.max_gates:,} gates at most, all together.",
    }
    return {"qubits": _qubits(settings), "circuits": circuits}


def _gates(settings: Settings) -> list[Schema]:
    """Return one schema for each group of gates that take the same fields."""
    ordered = sorted(GATES.values(), key=_fields_of)
    return [_gate(list(group), settings) for _, group in groupby(ordered, key=_fields_of)]


def _fields_of(gate: Gate) -> tuple[Any, ...]:
    rotates = gate.rotated is not None
    return gate.gateset, gate.targets, gate.params, gate.min_controls, gate.controllable, rotates


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
    found = _object(*required, **fields) | {"title": f"{first.gateset}: {', '.join(names)}"}
    return found | ({"allOf": choices} if choices else {})
