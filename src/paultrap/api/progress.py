"""How far a job has come: paultrap's own path beside those of the API's versions."""

from litestar import Response

from paultrap.api.methods import get
from paultrap.api.parameters import Caller, HttpRequest, PathWord, Service
from paultrap.api.responses import answer


@get("/paultrap/jobs/{job_id:str}/progress")
async def get_progress(
    request: HttpRequest, service: Service, key: Caller, job_id: PathWord
) -> Response[bytes]:
    """Answer a job's status in the words of v0.4, and how many of its circuits have results."""
    job = await service.jobs.find(key, job_id)
    body = {
        "id": job.id,
        "status": job.status,
        "circuits": job.progress.total,
        "circuits_done": job.progress.done,
    }
    return answer(request, body)
