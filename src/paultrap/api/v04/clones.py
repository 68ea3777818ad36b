"""Jobs of the circuits of other jobs: `/jobs/{id}/clone` and `/jobs/{id}/move`."""

from litestar import Response, post

from paultrap.api.bodies import read_body
from paultrap.api.parameters import Caller, HttpRequest, PathWord, Service
from paultrap.api.requests import origin_of
from paultrap.api.responses import answer
from paultrap.api.v04.wire import CreatedJob
from paultrap.submissions import read_changes


@post("/jobs/{job_id:str}/clone", status_code=201)
async def clone_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Run the circuits of a job once more, as a new job."""
    body = await read_body(request, service.threads, service.settings.max_body_bytes)
    job = await service.jobs.clone(origin_of(request.scope), key, job_id, read_changes(body))
    return answer(request, CreatedJob(job.id, "submitted", job.session_id), 201)


@post("/jobs/{job_id:str}/move", status_code=201)
async def move_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Cancel a job that has not started, and submit its circuits as a new one in its place."""
    body = await read_body(request, service.threads, service.settings.max_body_bytes)
    job = await service.jobs.move(origin_of(request.scope), key, job_id, read_changes(body))
    return answer(request, CreatedJob(job.id, "submitted", job.session_id), 201)
