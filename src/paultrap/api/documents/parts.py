"""The parts of the application that have a document each: the two versions, and what is paultrap's."""

from typing import Any

from paultrap.api.documents.building import Part
from paultrap.api.documents.gates import gate_schemas
from paultrap.api.documents.operations import Operation, shaped
from paultrap.api.extras import Plugin
from paultrap.api.hosts import WorkerHost
from paultrap.api.index import Index
from paultrap.api.shapes import Details, Health, Progress
from paultrap.api.v03.operations import OPERATIONS as V03
from paultrap.api.v03.operations import SHAPES as V03_SHAPES
from paultrap.api.v04.operations import OPERATIONS as V04
from paultrap.api.v04.operations import SHAPES as V04_SHAPES

_DOCUMENT: Any = shaped(
    {"type": "object", "required": ["openapi", "info", "paths"], "description": "OpenAPI 3.1."}
)
_PAGE = Operation("documents", shaped({"type": "string"}), media_type="text/html")
_METRICS = Operation(
    "health",
    shaped({"type": "string", "description": "Prometheus' text format."}),
    errors=(401, 403),
    media_type="text/plain",
    texts={"application/openmetrics-text": "The same in OpenMetrics, where Accept names it."},
    may_need_key=True,
)
_SHARED = {"get_api_docs": Operation("documents", _DOCUMENT)}

_OWN = {
    "get_details": Operation("jobs", Details),
    "get_plugins": Operation("backends", list[Plugin]),
    "get_progress": Operation("jobs", Progress),
    "get_workers": Operation("health", list[WorkerHost]),
    "retry_job": Operation("jobs", Progress, errors=(409,)),
    "get_index": Operation("health", Index),
    "live": Operation("health", Health),
    "ready": Operation("health", Health),
    "get_metrics": _METRICS,
    "get_page": _PAGE,
    "get_page_of_part": _PAGE,
}

#: By the name that the page has in its path, the newest first.
PARTS: dict[str, Part] = {
    "v0.4": Part(
        "IonQ API v0.4, as paultrap speaks it", "/v0.4", V04 | _SHARED, V04_SHAPES, gate_schemas
    ),
    "v0.3": Part(
        "IonQ API v0.3, as paultrap speaks it", "/v0.3", V03 | _SHARED, V03_SHAPES, gate_schemas
    ),
    "paultrap": Part("paultrap's own paths", "", _OWN | _SHARED),
}
