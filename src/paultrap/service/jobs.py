"""`JobService`: the life of jobs, from their submission to their deletion.

It knows no version of the API: the function that reads a body is passed to it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from functools import partial
from typing import NamedTuple, ParamSpec, TypeVar

from paultrap.admission import (
    Admission,
    AdmittedJob,
    Changes,
    JobRequest,
    Kind,
    Refusal,
    UnreadFunction,
    UnreadProgram,
    admit,
    admit_clone,
    check_clonable,
    plan_again,
)
from paultrap.limits import named
from paultrap.service.creating import Creating
from paultrap.service.creations import CreationService, stored
from paultrap.service.errors import CircuitsNotKeptError, JobStartedError
from paultrap.service.known_hosts import KnownHosts
from paultrap.service.listing import Listed, listed
from paultrap.service.resources import Resources
from paultrap.service.turns import Owner
from paultrap.service.waiting import Waiting
from paultrap.store import (
    FailedCircuits,
    JobEngine,
    JobFilter,
    JobNotFoundError,
    JobRecord,
    KeyRecord,
    NewJob,
    NothingToRetryError,
    Page,
    Retry,
    StoreUnavailableError,
)
from paultrap.tracing import Span

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LONGEST_SHOWN = 64
_POLL_S = 1.0
# What a job is refused for that another host might have: a backend, or memory.
_BY_HOSTS = frozenset({Kind.UNKNOWN, Kind.RESOURCES})

P = ParamSpec("P")
T = TypeVar("T")


class Origin(NamedTuple):
    """Which request a job comes from; the first fields are those of `paultrap.store.NewJob`.

    Attributes:
        request_id: The id of the request, which its answer and the log show.
        traceparent: The W3C trace context that the job continues, or None.
        creating: The request, where it may come again; None makes a job each time.
    """

    request_id: str
    traceparent: str | None = None
    creating: Creating | None = None


async def _never() -> None:
    await asyncio.Event().wait()


class Client(NamedTuple):
    """Who submits a job.

    Attributes:
        key: The key of the caller, whose project the job belongs to.
        left: Returns when nobody waits for the answer any more.
    """

    key: KeyRecord
    left: Callable[[], Awaitable[None]] = _never


class JobService:
    """The jobs of one server, each within the caller's project."""

    def __init__(self, resources: Resources, creations: CreationService, hosts: KnownHosts) -> None:
        self._creations = creations
        self._hold_s = resources.settings.hold_seconds
        self._hosts = hosts
        self._jobs = resources.store.jobs
        self._threads = resources.threads
        self._tracing = resources.tracing
        self._waiters = resources.waiters

    async def submit(
        self, origin: Origin, client: Client, body: bytes, read: Callable[[bytes], JobRequest]
    ) -> JobRecord:
        """Return the job that a request's body asks for, durably stored.

        Args:
            origin: The request's id and its trace.
            client: Who sends it.
            body: The body as sent, decompressed.
            read: Reads the body as one version of the API writes it.

        Raises:
            Refusal: The job cannot be run.
            ClientLeftError: Nobody waits for the answer any more, and its program was not read yet.
            paultrap.languages.ReaderError: No process could be started to read its program.
        """
        with self._span("read request", origin):
            admission = await self._judged(self._admit, body, read)
        job = await self._completed(origin, admission, client, len(body))
        with self._span("store job", origin):
            new = _new_job(job, client.key, origin)
            return await stored(self._threads, origin.creating, partial(self._jobs.add, new))

    def _admit(self, body: bytes, read: Callable[[bytes], JobRequest]) -> Admission:
        request = read(body)
        return admit(request, self._hosts.limits(request.backend), self._hosts.machines)

    async def _judged(self, judge: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a job is admitted as, by what is known of the hosts now.

        Somebody who has just started one is not refused for what was known a moment before.
        """
        try:
            return await self._threads.compute(judge, *args, **kwargs)
        except Refusal as refusal:
            if refusal.kind not in _BY_HOSTS or not await self._hosts.renew():
                raise
        return await self._threads.compute(judge, *args, **kwargs)

    async def _completed(
        self, origin: Origin, admission: Admission, client: Client, size: int
    ) -> AdmittedJob:
        """Return an admitted job, whose program another process reads where it has one."""
        reading = self._threads.reading
        match admission:
            case UnreadProgram():
                with self._span("read program", origin):
                    owner = Owner(client.key.id, "program")
                    return await reading.read(owner, size, admission, client.left)
            case UnreadFunction():
                with self._span("read ansatz", origin):
                    owner = Owner(client.key.id, "ansatz")
                    ansatz = await reading.read(owner, size, admission, client.left)
                with self._span("make circuits", origin):
                    return await self._threads.compute(admission.job, ansatz)
            case _:
                return admission

    def _span(self, name: str, origin: Origin) -> Span:
        return self._tracing.span(name, parent=origin.traceparent)

    async def clone(
        self, origin: Origin, key: KeyRecord, job_id: str, changes: Changes
    ) -> JobRecord:
        """Return a new job of another's circuits.

        Raises:
            JobNotFoundError: The caller has no such job.
            CircuitsNotKeptError: There is nothing to run again.
            Refusal: The circuits cannot be run like that.
        """
        new = await self._again(origin, key, job_id, changes)
        return await stored(self._threads, origin.creating, partial(self._jobs.add, new))

    async def move(
        self, origin: Origin, key: KeyRecord, job_id: str, changes: Changes
    ) -> JobRecord:
        """Return a new job that takes the place of one that has not started.

        Raises:
            JobStartedError: It has started.
            JobNotFoundError, CircuitsNotKeptError, Refusal: As `clone`.
        """
        new = await self._again(origin, key, job_id, changes)
        wanted = _check_id(job_id)
        store = partial(self._jobs.move, new, wanted)
        job = await stored(self._threads, origin.creating, store)
        if job is None:
            raise JobStartedError(wanted)
        return job

    async def _again(self, origin: Origin, key: KeyRecord, job_id: str, changes: Changes) -> NewJob:
        job = await self.find(key, job_id)
        check_clonable(job.type)
        original = await self._threads.read(self._jobs.admitted, job)
        if original is None:
            raise CircuitsNotKeptError(job.id)
        admitted = await self._judged(self._admit_clone, changes, original)
        return _new_job(admitted, key, origin)

    def _admit_clone(self, changes: Changes, original: AdmittedJob) -> AdmittedJob:
        backend = original.backend if changes.backend is None else changes.backend
        return admit_clone(changes, original, self._hosts.limits(backend), self._hosts.machines)

    async def find(self, key: KeyRecord, job_id: str) -> JobRecord:
        """Return a parent or a child.

        Raises:
            JobNotFoundError: The caller has no such job.
        """
        wanted = _check_id(job_id)
        job = await self._threads.read(self._jobs.get, key.project_id, wanted)
        if job is None:
            raise JobNotFoundError([job_id])
        await self._creations.asked(job.id)
        return job

    async def find_settled(self, key: KeyRecord, job_id: str) -> JobRecord:
        """Return a parent or a child, once it has ended or the time to hold an answer is over.

        Raises:
            JobNotFoundError: The caller has no such job.
        """
        job = await self.find(key, job_id)
        if job.status.is_final or not self._hold_s:
            return job
        with suppress(TimeoutError), self._waiters.watch(job.parent_id or job.id) as changed:
            async with asyncio.timeout(self._hold_s):
                while not job.status.is_final:
                    # Read again before the first wait: it may have ended since. What is known of it
                    # is an answer too, where the database is lost meanwhile.
                    with suppress(StoreUnavailableError):
                        job = await self.find(key, job_id)
                    if not job.status.is_final:
                        await _some_time(changed)
        return job

    async def settle(self, key: KeyRecord, job_id: str) -> None:
        """Wait as `find_settled` does; for a job that does not exist not at all."""
        with suppress(JobNotFoundError):
            await self.find_settled(key, job_id)

    async def page(self, key: KeyRecord, wanted: JobFilter, limit: int, cursor: str | None) -> Page:
        """Return one page of the caller's jobs, newest first."""
        page = await self._threads.read(self._jobs.page, key.project_id, wanted, limit, cursor)
        if wanted.ids is not None:
            for job in page.jobs:
                await self._creations.asked(job.id)
        return page

    async def children(self, job: JobRecord) -> list[str] | None:
        """Return the child ids of a multicircuit job in submission order; None of any other."""
        return await self._threads.read(self._children, job) if job.is_multicircuit else None

    async def with_children(self, jobs: Sequence[JobRecord]) -> Listed[list[str]]:
        """Return the jobs of a list, each multicircuit job with its child ids in submission order.

        Without those of which they are damaged.
        """
        if not any(job.is_multicircuit for job in jobs):
            return Listed(jobs, {})
        return await self._threads.read(listed, jobs, self._children)

    def _children(self, job: JobRecord) -> list[str] | None:
        return self._jobs.child_ids(job.id) if job.is_multicircuit else None

    async def engine_of(self, job: JobRecord) -> JobEngine:
        """Return by what rules a job is computed."""
        return await self._threads.read(self._jobs.engine_of, job)

    async def waiting_for(self, job: JobRecord) -> Waiting | None:
        """Return what a job waits for that no host has now; None where it is only not its turn."""
        if job.status.is_final:
            return None
        return self._hosts.waiting(await self._threads.read(self._jobs.queued_needs, job))

    async def cancel(self, key: KeyRecord, job_ids: Sequence[str]) -> list[str]:
        """Cancel all of the jobs, or none of them when one does not exist.

        A job that has ended stays as it is.

        Raises:
            JobNotFoundError: The caller has not all of them.
        """
        ids = [_check_id(job_id) for job_id in job_ids]
        await self._threads.write(self._jobs.cancel, key.project_id, ids)
        return ids

    async def retry(self, key: KeyRecord, job_id: str) -> JobRecord:
        """Run the failed circuits of a job again, and return the job, which goes on.

        Raises:
            JobNotFoundError: The caller has no such job.
            NothingToRetryError: It has no failed circuits, or has not ended.
            Refusal: A circuit needs more than there is now, or its backend is gone.
        """
        job = await self.find(key, job_id)
        if job.parent_id is not None:
            raise NothingToRetryError(job.id, f'is a child: retry its parent "{job.parent_id}"')
        failed = await self._threads.read(self._jobs.failed_circuits, key.project_id, job.id)
        again = await self._threads.compute(self._planned_again, job, failed)
        await self._threads.write(self._jobs.retry, key.project_id, job.id, again)
        return await self.find(key, job.id)

    def _planned_again(self, job: JobRecord, failed: list[FailedCircuits]) -> Retry:
        backend = self._hosts.machines.backends.get(job.backend)
        if backend is None:
            raise NothingToRetryError(job.id, f'is for "{job.backend}", which is not here any more')
        limits = self._hosts.limits(job.backend)
        chunks = [
            chunk._replace(first=each.first + chunk.first, stop=each.first + chunk.stop)
            for each in failed
            for chunk in plan_again(each.program, job.sampling, job.readout, limits, backend)
        ]
        return Retry(failed, chunks)

    async def delete(self, key: KeyRecord, job_ids: Sequence[str]) -> list[str]:
        """Delete all of the jobs with their children, or none when one does not exist.

        Raises:
            JobNotFoundError: The caller has not all of them.
        """
        ids = [_check_id(job_id) for job_id in job_ids]
        await self._threads.write(self._jobs.delete, key.project_id, ids)
        return ids


async def _some_time(changed: asyncio.Event) -> None:
    """Wait for a job to change, but not for long: nobody may be told of what others do."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_POLL_S):
            await changed.wait()
    changed.clear()


def _new_job(job: AdmittedJob, key: KeyRecord, origin: Origin) -> NewJob:
    """Return a job that waits to be stored for the owner of a key."""
    admitted = {each.name: getattr(job, each.name) for each in fields(AdmittedJob)}
    if job.failure is not None:
        admitted["failure"] = replace(job.failure, message=named(job.failure.message))
    return NewJob(
        **admitted,
        project_id=key.project_id,
        submitter_id=key.submitter_id,
        request_id=origin.request_id,
        traceparent=origin.traceparent,
    )


def _check_id(job_id: str) -> str:
    wanted = job_id.lower()
    if _UUID.fullmatch(wanted) is None:
        raise JobNotFoundError([job_id[:_LONGEST_SHOWN]])
    return wanted
