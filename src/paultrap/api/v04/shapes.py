"""Parts of version 0.4's jobs and answers, as types that a schema can be made of."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from paultrap.api.shapes import Machine, Uuid, reference
from paultrap.functions import TYPES, class_of

SettingsEcho = Annotated[
    Raw,
    Meta(description="What the client sent, byte for byte.", extra_json_schema={"type": "object"}),
]


class Artifact(Struct):
    """What the artifact path answers under ``id``."""

    id: str
    format: Annotated[str, Meta(description="See `/schemas/formats/{format}`.")]
    media_type: str


class Result(Artifact):
    """An artifact that also has a separate path."""

    url: Annotated[str | UnsetType, Meta(description="From the root of the server.")] = UNSET


#: Marks a job's results, an object of such.
RESULTS = Meta(
    description="Under the name of each format, and under short names with a `url`; or what a "
    "function has come to.",
    extra_json_schema={
        "anyOf": [
            {"type": "object", "additionalProperties": reference("Result")},
            *(class_of(each).result_schema() | {"title": class_of(each).title} for each in TYPES),
        ]
    },
)


class GateCounts(Struct):
    """How many gates a job has."""

    one_qubit: int = field(name="1q")
    two_qubit: Annotated[int, Meta(description="On two qubits or more.")] = field(name="2q")


class Stats(Struct):
    """How large a job is."""

    qubits: int
    circuits: int
    gate_counts: GateCounts


class Variant(Struct, kw_only=True):
    """One of the forms in which a debiased circuit ran."""

    variant_id: Uuid
    qubit_map: list[int]
    shots: int
    results: dict[str, Artifact] | UnsetType = UNSET


class Debiasing(Struct):
    """How a circuit was debiased."""

    variants: list[Variant]
    aggregation_method: str


class Mitigation(Struct, kw_only=True):
    """What was done about noise."""

    debiasing: Annotated[Debiasing | bool, Meta(description="false where the job is not debiased.")]
    aggregations: dict[str, Artifact] | UnsetType = UNSET


class Compilation(Struct):
    """The circuits that a compiler made."""

    compiled_circuits: dict[str, Artifact]


class Output(Struct, kw_only=True):
    """What else a job has given; empty of a job with several circuits."""

    compilation: Compilation | UnsetType = UNSET
    error_mitigation: Mitigation | UnsetType = UNSET


class Whoami(Struct):
    """The key that a request came with."""

    key_id: Uuid
    key_name: str
    project_id: Uuid


class Characterization(Machine):
    """What is known of a machine."""

    date: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class Characterizations(Struct):
    """One page of characterizations, newest first."""

    characterizations: Annotated[
        list[Characterization] | None, Meta(description="null for a backend that has none.")
    ]
    pages: Annotated[int, Meta(description="How many pages follow.")]


class Amount(Struct):
    """Money."""

    value: float
    unit: str


class Cost(Struct, kw_only=True):
    """What a job costs on the machine that is emulated."""

    dry_run: bool
    estimated_cost: Annotated[
        Amount | UnsetType, Meta(description="Left out where jobs are free.")
    ] = UNSET
    cost: Annotated[Amount | UnsetType, Meta(description="Of a completed job.")] = UNSET


class Asked(Struct, kw_only=True):
    """What an estimate is of."""

    backend: str
    type: str
    qubits: int
    shots: int
    one_qubit: int = field(name="1q_gates")
    two_qubit: int = field(name="2q_gates")
    error_mitigation: bool
    organization: None
    project: Uuid


class AskedBefore(Struct, kw_only=True):
    """What an estimate is of, in the words of an older document."""

    backend: str
    type: str
    qubits: int
    shots: int
    one_qubit: int = field(name="1q_gates")
    two_qubit: int = field(name="2q_gates")
    error_mitigation: bool
    session: bool


class Rate(Struct):
    """The price of a gate."""

    sku: str
    unit: Literal["gates"]
    cost_1q_gate: float
    cost_2q_gate: float
    job_cost_minimum: float


class RateBefore(Rate):
    """The price of a gate, as an older document has it."""

    organization: None


class RateCard(Struct):
    """The prices of a machine."""

    id: str
    rates: list[Rate]


class Estimate(Struct):
    """What a job would cost, in the words of the document and in those of an older one."""

    estimate_context: Asked
    estimated_at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    estimated_unit: str
    rate_card: RateCard
    estimated_total_cost: float
    estimated_execution_time: Annotated[int, Meta(description="Milliseconds.")]
    current_predicted_queue_time: Annotated[int, Meta(description="Milliseconds.")]
    input_values: AskedBefore
    rate_information: RateBefore
    estimated_cost: float
    cost_unit: str


class CostLimit(Struct):
    """How much the jobs of a session may cost."""

    unit: str
    value: float


class SessionSettings(Struct, kw_only=True):
    """The limits of a session."""

    job_count_limit: int | UnsetType = UNSET
    duration_limit_min: Annotated[
        int | UnsetType, Meta(description="Minutes from the first job on.")
    ] = UNSET
    cost_limit: Annotated[
        CostLimit | UnsetType, Meta(description="Of completed jobs, in US dollars.")
    ] = UNSET
    expires_at: Annotated[
        str | UnsetType, Meta(description="Once the session has started, if its time is limited.")
    ] = UNSET


class Session(Struct, kw_only=True):
    """Jobs that belong together."""

    id: Uuid
    created_at: str
    organization_id: str
    backend: str
    project_id: Uuid
    creator_id: str
    ended_at: str | None
    ender_id: Annotated[str | None, Meta(description="null where a limit has ended it.")]
    settings: SessionSettings
    active: bool
    status: Literal["created", "started", "ended"]
    started_at: Annotated[str | None, Meta(description="When its first job came.")]
    state: Annotated[str, Meta(description="The status, for clients that read this name.")]
    usage_time: Annotated[float | None, Meta(description="Seconds since it started, to its end.")]


class Sessions(Struct):
    """The newest sessions, newest first."""

    organization_id: str
    sessions: list[Session]


class UsageAmount(Struct):
    """A cost in one currency."""

    amount: float
    unit: str


class GroupUsage(Struct):
    """What one job, project or user has used in a period."""

    group_id: str
    group_name: Annotated[str, Meta(description="The id again where there is no name.")]
    job_count: int
    amount: float
    amount_unit: str
    amounts: list[UsageAmount]
    time_us: int


class UsageOfPeriod(Struct):
    """What an organization has used in a period."""

    from_: Annotated[str, Meta(extra_json_schema={"format": "date-time"})] = field(name="from")
    job_count: Annotated[int, Meta(description="How many jobs have completed.")]
    amount: float
    amount_unit: str
    amounts: list[UsageAmount]
    time_us: Annotated[int, Meta(description="Microseconds.")]
    group_usages: Annotated[
        list[GroupUsage], Meta(description="The five that have cost most, the dearest first.")
    ]


class Usages(Struct):
    """What an organization has used, the latest period first."""

    start_date: Annotated[str, Meta(extra_json_schema={"format": "date"})]
    end_date: Annotated[str, Meta(extra_json_schema={"format": "date"})]
    group_type: str
    modality: str
    usage_from: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    usage_to: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    organization: str
    amount_total: float
    amount_totals: list[UsageAmount]
    usage_unit: str
    time_us_total: int
    job_count: int
    usage_data: list[UsageOfPeriod]
