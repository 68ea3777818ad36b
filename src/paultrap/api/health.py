"""Probes: whether the process lives, and whether it can do work."""

from litestar import Response

from paultrap.api.errors import ApiError
from paultrap.api.methods import get
from paultrap.api.parameters import HttpRequest, Service
from paultrap.api.responses import answer

__all__ = ["live", "ready"]


@get("/healthz")
async def live(request: HttpRequest) -> Response[bytes]:
    """Answer 200 while the process lives."""
    return answer(request, {"status": "alive"})


@get("/readyz")
async def ready(request: HttpRequest, service: Service) -> Response[bytes]:
    """Answer 200 while jobs are taken and worked on, else 503."""
    if not await service.is_ready():
        raise ApiError(503, "No worker is alive, or the store does not answer.")
    return answer(request, {"status": "ready"})
