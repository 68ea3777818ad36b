"""What paultrap alone says of a job: by what rules it is computed."""

from litestar import Response

from paultrap.api.methods import get
from paultrap.api.parameters import Caller, HttpRequest, PathWord, Service
from paultrap.api.responses import answer


@get("/paultrap/jobs/{job_id:str}")
async def get_details(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Answer by what engine and precision a job is computed, and by which engines it was so far."""
    job = await service.jobs.find(key, job_id)
    engine = await service.jobs.engine_of(job)
    body = {
        "id": job.id,
        "status": job.status,
        "type": job.type,
        "backend": job.backend,
        "circuits": job.progress.total,
        "circuits_done": job.progress.done,
        "engine_version": engine.version,
        "precision": engine.precision,
        "engine_versions": engine.ran,
    }
    return answer(request, body)
