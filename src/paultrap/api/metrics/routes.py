"""`GET /metrics`, for Prometheus."""

from typing import TypeAlias

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from paultrap.api.methods import get
from paultrap.api.metrics.access import MetricsAccess
from paultrap.api.metrics.scrape import Metrics
from paultrap.api.parameters import HttpRequest

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
