"""Version 0.3 on the wire: how a job reads.

Fields are in the order of a recorded answer of the real service, and are absent until known.
"""

from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType

from paultrap.admission import IDEAL_NOISE
from paultrap.api.children import metadata_of
from paultrap.api.machines import (
    LOCATION,
    estimated_usd,
    execution_ms,
    is_free,
    predicted_execution_ms,
    price_usd,
)
from paultrap.api.shapes import Metadata, NoiseEcho, RegistersEcho
from paultrap.functions import is_function
from paultrap.jobs import Status
from paultrap.machines import SIMULATOR, Characterization, Machines
from paultrap.store import JobRecord

T = TypeVar("T")

_WORDS = {Status.STARTED: "running"}
_STATUSES = {_WORDS.get(status, status.value): status for status in Status}


class CreatedJob(msgspec.Struct):
    """The answer to a submission."""

    id: str
    status: str
    request: int


class Failure(msgspec.Struct):
    """Why a job failed."""

    error: str
    code: str


class Job(msgspec.Struct, kw_only=True):
    """A job as version 0.3 shows it; times are Unix seconds, durations milliseconds."""

    id: str
    submitted_by: str
    status: str
    target: str
    qubits: int
    circuits: int
    results_url: str | UnsetType = UNSET
    gate_counts: dict[str, int]
    cost_usd: float
    estimated_cost_usd: float | UnsetType = UNSET
    project_id: str
    request: int
    start: int | UnsetType = UNSET
    response: int | UnsetType = UNSET
    execution_time: int | UnsetType = UNSET
    predicted_execution_time: int | UnsetType = UNSET
    shots: int | UnsetType = UNSET
    noise: NoiseEcho
    error_mitigation: dict[str, bool]
    children: list[str]
    name: str | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    registers: RegistersEcho | UnsetType = UNSET
    failure: Failure | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET


class Backend(msgspec.Struct):
    """A backend as version 0.3 shows it; the queue time is in milliseconds."""

    backend: str
    status: str
    qubits: int
    average_queue_time: int
    last_updated: int
    degraded: bool
    has_access: bool
    noise_models: list[str] | UnsetType = UNSET
    location: str | UnsetType = UNSET
    characterization_url: str | UnsetType = UNSET


def status_of(job: JobRecord) -> str:
    """Return the job's status in the words of version 0.3."""
    return _WORDS.get(job.status, job.status.value)


def statuses_of(words: list[str]) -> list[Status]:
    """Return the statuses that ``words`` name; an unknown word names none."""
    return [_STATUSES[word] for word in words if word in _STATUSES]


def words_of_status() -> list[str]:
    """Return all statuses in the words of version 0.3."""
    return [*_STATUSES]


def job_of(job: JobRecord, children: list[str], machines: Machines) -> Job:
    """Return ``job`` as version 0.3 shows it."""
    backend = machines.backends.get(job.backend)
    completed = job.status is Status.COMPLETED
    metadata = metadata_of(job)
    has_results = completed and not job.dry_run and not is_function(job.type)
    return Job(
        id=job.id,
        submitted_by=job.submitter_id,
        status=status_of(job),
        target=job.backend,
        qubits=job.qubits,
        circuits=job.circuits,
        results_url=f"/v0.3/jobs/{job.id}/results" if has_results else UNSET,
        gate_counts={"1q": job.gates_1q, "2q": job.gates_2q},
        cost_usd=price_usd(job, backend) or 0,  # not 0.0
        estimated_cost_usd=UNSET if is_free(backend) else estimated_usd(job, backend),
        project_id=job.project_id,
        request=job.requested_at // 1000,
        start=_seconds(job.started_at),
        response=_seconds(job.completed_at),
        # qiskit-ionq up to 0.5 divides it as soon as a job is completed.
        execution_time=(execution_ms(job, backend) or 0) if completed else UNSET,
        predicted_execution_time=_known(predicted_execution_ms(job, backend)),
        shots=UNSET if job.sampling is None else job.sampling.shots,
        noise=Raw(job.noise or IDEAL_NOISE),
        error_mitigation={"debias": job.sampling is not None and job.sampling.variants > 0},
        children=children,
        name=_known(job.name),
        metadata=UNSET if metadata is None else Raw(metadata),
        registers=UNSET if job.registers is None else Raw(job.registers),
        failure=_failure(job),
        dry_run=True if job.dry_run else UNSET,
    )


def backends_of(machines: Machines, started_at: int, *, verbose: bool) -> list[Backend]:
    """Return all backends.

    Args:
        machines: The machines of the server.
        started_at: When their status last changed, in Unix milliseconds.
        verbose: Whether to say what an available backend is doing.
    """
    return [
        Backend(
            backend=backend.name,
            status=_backend_status(backend.status, verbose=verbose),
            qubits=backend.qubits,
            average_queue_time=0,
            last_updated=started_at // 1000,
            degraded=False,
            has_access=backend.status == "available",
            noise_models=machines.noise_names() if backend.name == SIMULATOR else UNSET,
            location=UNSET if backend.timing is None else LOCATION,
            characterization_url=_characterization_url(machines.characterization_of(backend)),
        )
        for backend in machines.backends.values()
    ]


def _characterization_url(newest: Characterization | None) -> str | UnsetType:
    """Return where the newest characterization is, below the version's own path."""
    return UNSET if newest is None else f"/characterizations/{newest.id}"


def _backend_status(status: str, *, verbose: bool) -> str:
    available = status == "available"
    if verbose:
        return "running" if available else "offline"
    return "available" if available else "unavailable"


def _known(value: T | None) -> T | UnsetType:
    return UNSET if value is None else value


def _seconds(milliseconds: int | None) -> int | UnsetType:
    return UNSET if milliseconds is None else milliseconds // 1000


def _failure(job: JobRecord) -> Failure | UnsetType:
    if job.status is not Status.FAILED:
        return UNSET
    return Failure(error=job.failure_message or "", code=job.failure_code or "InternalError")
