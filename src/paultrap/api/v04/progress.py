"""How far the circuits of a job are: `/jobs/{id}/progress`, which clients of searches read."""

import msgspec
from litestar import Response

from paultrap.api.handlers import Caller, HttpRequest, PathWord, Service, get
from paultrap.api.responses import answer
from paultrap.api.times import iso_time
from paultrap.functions import Step
from paultrap.store import JobFilter, JobRecord, KeyRecord

_AT_ONCE = 1_000
_NO_STEP = Step()


class StepView(msgspec.Struct):
    """One circuit of a job; of a quantum function, all of its circuits as one.

    Attributes:
        value: What the function has measured there; null before, and of circuits without a function.
        params: The parameters that it was measured with.
        iteration: Which iteration of a search it is in, from 1 on.
    """

    job_id: str
    status: str
    finished_at: str | None
    value: float | None
    params: list[float] | None
    iteration: int | None


class ProgressView(msgspec.Struct):
    """How far the circuits of a job are, in the order of their submission."""

    progress: list[StepView]


@get("/jobs/{job_id:str}/progress")
async def get_job_progress(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Answer how far each circuit of a job is, and what a search has found there."""
    job = await service.jobs.find(key, job_id)
    steps = await service.results.steps(job)
    children = await _children(service, key, job) if job.is_multicircuit else [job]
    found = [_view(each, _step(steps, each.index or 0)) for each in children]
    return answer(request, ProgressView(found))


async def _children(service: Service, key: KeyRecord, job: JobRecord) -> list[JobRecord]:
    found: list[JobRecord] = []
    cursor = None
    while True:
        page = await service.jobs.page(key, JobFilter(parent_id=job.id), _AT_ONCE, cursor)
        found += page.jobs
        cursor = page.next
        if cursor is None:
            return found


def _step(steps: list[Step], index: int) -> Step:
    return steps[index] if index < len(steps) else _NO_STEP


def _view(job: JobRecord, step: Step) -> StepView:
    finished = None if job.completed_at is None else iso_time(job.completed_at)
    return StepView(job.id, job.status.value, finished, step.value, step.params, step.iteration)
