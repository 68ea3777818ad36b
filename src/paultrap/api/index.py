"""What a server says of itself: what it is, at `/`, and by probes whether it lives and can work."""

import msgspec
from litestar import Response

from paultrap.api.errors import ApiError
from paultrap.api.handlers import HttpRequest, Service, get
from paultrap.api.responses import answer
from paultrap.release import release


class Index(msgspec.Struct):
    """What a server says of itself; paths are those that a client asks for."""

    name: str
    version: str
    api: list[str]
    docs: str
    api_docs: list[str]
    health: list[str]


@get("/")
async def get_index(request: HttpRequest, service: Service) -> Response[bytes]:
    """Answer what this server is and the paths to begin with; no key is needed."""
    root = service.settings.root_path
    versions = [f"{root}/v0.4", f"{root}/v0.3"]
    body = Index(
        name="paultrap",
        version=release(),
        api=versions,
        docs=f"{root}/docs",
        api_docs=[f"{path}/api-docs" for path in (*versions, f"{root}/paultrap")],
        health=[f"{root}/healthz", f"{root}/readyz"],
    )
    return answer(request, body)


@get("/healthz")
async def live(request: HttpRequest) -> Response[bytes]:
    """Answer 200 while the process lives."""
    return answer(request, {"status": "alive"})


@get("/readyz")
async def ready(request: HttpRequest, service: Service) -> Response[bytes]:
    """Answer 200 while jobs are taken and worked on, else 503 with the reason; never late.

    A server that has no workers of its own is ready whether or not others have some, and says so.
    """
    trouble = await service.health.trouble()
    if trouble is not None:
        raise ApiError(503, trouble)
    note = await service.health.note()
    return answer(request, {"status": "ready"} | ({} if note is None else {"note": note}))
