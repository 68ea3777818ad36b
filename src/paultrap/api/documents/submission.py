"""The body of a submission as JSON Schema: the envelope of either version around the same circuits.

What clients send beyond it, such as numbers as text, is taken all the same; see docs/reference/quirks.md.
"""

from paultrap.admission import MAX_SEED
from paultrap.api.documents.gates import NATIVE, QIS
from paultrap.api.documents.operations import Schema
from paultrap.api.machines import MAX_INT32
from paultrap.api.shapes import reference
from paultrap.circuits import Evolution
from paultrap.defaults import DEFAULT_SHOTS
from paultrap.functions import TYPES, Function, class_of
from paultrap.jobs import JobType
from paultrap.machines import ALIASES, Machines
from paultrap.settings import Settings

_STRING: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}


def v04_body(settings: Settings, machines: Machines) -> Schema:
    """Return the schema of a version 0.4 submission."""
    shared = _shared(settings, machines) | {
        "backend": _backend(machines),
        "session_id": {
            "type": ["string", "null"],
            "description": "The session that the job is part of.",
        },
        "settings": _object(error_mitigation=_object(debiasing=_FLAG, symmetry_verification=_FLAG)),
    }
    forms: tuple[tuple[str, JobType, Schema], ...] = (
        ("One circuit", JobType.CIRCUIT, {"oneOf": _single(settings)}),
        ("Several circuits", JobType.MULTI_CIRCUIT, _several(settings)),
        ("A program in OpenQASM 3", JobType.QASM3, _qasm_input(settings, 3)),
        ("A program in OpenQASM 2", JobType.QASM2, _qasm_input(settings, 2)),
        ("A program in QIR", JobType.QIR, _qir_input(settings)),
    )
    found = [
        _object("type", "backend", "input", type={"const": str(name)}, input=shape, **shared)
        | {"title": title}
        for title, name, shape in forms
    ]
    return {"oneOf": [*found, *(_function(class_of(each), shared) for each in TYPES)]}


def _function(function: type[Function], shared: dict[str, Schema]) -> Schema:
    more = function.body_schema()
    found = _object(
        "type",
        "backend",
        "input",
        *more,
        type={"const": function.type},
        input=function.input_schema(),
        **more,
        **shared,
    )
    return found | {"title": function.title}


def clone_body(settings: Settings, machines: Machines) -> Schema:
    """Return the schema of what may differ in a clone."""
    shared = _shared(settings, machines) | {
        "backend": _backend(machines),
        "settings": {"type": "object"},
        "session_id": {"type": ["string", "null"]},
    }
    return _object(**shared) | {"description": "What is left out is as in the other job."}


def ids_body(*_: object) -> Schema:
    """Return the schema of the body that names several jobs."""
    ids: Schema = {
        "type": "array",
        "items": {"type": "string", "format": "uuid"},
        "maxItems": 5_000,
    }
    return {"type": "object", "properties": {"ids": ids}, "required": ["ids"]}


def session_body(_: Settings, machines: Machines) -> Schema:
    """Return the schema of what a session is made of."""
    whole = {"type": "integer", "minimum": 1, "maximum": MAX_INT32}
    cost = _object("value", unit={"const": "usd"}, value={"type": "number", "exclusiveMinimum": 0})
    limits = _object(job_count_limit=whole, duration_limit_min=whole, cost_limit=cost)
    return _object("backend", backend=_backend(machines), settings=limits)


def v03_body(settings: Settings, machines: Machines) -> Schema:
    """Return the schema of a version 0.3 submission."""
    form: dict[str, Schema] = {"format": {"const": "ionq.circuit.v0"}}
    listed = {
        "title": "A list of circuits",
        "type": "array",
        "items": {"oneOf": _single(settings, **form)},
        "minItems": 1,
        "maxItems": settings.max_circuits,
    }
    return _object(
        "input",
        input={
            "oneOf": [
                *_single(settings, **form),
                _several(settings, **form),
                listed,
                *_programs(settings),
            ]
        },
        target=_backend(machines) | {"default": "simulator"},
        error_mitigation=_object(debias=_FLAG),
        registers={"type": "object", "description": "Given back as it is sent."},
        settings={"type": "object"},
        **_shared(settings, machines),
    )


def _programs(settings: Settings) -> list[Schema]:
    """Return the schemas of the programs of version 0.3, which names languages by their format."""
    named = (
        ("OpenQASM 3", _qasm_input(settings, 3), ["qasm", "openqasm", "ionq.qasm3.v1"]),
        ("OpenQASM 2", _qasm_input(settings, 2), ["qasm2", "openqasm2", "ionq.qasm2.v1"]),
        ("QIR", _qir_input(settings), ["qir", "ionq.qir.v1"]),
    )
    return [
        _object("format", *shape["required"], format={"enum": names}, **shape["properties"])
        | {"title": f"A program in {language}"}
        for language, shape, names in named
    ]


def _object(*required: str, **fields: Schema) -> Schema:
    found: Schema = {"type": "object", "properties": fields}
    return found | ({"required": list(required)} if required else {})


def _shared(settings: Settings, machines: Machines) -> dict[str, Schema]:
    return {
        "name": _STRING,
        "shots": {
            "type": "integer",
            "minimum": 1,
            "maximum": settings.max_shots,
            "default": DEFAULT_SHOTS,
            "description": "Of each circuit; an exact answer does not depend on it.",
        },
        "metadata": {
            "type": "object",
            "additionalProperties": _STRING,
            "description": "Given back byte for byte; only the size of the body limits it.",
        },
        "noise": _noise(machines),
        "paultrap": _object(
            pauliexp={
                "type": ["string", "null"],
                "enum": [*Evolution, None],
                "description": "What a pauliexp means whose terms do not commute: one step of first "
                "order, the first term first, or the exponential of their sum.",
            }
        )
        | {"description": "What only this server knows.", "additionalProperties": False},
        "dry_run": _FLAG | {"description": "Check the job and compile it, but do not run it."},
    }


def _noise(machines: Machines) -> Schema:
    seed = {
        "type": ["integer", "null"],
        "minimum": -MAX_SEED,
        "maximum": MAX_SEED,
        "description": "The same seed gives the same answer; without one, it is drawn.",
    }
    return _object("model", model={"type": "string", "enum": machines.noise_names()}, seed=seed)


def _backend(machines: Machines) -> Schema:
    there_are = [each.name for each in machines.available()]
    return {"type": "string", "enum": [*there_are, *ALIASES]}


def _single(settings: Settings, **more: Schema) -> list[Schema]:
    """Return the schemas of the input of one circuit: of qis gates, or of native ones."""
    qis = _object("circuit", gateset={"const": "qis"}, **_circuit(QIS, settings), **more)
    native = _object(
        "circuit", "gateset", gateset={"const": "native"}, **_circuit(NATIVE, settings), **more
    )
    return [qis | {"title": "qis gates"}, native | {"title": "native gates"}]


def _several(settings: Settings, **more: Schema) -> Schema:
    """Return the schema of the input of several circuits, each of its own gateset."""
    entries = [
        _object(
            "circuit",
            name=_STRING,
            gateset={"const": name, "description": "Where it is not the job's."},
            registers={"type": "object"},
            **_circuit(gate, settings),
        )
        | {"title": f"{name} gates"}
        for name, gate in (("qis", QIS), ("native", NATIVE))
    ]
    circuits = {
        "type": "array",
        "items": {"anyOf": entries},
        "minItems": 1,
        "maxItems": settings.max_circuits,
        "description": f"With {settings.max_gates:,} gates at most, all together.",
    }
    gateset = {"type": "string", "enum": ["qis", "native"], "default": "qis"}
    found = _object(
        "circuits", gateset=gateset, qubits=_qubits(settings), circuits=circuits, **more
    )
    return found | {"title": "Several circuits"}


def _circuit(gate: str, settings: Settings) -> dict[str, Schema]:
    return {
        "qubits": _qubits(settings),
        "circuit": {
            "type": "array",
            "items": reference(gate),
            "maxItems": settings.max_gates,
            "description": "Gates in the order in which they act.",
        },
    }


def _qubits(settings: Settings) -> Schema:
    return {"type": "integer", "minimum": 1, "maximum": settings.max_qubits}


def _qasm_input(settings: Settings, version: int) -> Schema:
    """Return the schema of a program in OpenQASM."""
    text = _program(settings, f"The text of the program, in OpenQASM {version}.")
    return _object("data", data=text | {"maxLength": settings.max_program_bytes})


def _qir_input(settings: Settings) -> Schema:
    """Return the schema of a program in QIR."""
    text = _program(settings, "The bitcode of the program, of QIR's base profile, in base64.")
    return _object("data", data=text | {"contentEncoding": "base64"})


def _program(settings: Settings, text: str) -> Schema:
    limit = f"It may have {settings.max_program_bytes:,} bytes."
    return {"type": "string", "minLength": 1, "description": f"{text} {limit}"}
