"""What each route of version 0.4 takes and answers, by the name of its handler."""

import msgspec

from paultrap.api.calibrations import OPERATIONS as CALIBRATIONS
from paultrap.api.documents.formats import FORMATS, payload
from paultrap.api.documents.operations import AFTER, Operation, Query, Schema, shaped
from paultrap.api.documents.submission import clone_body, ids_body, session_body, v04_body
from paultrap.api.shapes import ChangedJob, ChangedJobs
from paultrap.api.v04.backends import BackendView
from paultrap.api.v04.progress import ProgressView
from paultrap.api.v04.shapes import (
    Characterization,
    Characterizations,
    Cost,
    Estimate,
    Output,
    Result,
    Session,
    Sessions,
    Stats,
    Usages,
    Whoami,
)
from paultrap.api.v04.usage import GROUPS
from paultrap.api.v04.wire import CreatedJob, Job, ListedJob
from paultrap.engine import AGGREGATIONS
from paultrap.jobs import Modality, Status

#: Types that marks refer to by name.
SHAPES = (Output, Result, Stats)


class Page(msgspec.Struct, kw_only=True):
    """One page of jobs, newest first."""

    jobs: list[ListedJob]
    next: str | msgspec.UnsetType | None = msgspec.UNSET


_PROBABILITIES = "ionq.result.probabilities.json.v1"
_AGGREGATE = "ionq.result.probabilities-aggregate.json.v1"
_JSON_FORMATS = [name for name, schema in FORMATS.items() if schema["type"] != "string"]

_JSON_SCHEMA: Schema = {
    "type": "object",
    "description": "A JSON Schema.",
    "required": ["$schema", "$id", "type"],
    "properties": {"$schema": {"type": "string"}, "$id": {"type": "string"}},
    "additionalProperties": True,
}
_WORD: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_DATE: Schema = {"type": "string", "format": "date"}

_AGGREGATION = (
    Query(
        "aggregation",
        "How the variants of a debiased circuit become one distribution.",
        {"type": "string", "enum": [*AGGREGATIONS]},
    ),
    Query("sharpen", "The older word for the aggregation `voting`.", {"type": "boolean"}),
)

_FILTERS = (
    Query("ids", "Jobs with these ids.", {"type": "array", "items": _WORD}),
    Query("parent_job_id", "The children of this job.", _WORD),
    Query("status", "Jobs with this status.", {"type": "string", "enum": [*Status]}),
    Query("target", "Jobs on these backends.", {"type": "array", "items": _WORD}),
    Query("session_id", "Jobs of this session.", _WORD),
    Query("submitter_id", "Jobs that came with keys of this submitter.", _WORD),
    Query("name", "Jobs of this name.", _WORD),
    Query("metadata.{key}", "Jobs whose metadata has this value under the key.", _WORD),
    Query(
        "limit", "How many jobs a page may have.", {"type": "integer", "minimum": 1, "default": 25}
    ),
    Query("next", "The `next` of the page before.", _WORD),
)

_COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0}

OPERATIONS: dict[str, Operation] = {
    "create_job": Operation("jobs", CreatedJob, body=v04_body, errors=(404, 409), creates=True),
    "list_jobs": Operation("jobs", Page, query=_FILTERS, errors=(413, 415)),
    "delete_jobs": Operation("jobs", ChangedJobs, body=ids_body, errors=(404,)),
    "cancel_jobs": Operation("jobs", ChangedJobs, body=ids_body, errors=(404,)),
    "get_job": Operation(
        "jobs",
        Job,
        query=(Query("sharpen", "Sent by PennyLane with each GET; without effect here.", _FLAG),),
    ),
    "delete_job": Operation("jobs", ChangedJob),
    "cancel_job": Operation("jobs", ChangedJob),
    "clone_job": Operation("jobs", CreatedJob, body=clone_body, errors=(400, 409), creates=True),
    "move_job": Operation("jobs", CreatedJob, body=clone_body, errors=(400, 409), creates=True),
    "get_cost": Operation("jobs", Cost),
    "estimate_cost": Operation(
        "jobs",
        Estimate,
        query=(
            Query("backend", "The machine.", _WORD, required=True),
            Query("type", "Of the job.", _WORD | {"default": "ionq.circuit.v1"}),
            Query("qubits", "How many it has.", _COUNT | {"minimum": 1, "default": 25}),
            Query("shots", "How many it takes.", _COUNT | {"minimum": 1, "default": 1000}),
            Query("1q_gates", "How many gates on one qubit it has.", _COUNT),
            Query("2q_gates", "How many gates on two qubits it has.", _COUNT),
            Query("error_mitigation", "Whether it is debiased.", {"type": "boolean"}),
            Query("session", "Whether it is part of a session.", {"type": "boolean"}),
        ),
    ),
    "get_probabilities": Operation(
        "results",
        payload(_PROBABILITIES, _AGGREGATE),
        query=(*_AGGREGATION, AFTER),
        is_text=True,
    ),
    "get_aggregate": Operation(
        "results", payload(_AGGREGATE), query=(*_AGGREGATION, AFTER), is_text=True
    ),
    "get_histogram": Operation("results", payload("ionq.result.histogram.json.v1"), is_text=True),
    "get_shots": Operation("results", payload("ionq.result.shots.json.v1"), is_text=True),
    "get_artifact": Operation(
        "results",
        payload(*_JSON_FORMATS),
        query=(AFTER,),
        is_text=True,
        texts={
            "text/plain": "The program of an `ionq.qasm3.v1` or `ionq.qasm2.v1` job, as sent.",
            "application/octet-stream": "The bitcode of an `ionq.qir.v1` job, as it was sent.",
        },
    ),
    "get_circuit": Operation("results", None, errors=(410,)),
    "get_format_schema": Operation("formats", shaped(_JSON_SCHEMA)),
    "list_backends": Operation("backends", list[BackendView]),
    "get_backend": Operation("backends", BackendView),
    "list_characterizations": Operation(
        "backends",
        Characterizations,
        query=(
            Query("start", "Not before this date or instant.", _DATE),
            Query("end", "Before this date or instant.", _DATE),
            Query(
                "limit",
                "How many a page may have.",
                {"type": "integer", "minimum": 1, "default": 10},
            ),
            Query("page", "Which page.", {"type": "integer", "minimum": 1, "default": 1}),
        ),
    ),
    "get_characterization": Operation("backends", Characterization),
    **CALIBRATIONS,
    "get_job_progress": Operation("jobs", ProgressView),
    "create_session": Operation("sessions", Session, body=session_body, creates=True),
    "list_sessions": Operation(
        "sessions",
        Sessions,
        query=(Query("active", "Those that have not ended, or have.", {"type": "boolean"}),),
    ),
    "get_session": Operation("sessions", Session),
    "end_session": Operation("sessions", Session),
    "list_session_jobs": Operation(
        "sessions",
        Page,
        query=tuple(each for each in _FILTERS if each.name != "session_id"),
        errors=(413, 415),
    ),
    "get_usage": Operation(
        "organizations",
        Usages,
        query=(
            Query("start_date", "The first day.", _DATE, required=True),
            Query("end_date", "The last day, which counts.", _DATE, required=True),
            Query("group_by", "What to group by.", _WORD | {"enum": [*GROUPS]}, required=True),
            Query(
                "modality", "How long a period is.", _WORD | {"enum": [*Modality]}, required=True
            ),
        ),
        errors=(403,),
    ),
    "whoami": Operation("keys", Whoami),
}
