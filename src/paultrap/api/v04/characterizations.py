"""The characterizations of version 0.4: `/backends/{backend}/characterizations`."""

from datetime import UTC, datetime
from typing import Any

from litestar import Response

from paultrap.api.characterizations import find, look_up, view_of
from paultrap.api.errors import invalid
from paultrap.api.handlers import HttpRequest, PathWord, Service, get
from paultrap.api.responses import answer
from paultrap.api.times import iso_time
from paultrap.machines import Characterization


@get("/backends/{backend:str}/characterizations")
async def list_characterizations(
    request: HttpRequest, service: Service, backend: PathWord
) -> Response[bytes]:
    """Answer one page of a backend's characterizations, newest first; no key is needed."""
    found = look_up(service.machines, backend, request, _read_date)
    items = None if found.items is None else [_view(each) for each in found.items]
    return answer(request, {"characterizations": items, "pages": found.pages})


@get("/backends/{backend:str}/characterizations/{characterization_id:str}")
async def get_characterization(
    request: HttpRequest, service: Service, backend: PathWord, characterization_id: PathWord
) -> Response[bytes]:
    """Answer one characterization; no key is needed."""
    return answer(request, _view(find(service.machines, characterization_id, backend)))


def _read_date(field: str, text: str) -> int:
    """Return the Unix milliseconds of a date or an instant, UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise invalid(field, "expected a date such as 2025-12-31.", "query") from None


def _view(item: Characterization) -> dict[str, Any]:
    return view_of(item, iso_time(item.date))
