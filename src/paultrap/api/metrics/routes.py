"""`GET /metrics`, for Prometheus, and who may read it."""

from collections.abc import Sequence
from typing import TypeAlias

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from paultrap.api.auth import Authenticator
from paultrap.api.errors import ApiError
from paultrap.api.handlers import HttpRequest, get
from paultrap.api.metrics.scrape import Metrics
from paultrap.api.network import Networks, client_address
from paultrap.api.requests import remember_key
from paultrap.store import Role

_WAYS = (
    "Metrics can be read with the key of an admin ('paultrap keys create --role admin' makes one), "
    "and without a key from the addresses of the setting metrics_allow_ips "
    "(PAULTRAP_METRICS_ALLOW_IPS)."
)


class MetricsAccess:
    """Says who may read the metrics of one application.

    Args:
        authenticator: Finds whose key a request has.
        allowed: Addresses and networks that need none, as in the setting ``metrics_allow_ips``.
    """

    def __init__(self, authenticator: Authenticator, allowed: Sequence[str]) -> None:
        self._authenticator = authenticator
        self._allowed = Networks(allowed)

    async def check(self, request: HttpRequest) -> None:
        """Return when the client may read the metrics.

        A reading is not counted as a request of its key: it must work when others send too many.

        Raises:
            ApiError: 401 without a key that is known, 403 with one that is no admin's.
        """
        if client_address(request.scope) in self._allowed:
            return
        if not request.headers.get("authorization"):
            raise ApiError(401, f"No key provided. {_WAYS}")
        key = await self._authenticator.find(request)
        remember_key(request.scope, key)
        if key.role is not Role.ADMIN:
            raise ApiError(403, f'The role of "{key.name}" is {key.role}. {_WAYS}')


_Metrics: TypeAlias = NamedDependency[SkipValidation[Metrics]]
_Access: TypeAlias = NamedDependency[SkipValidation[MetricsAccess]]


@get("/metrics")
async def get_metrics(
    request: HttpRequest, metrics: _Metrics, metrics_access: _Access
) -> Response[bytes]:
    """Answer the server's metrics for Prometheus.

    No key is needed from this machine, or from the addresses of a setting; elsewhere an admin's is.
    """
    await metrics_access.check(request)
    text, content_type = await metrics.text(request.headers.get("accept", ""))
    return Response(text, media_type=content_type)
