"""Probes: whether the process lives, and whether it can do work."""

from litestar import Response

from paultrap.api.errors import ApiError
from paultrap.api.methods import get
from paultrap.api.parameters import HttpRequest, Service
from paultrap.api.responses import answer


@get("/healthz")
async def live(request: HttpRequest) -> Response[bytes]:
    """Answer 200 while the process lives."""
    return answer(request, {"status": "alive"})


@get("/readyz")
async def ready(request: HttpRequest, service: Service) -> Response[bytes]:
    """Answer 200 while jobs are taken and worked on, else 503 with the reason; never late."""
    trouble = await service.health.trouble()
    if trouble is not None:
        raise ApiError(503, trouble)
    return answer(request, {"status": "ready"})
