"""The characterizations of version 0.3, whose instants are integers: milliseconds in, seconds out."""

from typing import Any

from litestar import Response

from paultrap.api.characterizations import current, find, look_up, view_of
from paultrap.api.errors import ApiError, invalid
from paultrap.api.handlers import HttpRequest, PathWord, Service, get
from paultrap.api.responses import answer
from paultrap.formats import whole_numeral
from paultrap.machines import Characterization

_GREATEST = 10**16


@get("/characterizations/backends/{backend:str}")
async def list_characterizations(
    request: HttpRequest, service: Service, backend: PathWord
) -> Response[bytes]:
    """Answer one page of a backend's characterizations, newest first; no key is needed."""
    found = look_up(service.machines, backend, request, _read_milliseconds)
    items = [_view(each) for each in found.items or []]
    return answer(request, {"characterizations": items, "pages": found.pages})


@get("/characterizations/backends/{backend:str}/current")
async def get_current(request: HttpRequest, service: Service, backend: PathWord) -> Response[bytes]:
    """Answer a backend's newest characterization; no key is needed."""
    newest = current(service.machines, backend)
    if newest is None:
        raise ApiError(404, f'Resource not found: "{backend}" has no characterization.')
    return answer(request, _view(newest))


@get("/characterizations/{characterization_id:str}")
async def get_characterization(
    request: HttpRequest, service: Service, characterization_id: PathWord
) -> Response[bytes]:
    """Answer one characterization; no key is needed."""
    return answer(request, _view(find(service.machines, characterization_id)))


def _read_milliseconds(field: str, text: str) -> int:
    milliseconds = whole_numeral(text)
    if milliseconds is not None and 0 <= milliseconds < _GREATEST:
        return milliseconds
    raise invalid(field, "expected Unix milliseconds.", "query")


def _view(item: Characterization) -> dict[str, Any]:
    return view_of(item, item.date // 1000)
