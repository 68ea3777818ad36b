"""`/v0.4/api-docs` and its like, and `/docs`, the page to read them: no key is needed."""

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler

from paultrap.api.documents.building import build
from paultrap.api.documents.page import render
from paultrap.api.documents.parts import PARTS
from paultrap.api.errors import ApiError
from paultrap.api.handlers import HttpRequest, PathWord, Service, get
from paultrap.api.responses import answer
from paultrap.service import Services

# The page needs nothing but itself, and may load nothing else.
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}


def _document(app: Litestar, name: str, service: Services) -> msgspec.Raw:
    """Return a document as JSON, which changes only when a host brings or takes away a backend."""
    key, machines = f"api-docs of {name}", service.machines
    _, of = app.state.get(key, (None, None))
    if of is not machines:
        document = build(app, PARTS[name], service.settings, machines)
        app.state[key] = msgspec.Raw(msgspec.json.encode(document)), machines
    made: msgspec.Raw = app.state[key][0]
    return made


def _api_docs(name: str, path: str) -> HTTPRouteHandler:
    @get(path)
    async def get_api_docs(request: HttpRequest, service: Service) -> Response[bytes]:
        """Answer this document; no key is needed."""
        return answer(request, _document(request.app, name, service))

    return get_api_docs


@get("/docs")
async def get_page(request: HttpRequest, service: Service) -> Response[str]:
    """Answer the page about the newest version; no key is needed."""
    return _page(request, service, next(iter(PARTS)))


@get("/docs/{part:str}")
async def get_page_of_part(request: HttpRequest, service: Service, part: PathWord) -> Response[str]:
    """Answer the page about a version, or about paultrap's own paths; no key is needed."""
    if part not in PARTS:
        raise ApiError(404, f"Resource not found: the only pages are about {', '.join(PARTS)}.")
    return _page(request, service, part)


def _page(request: HttpRequest, service: Service, name: str) -> Response[str]:
    document = msgspec.json.decode(_document(request.app, name, service))
    text = render(document, name, list(PARTS), service.settings.root_path)
    return Response(text, media_type="text/html", headers=_PAGE_HEADERS)


DOCUMENTS = [
    *(_api_docs(name, f"{part.prefix or '/paultrap'}/api-docs") for name, part in PARTS.items()),
    get_page,
    get_page_of_part,
]
