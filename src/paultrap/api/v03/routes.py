"""The paths of version 0.3."""

from typing import Any

from litestar import Response, Router, delete, post, put

from paultrap.api.bodies import read_body, read_ids
from paultrap.api.methods import get, options_of
from paultrap.api.parameters import Caller, HttpRequest, PathWord, Service
from paultrap.api.queries import read_aggregation, read_limit, word, words
from paultrap.api.requests import origin_of
from paultrap.api.responses import answer, answer_pieces
from paultrap.api.v03.characterizations import (
    get_characterization,
    get_current,
    list_characterizations,
)
from paultrap.api.v03.reports import get_report
from paultrap.api.v03.selection import Selection
from paultrap.api.v03.wire import CreatedJob, backends_of, job_of, statuses_of
from paultrap.store import JobFilter
from paultrap.submissions import read_v03


@post("/jobs", status_code=200)
async def create_job(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Take a job and answer its id once it is durably stored."""
    body = await read_body(request, service.threads, service.settings.max_body_bytes)
    job = await service.jobs.submit(origin_of(request.scope), key, body, read_v03)
    return answer(request, CreatedJob(job.id, "ready", job.requested_at // 1000))


@get("/jobs")
async def list_jobs(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Answer one page of jobs, newest first; `next` is absent on the last page."""
    limit = read_limit(request)
    status_words = words(request, "status")
    ids = [job_id.lower() for job_id in words(request, "id")]
    if len(ids) == 1:
        # CUDA-Q polls a job in this way, some two thousand times a second.
        await service.jobs.settle(key, ids[0])
    wanted = JobFilter(
        ids=ids or None,
        statuses=statuses_of(status_words) or None,
        backends=words(request, "target") or None,
        submitter_id=word(request, "submitter_id") or word(request, "submitted_by"),
    )
    if status_words and not wanted.statuses:
        return answer(request, {"jobs": []})
    page = await service.jobs.page(key, wanted, limit, word(request, "next"))
    selection = Selection(request)
    children = await service.jobs.children(page.jobs) if "children" in selection else {}
    body: dict[str, Any] = {
        "jobs": [
            selection.of(job_of(job, children.get(job.id, []), service.machines))
            for job in page.jobs
        ]
    }
    if page.next is not None:
        body["next"] = page.next
    return answer(request, body)


@get("/jobs/{job_id:str}")
async def get_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Answer one job, a parent or a child; the answer about an unfinished one is held a little."""
    job = await service.jobs.find_settled(key, job_id)
    selection = Selection(request)
    children = await service.jobs.children([job]) if "children" in selection else {}
    return answer(request, selection.of(job_of(job, children.get(job.id, []), service.machines)))


@get("/jobs/{job_id:str}/results")
async def get_results(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[Any]:
    """Answer one distribution, or one for each child when the job has several circuits."""
    aggregation = read_aggregation(request)
    job = await service.jobs.find(key, job_id)
    # Clients of this version take the results of a one-element `circuits` as a single circuit's.
    read = service.results.aggregate if job.circuits > 1 else service.results.probabilities
    pieces = await read(job, aggregation)
    return await answer_pieces(request, service.threads, pieces)


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


@delete("/jobs/{job_id:str}", status_code=200)
async def delete_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Delete a job with its children."""
    ids = await service.jobs.delete(key, [job_id])
    return answer(request, {"id": ids[0], "status": "deleted"})


@delete("/jobs", status_code=200)
async def delete_jobs(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Delete several jobs."""
    ids = await read_ids(request, service.threads, service.settings.max_body_bytes)
    return answer(request, {"ids": await service.jobs.delete(key, ids), "status": "deleted"})


@get("/backends")
async def list_backends(request: HttpRequest, service: Service) -> Response[bytes]:
    """Answer all backends; no key is needed."""
    verbose = word(request, "status") == "verbose"
    return answer(request, backends_of(service.machines, service.started_at, verbose=verbose))


ROUTER = Router(
    "/v0.3",
    route_handlers=[
        # First, because Litestar adds its own to a path that has none yet.
        options_of("/jobs", "GET", "POST", "DELETE"),
        options_of("/jobs/{job_id:str}", "GET", "DELETE"),
        create_job,
        list_jobs,
        delete_jobs,
        get_job,
        delete_job,
        get_results,
        cancel_job,
        cancel_jobs,
        list_backends,
        list_characterizations,
        get_current,
        get_characterization,
        get_report,
    ],
)
