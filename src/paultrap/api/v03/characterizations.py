"""The characterizations of version 0.3, whose instants are integers: milliseconds in, seconds out."""

from typing import Any

from litestar import Response

from paultrap.api.characterizations import current, find, look_up, view_of
from paultrap.api.errors import ApiError
from paultrap.api.handlers import HttpRequest, PathWord, Service, get
from paultrap.api.queries import read_milliseconds
from paultrap.api.responses import answer
from paultrap.machines import Characterization


@get("/characterizations/backends/{backend:str}")
async def list_characterizations(
    request: HttpRequest, service: Service, backend: PathWord
) -> Response[bytes]:
    """Answer one page of a backend's characterizations, newest first; no key is needed."""
    found = look_up(service.machines, backend, request, read_milliseconds)
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


def _view(item: Characterization) -> dict[str, Any]:
    return view_of(item, item.date // 1000)
