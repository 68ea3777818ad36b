"""What paultrap alone answers, under `/paultrap/…`: more about a job, and the plug-ins."""

from typing import Any

import msgspec
from litestar import Response, post

from paultrap.api.handlers import Caller, HttpRequest, PathWord, Service, get
from paultrap.api.responses import answer
from paultrap.api.shapes import WaitingFor
from paultrap.service import Waiting
from paultrap.store import JobRecord


class Plugin(msgspec.Struct):
    """An installed plug-in; ``reason`` says why one that is unavailable cannot be used."""

    name: str
    status: str
    reason: str | None = None


@get("/paultrap/plugins")
async def get_plugins(request: HttpRequest, service: Service, key: Caller) -> Response[bytes]:  # noqa: ARG001
    """Answer the plug-in backends; one that cannot be used has the name of its entry point."""
    machines = service.machines
    plugins = [each for each in machines.backends.values() if machines.is_plugin(each.name)]
    found = [Plugin(each.name, each.status, machines.absence_of(each)) for each in plugins]
    found += [Plugin(each.name, "unavailable", each.reason) for each in machines.unavailable]
    return answer(request, found)


@get("/paultrap/jobs/{job_id:str}/progress")
async def get_progress(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Answer a job's status in the words of v0.4, and how many of its circuits have results."""
    return answer(request, _progress_of(await service.jobs.find(key, job_id)))


@get("/paultrap/jobs/{job_id:str}")
async def get_details(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Answer how a job is computed, by which engines it was so far, and what it may wait for."""
    job = await service.jobs.find(key, job_id)
    engine = await service.jobs.engine_of(job)
    more = {
        "type": job.type,
        "backend": job.backend,
        "engine_version": engine.version,
        "precision": engine.precision,
        "engine_versions": engine.ran,
        "waiting_for": _waiting_of(await service.jobs.waiting_for(job)),
    }
    return answer(request, _progress_of(job) | more)


@post("/paultrap/jobs/{job_id:str}/retry", status_code=200)
async def retry_job(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Run the failed circuits of a job again, in their places; the others keep their results."""
    return answer(request, _progress_of(await service.jobs.retry(key, job_id)))


def _waiting_of(waiting: Waiting | None) -> WaitingFor | None:
    if waiting is None:
        return None
    return WaitingFor(
        message=waiting.message,
        backend=waiting.backend,
        memory_bytes=waiting.memory,
        largest_memory_bytes=waiting.largest_memory,
    )


def _progress_of(job: JobRecord) -> dict[str, Any]:
    return {
        "id": job.id,
        "status": job.status,
        "circuits": job.progress.total,
        "circuits_done": job.progress.done,
        "circuits_failed": job.progress.failed,
    }
