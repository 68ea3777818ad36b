"""The paths of version 0.4."""

from functools import partial
from typing import Any

from litestar import Response, Router, post

from paultrap.api.calibrations import get_current_calibration, list_calibrations
from paultrap.api.changes import JOB_CHANGES
from paultrap.api.creating import Maker, answer_once
from paultrap.api.documents.formats import FORMATS
from paultrap.api.errors import ApiError
from paultrap.api.handlers import Caller, HttpRequest, PathWord, Service, get, options_of
from paultrap.api.queries import read_after, read_aggregation, word
from paultrap.api.requests import client_of, notices_of
from paultrap.api.responses import answer
from paultrap.api.texts import answer_text
from paultrap.api.v04.backends import backend_of, backends_of
from paultrap.api.v04.characterizations import get_characterization, list_characterizations
from paultrap.api.v04.costs import estimate_cost, get_cost
from paultrap.api.v04.lists import answer_jobs
from paultrap.api.v04.progress import get_job_progress
from paultrap.api.v04.results import SOURCES, UNRUN, artifact, probabilities
from paultrap.api.v04.sessions import SESSION_ROUTES
from paultrap.api.v04.usage import get_usage
from paultrap.api.v04.wire import CreatedJob, job_of
from paultrap.service import Origin
from paultrap.store import JobRecord
from paultrap.submissions import read_changes, read_v04


@get("/whoami")
async def whoami(request: HttpRequest, key: Caller) -> Response[bytes]:
    """Answer which key the request came with."""
    return answer(request, {"key_id": key.id, "key_name": key.name, "project_id": key.project_id})


@get("/backends")
async def list_backends(request: HttpRequest, service: Service) -> Response[bytes]:
    """Answer all backends; no key is needed."""
    return answer(request, backends_of(service.machines, service.started_at))


@get("/backends/{backend:str}")
async def get_backend(request: HttpRequest, service: Service, backend: PathWord) -> Response[bytes]:
    """Answer one backend; no key is needed."""
    view = backend_of(service.machines, backend, service.started_at)
    if view is None:
        raise ApiError(404, f'Resource not found: there is no backend "{backend[:64]}".')
    return answer(request, view)


@post("/jobs", status_code=201)
async def create_job(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Take a job and answer its id once it is durably stored."""
    read = partial(read_v04, notices=notices_of(request.scope))

    async def submit(origin: Origin, body: bytes) -> JobRecord:
        return await service.jobs.submit(origin, client_of(request, key), body, read)

    return await answer_once(request, service, key, Maker(submit, _created))


def _created(job: JobRecord) -> CreatedJob:
    return CreatedJob(job.id, "submitted", job.session_id)


@get("/jobs")
async def list_jobs(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Answer one page of jobs, newest first."""
    return await answer_jobs(request, service, key, word(request, "session_id"))


@get("/jobs/{job_id:str}")
async def get_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Answer one job, a parent or a child; the answer about an unfinished one is held a little."""
    job = await service.jobs.find_settled(key, job_id)
    children = await service.jobs.children(job)
    outcome = await service.results.of_function(job)
    return answer(request, job_of(job, children, service.machines, outcome))


@post("/jobs/{job_id:str}/clone", status_code=201)
async def clone_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Run the circuits of a job once more, as a new job."""
    notices = notices_of(request.scope)

    async def clone(origin: Origin, body: bytes) -> JobRecord:
        return await service.jobs.clone(origin, key, job_id, read_changes(body, notices))

    return await answer_once(request, service, key, Maker(clone, _created))


@post("/jobs/{job_id:str}/move", status_code=201)
async def move_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Cancel a job that has not started, and submit its circuits as a new one in its place."""
    notices = notices_of(request.scope)

    async def move(origin: Origin, body: bytes) -> JobRecord:
        return await service.jobs.move(origin, key, job_id, read_changes(body, notices))

    return await answer_once(request, service, key, Maker(move, _created))


@get("/jobs/{job_id:str}/results/probabilities")
async def get_probabilities(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[Any]:
    """Answer one distribution, or the aggregate when the job has several circuits."""
    aggregation, after = read_aggregation(request), read_after(request)
    job = await service.jobs.find_settled(key, job_id)
    text = await probabilities(service, job, aggregation, after)
    return await answer_text(request, service, text)


@get("/jobs/{job_id:str}/results/probabilities/aggregated")
async def get_aggregate(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[Any]:
    """Answer each circuit's distribution under its id; a single circuit under the job's own."""
    aggregation, after = read_aggregation(request), read_after(request)
    job = await service.jobs.find_settled(key, job_id)
    text = await service.results.aggregate(job, aggregation, after)
    return await answer_text(request, service, text)


@get("/jobs/{job_id:str}/results/histogram")
async def get_histogram(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[Any]:
    """Answer how often each state of one sampled circuit was seen."""
    job = await service.jobs.find_settled(key, job_id)
    return await answer_text(request, service, await service.results.histogram(job))


@get("/jobs/{job_id:str}/results/shots")
async def get_shots(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[Any]:
    """Answer the state of each shot of one sampled circuit, in order."""
    job = await service.jobs.find_settled(key, job_id)
    return await answer_text(request, service, await service.results.shots(job))


@get("/jobs/{job_id:str}/artifacts/{artifact_id:str}")
async def get_artifact(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord, artifact_id: PathWord
) -> Response[Any]:
    """Answer one of the artifacts that the job's `results` and `output` name."""
    # What is not made by running is there at once.
    find = service.jobs.find if artifact_id in UNRUN else service.jobs.find_settled
    job = await find(key, job_id)
    if artifact_id in SOURCES and artifact_id == job.type:
        source = await service.results.source(job)
        return await answer_text(request, service, source, SOURCES[artifact_id])
    text = await artifact(service, job, artifact_id, read_after(request))
    return await answer_text(request, service, text)


@get("/jobs/{job_id:str}/circuits/{lang:str}")
async def get_circuit(job_id: PathWord, lang: PathWord) -> None:
    """Answer 410, as the real service does since its clients read artifacts instead."""
    raise ApiError(410, f"Circuits of jobs ({job_id[:64]}, {lang[:64]}) are no longer served.")


@get("/schemas/formats/{format_id:str}")
async def get_format_schema(
    request: HttpRequest,
    key: Caller,  # noqa: ARG001 - asked for as everywhere, though all keys read the same
    format_id: PathWord,
) -> Response[bytes]:
    """Answer the JSON Schema of a format."""
    if format_id not in FORMATS:
        names = ", ".join(FORMATS)
        raise ApiError(
            404, f'Resource not found: there is no format "{format_id[:64]}", only {names}.'
        )
    return answer(request, FORMATS[format_id])


ROUTER = Router(
    "/v0.4",
    route_handlers=[
        # First, because Litestar adds its own to a path that has none yet.
        options_of("/jobs", "GET", "POST", "DELETE"),
        options_of("/jobs/{job_id:str}", "GET", "DELETE"),
        options_of("/sessions", "GET", "POST"),
        whoami,
        list_backends,
        get_backend,
        create_job,
        list_jobs,
        *JOB_CHANGES,
        get_job,
        clone_job,
        move_job,
        get_probabilities,
        get_aggregate,
        get_histogram,
        get_shots,
        get_artifact,
        get_circuit,
        list_characterizations,
        get_characterization,
        get_current_calibration,
        list_calibrations,
        get_job_progress,
        estimate_cost,
        get_cost,
        get_format_schema,
        get_usage,
        *SESSION_ROUTES,
    ],
)
