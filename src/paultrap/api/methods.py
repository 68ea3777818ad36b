"""OPTIONS of paths with several handlers, where Litestar names one handler's methods only."""

from litestar import HttpMethod, Response, route
from litestar.handlers import HTTPRouteHandler

__all__ = ["options_of"]


def options_of(path: str, *methods: str) -> HTTPRouteHandler:
    """Return a handler that answers which ``methods`` the path takes."""

    @route(path, http_method=HttpMethod.OPTIONS, status_code=204)
    async def options() -> Response[None]:
        return Response(None, status_code=204, headers={"allow": ", ".join([*methods, "OPTIONS"])})

    return options
