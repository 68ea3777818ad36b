"""Version 0.4 on the wire: how a job reads.

Every field of the official document is present, null where it is not known; what only one
generation of clients reads is beside it.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from paultrap.admission import IDEAL_NOISE
from paultrap.api.children import metadata_of
from paultrap.api.machines import execution_ms, predicted_execution_ms
from paultrap.api.shapes import Metadata, NoiseEcho, shown_as
from paultrap.api.times import iso_time
from paultrap.api.v04.artifacts import compilation_of
from paultrap.api.v04.mitigation import mitigation_of
from paultrap.api.v04.results import results_of
from paultrap.api.v04.shapes import RESULTS, Output, SettingsEcho, Stats
from paultrap.functions import class_of, is_function
from paultrap.jobs import Status
from paultrap.machines import Backend, Machines
from paultrap.store import JobRecord


class CreatedJob(msgspec.Struct):
    """The answer to a submission."""

    id: str
    status: str
    session_id: str | None


class Failure(msgspec.Struct):
    """Why a job failed; most clients read `error`, the document has `message`."""

    code: str
    message: str
    error: str


class ListedJob(msgspec.Struct, kw_only=True):
    """A job in a list; durations are in milliseconds."""

    id: str
    status: str
    type: str
    backend: str
    dry_run: bool
    submitter_id: str
    project_id: str | None
    parent_job_id: str | None
    session_id: str | None
    metadata: Metadata
    name: str | None
    submitted_at: str
    started_at: str | None
    completed_at: str | None
    predicted_wait_time_ms: int | None
    predicted_execution_duration_ms: int | None
    execution_duration_ms: int | None
    shots: int | UnsetType = UNSET
    noise: NoiseEcho
    failure: Failure | None
    output: Annotated[dict[str, Any], shown_as(Output)]
    settings: SettingsEcho
    stats: Annotated[dict[str, Any], shown_as(Stats)]
    results: Annotated[dict[str, Any], RESULTS] | None


class Job(ListedJob, kw_only=True):
    """A job read by its id."""

    child_job_ids: list[str] | None


def statuses_of(words: list[str]) -> list[Status]:
    """Return the statuses that ``words`` name; an unknown word names none."""
    known = {status.value: status for status in Status}
    return [known[word] for word in words if word in known]


def listed_job_of(
    job: JobRecord, machines: Machines, outcome: dict[str, Any] | None = None
) -> ListedJob:
    """Return ``job`` as an item of a list.

    Args:
        job: The job.
        machines: The machines of the server.
        outcome: The result of a quantum function, where there is one.
    """
    return ListedJob(**_fields(job, machines, outcome))


def job_of(
    job: JobRecord,
    children: list[str] | None,
    machines: Machines,
    outcome: dict[str, Any] | None = None,
) -> Job:
    """Return ``job`` as it reads by its id; see `listed_job_of`."""
    return Job(**_fields(job, machines, outcome), child_job_ids=children)


def _fields(job: JobRecord, machines: Machines, outcome: dict[str, Any] | None) -> dict[str, Any]:
    backend = machines.backends.get(job.backend)
    return {
        "id": job.id,
        "status": job.status.value,
        "type": job.type,
        "backend": job.backend,
        "dry_run": job.dry_run,
        "submitter_id": job.submitter_id,
        "project_id": job.project_id,
        "parent_job_id": job.parent_id,
        "session_id": job.session_id,
        "metadata": Raw(metadata_of(job) or b"null"),
        "name": job.name,
        "submitted_at": iso_time(job.requested_at),
        "started_at": _time(job.started_at),
        "completed_at": _time(job.completed_at),
        "predicted_wait_time_ms": None,
        "predicted_execution_duration_ms": predicted_execution_ms(job, backend),
        "execution_duration_ms": execution_ms(job, backend),
        "shots": UNSET if job.sampling is None else job.sampling.shots,
        "noise": Raw(job.noise or IDEAL_NOISE),
        "failure": _failure(job),
        "output": _output(job, backend, outcome),
        "settings": Raw(job.settings or b"{}"),
        "stats": {
            "qubits": job.qubits,
            "circuits": job.circuits,
            "gate_counts": {"1q": job.gates_1q, "2q": job.gates_2q},
        },
        "results": outcome if is_function(job.type) else results_of(job),
    }


def _output(
    job: JobRecord, backend: Backend | None, outcome: dict[str, Any] | None
) -> dict[str, Any]:
    if is_function(job.type):  # what is in its results, where some clients look
        return {} if outcome is None else class_of(job.type).output(outcome)
    if job.is_multicircuit:
        return {}
    return compilation_of(job, backend) | {"error_mitigation": mitigation_of(job)}


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else iso_time(milliseconds)


def _failure(job: JobRecord) -> Failure | None:
    if job.status is not Status.FAILED:
        return None
    message = job.failure_message or ""
    return Failure(job.failure_code or "InternalError", message, message)
