"""What handlers of requests are made of: what they are given, and the methods that a path takes.

HEAD follows from GET, and OPTIONS from all methods of a path.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from litestar import HttpMethod, Request, Response, route
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, SkipValidation

from paultrap.service import Services
from paultrap.store import KeyRecord

HttpRequest: TypeAlias = Request[Any, Any, Any]
Service: TypeAlias = NamedDependency[SkipValidation[Services]]
Caller: TypeAlias = NamedDependency[SkipValidation[KeyRecord]]
PathWord: TypeAlias = FromPath[str]


def get(path: str) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """Return the decorator of a handler that answers GET, and HEAD without the body."""
    return route(path, http_method=[HttpMethod.GET, HttpMethod.HEAD], status_code=200)


def options_of(path: str, *methods: str) -> HTTPRouteHandler:
    """Return a handler that answers which ``methods`` a path with several handlers takes.

    Litestar's own names the methods of one handler only.
    """
    also = ["HEAD"] if "GET" in methods else []
    allowed = ", ".join([*methods, *also, "OPTIONS"])

    @route(path, http_method=HttpMethod.OPTIONS, status_code=204)
    async def options() -> Response[None]:
        return Response(None, status_code=204, headers={"allow": allowed})

    return options
