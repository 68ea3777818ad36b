"""The paths of version 0.3."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from litestar import Response, Router, post

from paultrap.api.calibrations import get_current_calibration, list_calibrations
from paultrap.api.changes import JOB_CHANGES
from paultrap.api.creating import Maker, answer_once
from paultrap.api.handlers import Caller, HttpRequest, PathWord, Service, get, options_of
from paultrap.api.queries import (
    read_after,
    read_aggregation,
    read_cursor,
    read_labels,
    read_limit,
    read_statuses,
    refuse_if_strict,
    word,
    words,
)
from paultrap.api.requests import client_of, notices_of
from paultrap.api.responses import answer
from paultrap.api.texts import answer_text
from paultrap.api.v03.characterizations import (
    get_characterization,
    get_current,
    list_characterizations,
)
from paultrap.api.v03.reports import get_report
from paultrap.api.v03.wire import (
    CreatedJob,
    Job,
    backends_of,
    job_of,
    statuses_of,
    words_of_status,
)
from paultrap.service import Origin
from paultrap.store import JobFilter, JobRecord
from paultrap.submissions import read_v03


class Selection:
    """The fields of a job that a request asks for by `include` and `exclude`; unknown names are told."""

    def __init__(self, request: HttpRequest) -> None:
        self._include = frozenset(words(request, "include"))
        self._exclude = frozenset(words(request, "exclude"))
        known = Job.__struct_fields__
        for query, names in (("include", self._include), ("exclude", self._exclude)):
            for name in sorted(names.difference(known)):
                notices_of(request.scope).unknown(query, query, name, known, in_query=True)
        refuse_if_strict(request)

    def __contains__(self, field: str) -> bool:
        wanted = not self._include or field in self._include
        return wanted and field not in self._exclude

    def of(self, job: msgspec.Struct) -> Any:
        """Return ``job`` with the selected fields only, in their order."""
        if not self._include and not self._exclude:
            return job
        return {
            name: value
            for name in job.__struct_fields__
            if name in self and (value := getattr(job, name)) is not msgspec.UNSET
        }


@post("/jobs", status_code=200)
async def create_job(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Take a job and answer its id once it is durably stored."""
    read = partial(read_v03, notices=notices_of(request.scope))

    async def submit(origin: Origin, body: bytes) -> JobRecord:
        return await service.jobs.submit(origin, client_of(request, key), body, read)

    return await answer_once(request, service, key, Maker(submit, _created, 200))


def _created(job: JobRecord) -> CreatedJob:
    return CreatedJob(job.id, "ready", job.requested_at // 1000)


@get("/jobs")
async def list_jobs(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:
    """Answer one page of jobs, newest first; `next` is absent on the last page."""
    limit, cursor = read_limit(request), read_cursor(request)
    status_words = read_statuses(request, words_of_status())
    ids = [job_id.lower() for job_id in words(request, "id")]
    if len(ids) == 1:
        # CUDA-Q polls a job in this way, some two thousand times a second.
        await service.jobs.settle(key, ids[0])
    wanted = JobFilter(
        ids=ids or None,
        parent_id=word(request, "parent_job_id"),
        statuses=statuses_of(status_words) or None,
        backends=words(request, "target") or None,
        submitter_id=word(request, "submitter_id") or word(request, "submitted_by"),
        labels=read_labels(request),
    )
    if status_words and not wanted.statuses:
        return answer(request, {"jobs": []})
    page = await service.jobs.page(key, wanted, limit, cursor)
    selection = Selection(request)
    shown: Sequence[JobRecord] = page.jobs
    children: Mapping[str, list[str]] = {}
    if "children" in selection:
        shown, children = await service.jobs.with_children(page.jobs)
    body: dict[str, Any] = {
        "jobs": [
            selection.of(job_of(job, children.get(job.id, []), service.machines)) for job in shown
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
    children = await service.jobs.children(job) if "children" in selection else None
    return answer(request, selection.of(job_of(job, children or [], service.machines)))


@get("/jobs/{job_id:str}/results")
async def get_results(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[Any]:
    """Answer one distribution, or one for each child when the job has several circuits."""
    aggregation, after = read_aggregation(request), read_after(request)
    job = await service.jobs.find_settled(key, job_id)
    # Clients of this version take the results of a one-element `circuits` as a single circuit's.
    if job.circuits > 1:
        text = await service.results.aggregate(job, aggregation, after)
    else:
        text = await service.results.probabilities(job, aggregation, after)
    return await answer_text(request, service, text)


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
        *JOB_CHANGES,
        get_job,
        get_results,
        list_backends,
        get_current_calibration,
        list_calibrations,
        list_characterizations,
        get_current,
        get_characterization,
        get_report,
    ],
)
