"""Cancelling and deleting jobs, which both versions do alike."""

from litestar import Response, delete, put

from paultrap.api.bodies import read_ids
from paultrap.api.handlers import Caller, HttpRequest, PathWord, Service
from paultrap.api.responses import answer


@delete("/jobs", status_code=200)
async def delete_jobs(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Delete several jobs."""
    ids = await read_ids(request, service.threads, service.settings.max_body_bytes)
    return answer(request, {"ids": await service.jobs.delete(key, ids), "status": "deleted"})


@delete("/jobs/{job_id:str}", status_code=200)
async def delete_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Delete a job with its children."""
    ids = await service.jobs.delete(key, [job_id])
    return answer(request, {"id": ids[0], "status": "deleted"})


@put("/jobs/{job_id:str}/status/cancel")
async def cancel_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Cancel a job with its children; one that has ended stays as it is."""
    ids = await service.jobs.cancel(key, [job_id])
    return answer(request, {"id": ids[0], "status": "canceled"})


@put("/jobs/status/cancel")
async def cancel_jobs(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Cancel several jobs."""
    ids = await read_ids(request, service.threads, service.settings.max_body_bytes)
    return answer(request, {"ids": await service.jobs.cancel(key, ids), "status": "canceled"})


JOB_CHANGES = (delete_jobs, delete_job, cancel_job, cancel_jobs)
