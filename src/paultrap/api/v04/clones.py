"""Jobs of the circuits of other jobs: `/jobs/{id}/clone` and `/jobs/{id}/move`.

A body may change anything but the circuits. What it leaves out is as in the other job, but for two
things: the seed of the noise is drawn anew, or the clone would have the same answer, and the job is
of no session, since the other's may be over or for another backend.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
from litestar import Response, post
from msgspec import Raw

from paultrap.api.bodies import decode, read_body
from paultrap.api.errors import ApiError
from paultrap.api.fields import (
    NULL,
    check_backend,
    check_debiasing,
    check_metadata,
    check_noise,
    check_object,
    check_shots,
)
from paultrap.api.parameters import Caller, HttpRequest, PathWord, Service
from paultrap.api.requests import origin_of
from paultrap.api.responses import answer
from paultrap.api.service import JobService
from paultrap.api.submission import JobRequest, check_batch, new_job, planned_chunks
from paultrap.api.v04.wire import CreatedJob
from paultrap.formats import CircuitBatch, CircuitInput
from paultrap.functions import is_function
from paultrap.machines import SIMULATOR, Machines
from paultrap.settings import Settings
from paultrap.store import JobRecord, KeyRecord, NewJob

__all__ = ["CloneBody", "clone_job", "move_job"]


class CloneBody(msgspec.Struct):
    """What may differ from the other job."""

    name: str | None = None
    metadata: Raw = NULL
    shots: Any = None
    backend: str | None = None
    session_id: str | None = None
    settings: Raw = NULL
    noise: Raw = NULL
    dry_run: bool | None = None


@post("/jobs/{job_id:str}/clone", status_code=201)
async def clone_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Run the circuits of a job once more, as a new job."""
    prepare = await _prepare(request, service, key)
    job = await service.clone(origin_of(request.scope), key, job_id, prepare)
    return answer(request, CreatedJob(job.id, "submitted", job.session_id), 201)


@post("/jobs/{job_id:str}/move", status_code=201)
async def move_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Cancel a job that has not started, and submit its circuits as a new one in its place."""
    prepare = await _prepare(request, service, key)
    job = await service.move(origin_of(request.scope), key, job_id, prepare)
    return answer(request, CreatedJob(job.id, "submitted", job.session_id), 201)


async def _prepare(request: HttpRequest, service: Service, key: KeyRecord) -> "partial[NewJob]":
    body = await read_body(request, service.threads, service.settings.max_body_bytes)
    changes = CloneBody()
    if body.strip() not in {b"", b"null"}:
        changes = decode(body, CloneBody, strict=False)
    return partial(_clone, changes, key, service)


def _clone(
    changes: CloneBody, key: KeyRecord, service: JobService, job: JobRecord, batch: CircuitBatch
) -> NewJob:
    if is_function(job.type):
        raise ApiError(400, f'Job "{job.id}" is a quantum function; submit it again.', ("type",))
    settings, machines = service.settings, service.machines
    request = _request(changes, job, settings, machines)
    backend = machines.backends[request.backend]
    sampling = request.noise.sampling
    if sampling is not None and job.readout is not None and job.readout.measures_within:
        sampling = msgspec.structs.replace(sampling, variants=0)
        request = replace(request, noise=request.noise._replace(sampling=sampling))
    check_batch(batch.program, request, backend)
    chunks = planned_chunks(batch.program, sampling, settings, backend)
    made = new_job(request, batch, chunks, key, backend)
    if job.readout is None:
        return made
    return replace(made, type=job.type, readout=job.readout)


def _request(
    changes: CloneBody, job: JobRecord, settings: Settings, machines: Machines
) -> JobRequest:
    backend = job.backend if changes.backend is None else changes.backend
    backend = check_backend("backend", backend, machines)
    sent_shots = job.shots if changes.shots is None else changes.shots
    shots = check_shots(msgspec.UNSET if sent_shots is None else sent_shots, settings.max_shots)
    kept = Raw(job.settings or b"null")
    asked = kept if bytes(changes.settings) == b"null" else changes.settings
    metadata = check_metadata(changes.metadata)
    return JobRequest(
        input=CircuitInput(),
        backend=backend,
        shots=shots,
        noise=check_noise(
            _noise(changes, job, backend),
            backend,
            shots,
            machines,
            debiasing=check_debiasing(asked),
        ),
        name=job.name if changes.name is None else changes.name,
        metadata=job.metadata if metadata is None else metadata,
        settings=check_object("settings", asked),
        registers=job.registers,
        dry_run=job.dry_run if changes.dry_run is None else changes.dry_run,
        session_id=changes.session_id,
    )


def _noise(changes: CloneBody, job: JobRecord, backend: str) -> Raw:
    """Return the noise as a submission would name it: that of the other job on the same backend."""
    if bytes(changes.noise) != b"null":
        return changes.noise
    if job.noise is None or backend != job.backend or backend != SIMULATOR:
        return NULL
    model = msgspec.json.decode(job.noise)["model"]
    return Raw(msgspec.json.encode({"model": model}))
