"""The `input` of jobs that are not circuits in JSON, as JSON Schema: programs and functions."""

from paultrap.api.documents.operations import Schema
from paultrap.settings import Settings

__all__ = ["energy_input", "maxcut_input", "qasm_input", "qir_input"]

_STRING: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_NUMBERS: Schema = {"type": "array", "items": _NUMBER}


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


def energy_input() -> Schema:
    """Return the schema of a function: the energy of a Hamiltonian in the state of an ansatz."""
    term = _object(
        "pauli_string",
        "coefficient",
        pauli_string=_STRING
        | {"description": "A letter for each qubit, the last for qubit 0; or such as `Z0 X3`."},
        coefficient=_NUMBER,
    )
    linear = _object("coeffs", "rhs", coeffs=_NUMBERS, rhs=_NUMBER)
    quadratic = _object(
        "quadratic_coeff",
        "linear_coeff",
        "rhs",
        quadratic_coeff={"type": "array", "items": _NUMBERS},
        linear_coeff=_NUMBERS,
        rhs=_NUMBER,
    )
    data = _object(
        "hamiltonian",
        "ansatz",
        hamiltonian={"type": "array", "items": term, "minItems": 1},
        ansatz=_object("data", data=_STRING | {"description": "OpenQASM with parameters."}),
        linear_constraints=_or_null({"type": "array", "items": linear}),
        quadratic_constraints=_or_null({"type": "array", "items": quadratic}),
        penalty=_or_null(_NUMBER),
        cvar_alpha=_or_null(_NUMBER),
    )
    return _object(
        "data",
        data=_object("type", "data", type={"const": "hamiltonian-energy"}, data=data),
        params=_NUMBERS | {"description": "In the order in which the ansatz declares them."},
    )


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


def maxcut_input() -> Schema:
    """Return the schema of a maximum cut: a graph as networkx writes its adjacency."""
    name = {"type": ["string", "integer"]}
    node = _object("id", id=name)
    neighbour = _object("id", id=name, weight=_NUMBER | {"default": 1})
    graph = _object(
        "nodes",
        "adjacency",
        directed={"const": False},
        multigraph={"const": False},
        graph={"type": ["array", "object"], "description": "What networkx writes; ignored."},
        nodes={"type": "array", "items": node},
        adjacency={
            "type": "array",
            "items": {"type": "array", "items": neighbour},
            "description": "The neighbours of each node, in the order of the nodes.",
        },
    )
    return _object("problem_type", "problem", problem_type={"const": "maxcut"}, problem=graph)
