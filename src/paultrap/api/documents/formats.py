"""Every format of results and circuits as JSON Schema."""

from typing import Any

from paultrap.api.documents.operations import shaped

_DRAFT = "https://json-schema.org/draft-07/schema"
_STATE = "^(0|[1-9][0-9]*)$"
_BITS = "^[01]+$"
_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

_PROBABILITY: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 1}
_QUBIT: dict[str, Any] = {"type": "integer", "minimum": 0}
_TURNS: dict[str, Any] = {"type": "number"}


def _record(**fields: Any) -> dict[str, Any]:
    """Return the schema of an object that has all of ``fields`` and no other."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _keyed(pattern: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object whose keys all match ``pattern``."""
    return {"type": "object", "propertyNames": {"pattern": pattern}, "additionalProperties": value}


def _by_register(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    registers = {"type": "object", "additionalProperties": value}
    return _record(**{kind: _record(registers=registers)})


def _pair(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 2, "maxItems": 2}


def _several(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _gate(name: str, **fields: Any) -> dict[str, Any]:
    return _record(gate={"const": name}, **fields)


_NATIVE_GATES = [
    _gate("gpi", target=_QUBIT, phase=_TURNS),
    _gate("gpi2", target=_QUBIT, phase=_TURNS),
    _gate("ms", targets=_pair(_QUBIT), phases=_pair(_TURNS), angle=_TURNS),
    _gate("zz", targets=_pair(_QUBIT), angle=_TURNS),
    _gate("nop", target=_QUBIT),
    _gate("nop", targets=_several(_QUBIT)),
]

_SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "ionq.result.probabilities.json.v1": (
        (
            "The states that were seen, as decimal numbers in which qubit 0 is the lowest bit, and "
            "the probability of each."
        ),
        _keyed(_STATE, _PROBABILITY),
    ),
    "ionq.result.probabilities.json.v2": (
        (
            "Of each register the bit strings that were seen, highest bit at the left, and the "
            "probability of each."
        ),
        _by_register("probabilities", _keyed(_BITS, _PROBABILITY)),
    ),
    "ionq.result.histogram.json.v1": (
        (
            "The states that were seen, as decimal numbers in which qubit 0 is the lowest bit, and "
            "in how many shots each was."
        ),
        _keyed(_STATE, _COUNT),
    ),
    "ionq.result.histogram.json.v2": (
        (
            "Of each register the bit strings that were seen, highest bit at the left, and in how "
            "many shots each was."
        ),
        _by_register("histogram", _keyed(_BITS, _COUNT)),
    ),
    "ionq.result.shots.json.v1": (
        "The state of each shot in order, as a decimal number in which qubit 0 is the lowest bit.",
        _several({"type": "string", "pattern": _STATE}),
    ),
    "ionq.result.shots.json.v2": (
        "Of each shot in order the bits of every register, bit 0 first.",
        _record(
            shots=_several(
                _record(
                    registers={
                        "type": "object",
                        "additionalProperties": _several({"type": "integer", "enum": [0, 1]}),
                    }
                )
            )
        ),
    ),
    "ionq.result.probabilities-aggregate.json.v1": (
        "For the id of each child, in the order of the circuits, the probabilities of its states.",
        _keyed(_UUID, _keyed(_STATE, _PROBABILITY)),
    ),
    "ionq.native.v1": (
        "A circuit of native gates; phases and angles are in turns.",
        _record(
            qubits={"type": "integer", "minimum": 1},
            circuit=_several({"oneOf": _NATIVE_GATES}),
        ),
    ),
    "ionq.qasm3.v1": ("The text of an OpenQASM 3 program.", {"type": "string"}),
}

#: The document of each format.
FORMATS: dict[str, dict[str, Any]] = {
    name: {"$schema": _DRAFT, "$id": name, "description": text, **shape}
    for name, (text, shape) in _SHAPES.items()
}


def payload(*names: str) -> Any:
    """Return a type that reads as the schema of one of the formats ``names``."""
    shapes = [
        {key: value for key, value in FORMATS[name].items() if not key.startswith("$")}
        for name in names
    ]
    return shaped(shapes[0] if len(shapes) == 1 else {"anyOf": shapes})
