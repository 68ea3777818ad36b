"""What each route of version 0.3 takes and answers, by the name of its handler."""

from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from paultrap.api.calibrations import OPERATIONS as CALIBRATIONS
from paultrap.api.documents.formats import payload
from paultrap.api.documents.operations import AFTER, Operation, Query, Schema, shaped
from paultrap.api.documents.submission import ids_body, v03_body
from paultrap.api.shapes import ChangedJob, ChangedJobs, Machine, reference
from paultrap.api.v03.reports import Report
from paultrap.api.v03.wire import Backend, CreatedJob, Job, words_of_status
from paultrap.engine import AGGREGATIONS


class Characterization(Machine):
    """What is known of a machine."""

    date: Annotated[int, Meta(description="Unix seconds.")]


class Characterizations(msgspec.Struct):
    """One page of characterizations, newest first."""

    characterizations: list[Characterization]
    pages: Annotated[int, Meta(description="How many pages follow.")]


_HINTS = get_type_hints(Job, include_extras=True)

#: A job of which a client has asked for some fields alone.
SelectedJob = msgspec.defstruct(
    "SelectedJob",
    [(name, _HINTS[name] | UnsetType, UNSET) for name in Job.__struct_fields__],
    kw_only=True,
)

_EITHER_JOB: Schema = {"anyOf": [reference("Job"), reference("SelectedJob")]}

#: Types that marks refer to by name.
SHAPES = (Job, SelectedJob)


class Page(msgspec.Struct, kw_only=True):
    """One page of jobs, newest first; `next` is absent on the last."""

    jobs: list[Annotated[Any, Meta(extra_json_schema=_EITHER_JOB)]]
    next: str | UnsetType = UNSET


_WORD: Schema = {"type": "string"}
_WORDS: Schema = {"type": "array", "items": _WORD}
_DAY: Schema = {"type": "string", "format": "date"}
_INSTANT: Schema = {"type": "integer", "minimum": 0}
_ONE_OR_MORE: Schema = {"type": "integer", "minimum": 1}

_SELECTION = (
    Query("include", "Answer these fields of a job alone.", _WORDS),
    Query("exclude", "Leave these fields of a job out.", _WORDS),
)

OPERATIONS: dict[str, Operation] = {
    "create_job": Operation("jobs", CreatedJob, body=v03_body, creates=True),
    "list_jobs": Operation(
        "jobs",
        Page,
        query=(
            Query("id", "Jobs with these ids.", _WORDS),
            Query("parent_job_id", "The children of this job.", _WORD),
            Query("status", "Jobs with this status.", _WORD | {"enum": words_of_status()}),
            Query("target", "Jobs on these backends.", _WORDS),
            Query("submitter_id", "Jobs that came with keys of this submitter.", _WORD),
            Query("submitted_by", "The same, as jobs call it.", _WORD),
            Query("name", "Jobs of this name.", _WORD),
            Query("metadata.{key}", "Jobs whose metadata has this value under the key.", _WORD),
            Query("limit", "How many jobs a page may have.", _ONE_OR_MORE | {"default": 25}),
            Query("next", "The `next` of the page before.", _WORD),
            *_SELECTION,
        ),
    ),
    "delete_jobs": Operation("jobs", ChangedJobs, body=ids_body, errors=(404,)),
    "cancel_jobs": Operation("jobs", ChangedJobs, body=ids_body, errors=(404,)),
    "get_job": Operation("jobs", shaped(_EITHER_JOB), query=_SELECTION),
    "delete_job": Operation("jobs", ChangedJob),
    "cancel_job": Operation("jobs", ChangedJob),
    "get_results": Operation(
        "results",
        payload("ionq.result.probabilities.json.v1", "ionq.result.probabilities-aggregate.json.v1"),
        is_text=True,
        query=(
            AFTER,
            Query(
                "sharpen", "Take the plurality of a debiased job's variants.", {"type": "boolean"}
            ),
            Query(
                "aggregation",
                "How the variants of a debiased circuit become one distribution.",
                _WORD | {"enum": [*AGGREGATIONS]},
            ),
            Query("format", "Sent by CUDA-Q; without effect.", _WORD),
        ),
    ),
    "list_backends": Operation(
        "backends",
        list[Backend],
        query=(Query("status", "`verbose`: say what a backend is doing.", _WORD),),
    ),
    "list_characterizations": Operation(
        "backends",
        Characterizations,
        query=(
            Query("start", "Not before these Unix milliseconds.", _INSTANT),
            Query("end", "Before these Unix milliseconds.", _INSTANT),
            Query("limit", "How many a page may have.", _ONE_OR_MORE | {"default": 10}),
            Query("page", "Which page.", _ONE_OR_MORE | {"default": 1}),
        ),
    ),
    **CALIBRATIONS,
    "get_current": Operation("backends", Characterization),
    "get_characterization": Operation("backends", Characterization),
    "get_report": Operation(
        "organizations",
        Report,
        query=(
            Query("start_date", "The first day, thirty before the last without it.", _DAY),
            Query("end_date", "The last day, today without it.", _DAY),
        ),
        errors=(403,),
    ),
}
