"""Pages of jobs: `/jobs`, and the jobs of one session."""

from typing import Any

from litestar import Response

from paultrap.api.handlers import Caller, HttpRequest, Service
from paultrap.api.queries import (
    read_body_limit,
    read_cursor,
    read_labels,
    read_limit,
    read_statuses,
    word,
    words,
)
from paultrap.api.responses import answer
from paultrap.api.v04.wire import listed_job_of, statuses_of
from paultrap.jobs import Status
from paultrap.store import JobFilter


async def answer_jobs(
    request: HttpRequest, service: Service, key: Caller, session_id: str | None
) -> Response[bytes]:
    """Answer one page of jobs, newest first, narrowed by what the query says."""
    body_limit = await read_body_limit(request, service.threads)
    limit = read_limit(request, body_limit)
    body: dict[str, Any] = {"jobs": [], "next": None}
    status_words = read_statuses(request, [*Status])
    cursor = read_cursor(request)
    wanted = JobFilter(
        ids=[job_id.lower() for job_id in words(request, "ids")] or None,
        parent_id=word(request, "parent_job_id"),
        statuses=statuses_of(status_words) or None,
        backends=words(request, "target") or None,
        session_id=session_id,
        submitter_id=word(request, "submitter_id"),
        labels=read_labels(request),
    )
    if wanted.statuses or not status_words:
        page = await service.jobs.page(key, wanted, limit, cursor)
        shown, outcomes = await service.results.with_results(page.jobs)
        jobs = [listed_job_of(job, service.machines, outcomes.get(job.id)) for job in shown]
        body = {"jobs": jobs, "next": page.next}
    if body["next"] is None and (body_limit is not None or _is_cirq(request)):
        del body["next"]
    return answer(request, body)


def _is_cirq(request: HttpRequest) -> bool:
    """Return whether the client reads pages until `next` is absent: null makes it begin anew."""
    return request.headers.get("user-agent", "").startswith("cirq/")
