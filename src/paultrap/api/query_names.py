"""Names in a query that an operation does not have: told, or refused where that is asked for."""

from typing import Any

from litestar import Litestar, Request

from paultrap.admission import METADATA_PREFIX
from paultrap.api.documents.building import routes_of
from paultrap.api.documents.parts import PARTS
from paultrap.api.queries import refuse_if_strict
from paultrap.api.requests import be_strict, notices_of

_KIND = "query"


class QueryNames:
    """Looks at each request before its handler does.

    Args:
        strict: Whether the server takes nothing that it does not understand.
    """

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    async def __call__(self, request: Request[Any, Any, Any]) -> None:
        """Tell the names that its operation does not have.

        Raises:
            ApiError: 400 where there are some, and the request or the server is strict.
        """
        if self._strict:
            be_strict(request.scope)
        if not request.scope["query_string"]:
            return
        known = self._names(request)
        if known is None:
            return
        sent = {_described(name) for name in request.query_params}
        if sent <= known:
            return
        notices = notices_of(request.scope)
        for name in sorted(sent - known):
            notices.unknown(_KIND, "", name, known, in_query=True)
        refuse_if_strict(request)

    def _names(self, request: Request[Any, Any, Any]) -> frozenset[str] | None:
        """Return the names that an operation has; None where it is described nowhere, as OPTIONS."""
        if not self._known:
            self._known = names_of(request.app)
        method = "GET" if request.method == "HEAD" else request.method
        return self._known.get((method.lower(), request.scope["path_template"]))


def _described(name: str) -> str:
    """Return the name by which a parameter is described: ``a[]`` is ``a``, and keys have one for all."""
    if name.startswith(METADATA_PREFIX):
        return f"{METADATA_PREFIX}{{key}}"
    return name.removesuffix("[]")


def names_of(app: Litestar) -> dict[tuple[str, str], frozenset[str]]:
    """Return the parameters in the query of each method and path of an application."""
    return {
        (route.method, route.path): frozenset(
            query.name for query in part.operations[route.handler.handler_name].query
        )
        for part in PARTS.values()
        for route in routes_of(app)
        if part.holds(route.path)
    }
