"""Answers that both versions share, as types that a schema can be made of.

It knows no routes and no documents: those are made from what is here.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from paultrap.precision import Precision


def reference(name: str) -> dict[str, Any]:
    """Return the schema that refers to the component ``name``."""
    return {"$ref": f"#/components/schemas/{name}"}


def shown_as(shape: type) -> Meta:
    """Return the mark of a field that reads as ``shape``, though its type says less."""
    return Meta(extra_json_schema=reference(shape.__name__))


Uuid = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]

Metadata = Annotated[
    Raw,
    Meta(
        description="What the client sent, byte for byte.",
        extra_json_schema={
            "type": ["object", "null"],
            "additionalProperties": {"type": "string"},
        },
    ),
]

NoiseEcho = Annotated[
    Raw,
    Meta(
        description="The model of the noise and, where the job was sampled, the seed.",
        extra_json_schema={
            "type": "object",
            "properties": {"model": {"type": "string"}, "seed": {"type": "integer"}},
            "required": ["model"],
        },
    ),
]

RegistersEcho = Annotated[
    Raw,
    Meta(description="What the client sent, byte for byte.", extra_json_schema={"type": "object"}),
]


class Error(Struct):
    """Why a request was not answered as asked."""

    error: Annotated[str, Meta(description="The name of the status.")]
    message: Annotated[str, Meta(description="One sentence for a person.")]
    status_code: Annotated[int, Meta(description="The HTTP status.")] = field(name="statusCode")
    request_id: Annotated[
        str, Meta(description="Names the request in the server's log, as `x-request-id` does.")
    ] = field(name="requestId")


class JobFailure(Struct):
    """Why a job has failed, in the words of version 0.4."""

    code: str
    message: str
    error: str


class NotFoundError(Error):
    """Something is not there; of results, perhaps because their job has failed."""

    failure: JobFailure | UnsetType = UNSET


class Validation(Struct):
    """Where a request is wrong."""

    source: Literal["body", "query", "params", "headers"]
    keys: Annotated[list[str], Meta(description="The names of the fields that are wrong.")]


class BadRequestError(Error):
    """What is wrong with a request, and where."""

    validation: Validation


class ChangedJob(Struct):
    """A job that was canceled or deleted."""

    id: Uuid
    status: Literal["canceled", "deleted"]


class ChangedJobs(Struct):
    """Jobs that were canceled or deleted."""

    ids: list[Uuid]
    status: Literal["canceled", "deleted"]


class Fidelity(Struct):
    """How well an operation works, 1 being perfect."""

    median: float
    mean: float


class Fidelities(Struct):
    """Of gates on one qubit and on two, and of preparing and measuring a state."""

    one_qubit: Fidelity = field(name="1q")
    two_qubit: Fidelity = field(name="2q")
    spam: Fidelity


class Timing(Struct, kw_only=True):
    """Times of a machine in seconds."""

    readout: float
    reset: float
    one_qubit: float = field(name="1q")
    two_qubit: float = field(name="2q")
    t1: float | UnsetType = UNSET
    t2: float | UnsetType = UNSET


class Machine(Struct):
    """What is known of a machine, whatever the date."""

    id: Uuid
    backend: str
    qubits: int
    connectivity: list[tuple[int, int]]
    fidelity: Fidelities
    timing: Timing


class Calibration(Machine):
    """What is known of a machine, as cirq-ionq reads it."""

    target: str
    date: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class Calibrations(Struct):
    """What was known of a machine, newest first."""

    calibrations: list[Calibration]


class Progress(Struct):
    """How far a job has come."""

    id: Uuid
    status: Literal["submitted", "ready", "started", "canceled", "failed", "completed"]
    circuits: int
    circuits_done: int
    circuits_failed: int


class WaitingFor(Struct):
    """What the circuits of a job that are queued need and no host has now."""

    message: Annotated[str, Meta(description="For a person, as it follows “waiting for”.")]
    backend: Annotated[str | None, Meta(description="The plug-in that no worker has.")]
    memory_bytes: Annotated[int | None, Meta(description="The memory that no host has.")]
    largest_memory_bytes: Annotated[
        int | None, Meta(description="The memory of the largest host that could run it otherwise.")
    ]


class Details(Progress):
    """By what rules a job is computed, and what it waits for."""

    type: str
    backend: str
    engine_version: Annotated[
        str | None,
        Meta(description="Fixed when the job starts; null before, and where it is not known."),
    ]
    precision: Annotated[Precision | None, Meta(description="Of the amplitudes; likewise.")]
    engine_versions: Annotated[
        list[str | None],
        Meta(
            description="Which have run what is done; null is that of an earlier release, "
            "which did not say."
        ),
    ]
    waiting_for: Annotated[
        WaitingFor | None, Meta(description="Null where it is only not its turn yet.")
    ]


class Health(Struct):
    """That the server is well."""

    status: Literal["alive", "ready"]
    note: Annotated[
        str | UnsetType, Meta(description="That jobs are taken, but nobody is there to run them.")
    ] = UNSET
