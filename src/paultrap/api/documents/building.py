"""OpenAPI documents made from the application's own routes.

What a route says of itself is read from it; the rest is in the tables of operations. A
route that has no entry there stops the document, so that none is forgotten.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from paultrap.api.documents.operations import Operation, Query, Schema
from paultrap.api.requests import LONGEST_IDEMPOTENCY_KEY
from paultrap.api.shapes import BadRequestError, Error, NotFoundError, reference
from paultrap.machines import Machines
from paultrap.release import release
from paultrap.settings import Settings

_COMPONENT = "#/components/schemas/{name}"
_IDS: Schema = {"type": "string", "format": "uuid"}
_PATH_WORDS: dict[str, tuple[str, Schema]] = {
    "job_id": ("A job's id, a parent's or a child's.", _IDS),
    "characterization_id": ("A characterization's id.", _IDS),
    "backend": ("A backend's name.", {"type": "string"}),
    "artifact_id": ("An artifact's id, as the job names it.", {"type": "string"}),
    "format_id": ("A format's name.", {"type": "string"}),
    "session_id": ("A session's id.", _IDS),
    "organization_id": ("An organization's id.", {"type": "string"}),
    "part": ("A document's name.", {"type": "string"}),
    "lang": ("A language.", {"type": "string"}),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the application that has a document of its own.

    Attributes:
        title: The title of the document.
        prefix: What its paths begin with, and the document's do not; empty for all other paths.
        operations: Descriptions of operations by the name of the handler.
        shapes: Types that the others refer to by name alone.
        schemas: Returns schemas that bodies refer to, by name, under a server's limits.
    """

    title: str
    prefix: str
    operations: dict[str, Operation]
    shapes: tuple[Any, ...] = ()
    schemas: Callable[[Settings], dict[str, Schema]] = field(default=lambda _: {})

    def holds(self, path: str) -> bool:
        """Return whether a path of the application is of this part."""
        if self.prefix:
            return path.startswith(f"{self.prefix}/")
        return not path.startswith("/v0.")


@dataclass(frozen=True, slots=True)
class _Route:
    path: str
    method: str
    handler: HTTPRouteHandler

    @property
    def needs_key(self) -> bool:
        return "key" in inspect.signature(self.handler.fn).parameters

    @property
    def path_words(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]


def routes_of(app: Litestar) -> Iterator[_Route]:
    """Yield every path with each of its methods; HEAD and OPTIONS follow from the others."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"}):
                yield _Route(route.path_format, method.lower(), handler)


def build(app: Litestar, part: Part, settings: Settings, machines: Machines) -> Schema:
    """Return the OpenAPI document of a part of the application.

    Args:
        app: The application whose routes are described.
        part: Which of them, and what they take and answer.
        settings: The limits that the document states.
        machines: The backends and noise models that it names.

    Raises:
        KeyError: A route has no operation in ``part``.
    """
    routes = [each for each in routes_of(app) if part.holds(each.path)]
    described = [(each, part.operations[each.handler.handler_name]) for each in routes]
    types = [operation.answer for _, operation in described if operation.answer is not None]
    schemas, components = msgspec.json.schema_components(
        [*types, *part.shapes, Error, BadRequestError, NotFoundError], ref_template=_COMPONENT
    )
    answers = iter(schemas)
    paths: dict[str, Any] = {}
    for route, operation in described:
        body = None if operation.body is None else operation.body(settings, machines)
        answer = next(answers) if operation.answer is not None else None
        item = paths.setdefault(route.path.removeprefix(part.prefix), {})
        item[route.method] = _operation(route, operation, answer, body)
    return {
        "openapi": "3.1.0",
        "info": {"title": part.title, "version": release(), "description": _ABOUT},
        "servers": [{"url": settings.root_path + part.prefix or "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted((components | part.schemas(settings)).items())),
            "securitySchemes": {
                "key": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The word `apiKey`, a space, and the key.",
                }
            },
        },
    }


_IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "What the client calls this request. Sent again with the same key and body, it "
    "makes nothing more and has the first answer.",
    "schema": {"type": "string", "pattern": f"^[!-~]{{1,{LONGEST_IDEMPOTENCY_KEY}}}$"},
}
_REPEATED: Schema = {
    "Idempotency-Replayed": {
        "description": "`true`: this is the answer to an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Paultrap-Duplicate-Of": {
        "description": "This is the answer to an equal request that was lost; what it had made.",
        "schema": _IDS,
    },
}

_TAGS = "entity tags, as `ETag` gives them, with commas between them, or `*`"


def _condition(name: str, text: str) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": text,
        "schema": {"type": "string", "pattern": "^[ -~]*$"},
    }


_CONDITIONS = [
    _condition("If-None-Match", f"What the client has already: {_TAGS}."),
    _condition("If-Match", f"Of what alone it is to be: {_TAGS}."),
    _condition(
        "Range",
        "One range of bytes, such as `bytes=1000-`, where the answer is not encoded. Several, and what "
        "is no range, are ignored.",
    ),
    _condition("If-Range", "The entity tag of what the range is of; all is answered of another."),
]
_TAG: Schema = {
    "ETag": {
        "description": "A strong entity tag: it changes with each byte of the answer, and is the same "
        "after the server has started again. Each encoding has one.",
        "schema": {"type": "string"},
    },
    "Vary": {"description": "`accept-encoding`", "schema": {"type": "string"}},
}
_TEXT = _TAG | {
    "Accept-Ranges": {
        "description": "`bytes`, where the answer is not encoded.",
        "schema": {"type": "string"},
    }
}
_UNDER_CONDITIONS: Schema = {
    "206": {
        "description": "The range of bytes that was asked for.",
        "headers": _TEXT
        | {
            "Content-Range": {
                "description": "Which bytes of how many.",
                "schema": {"type": "string"},
            }
        },
    },
    "304": {"description": "The client has it already.", "headers": _TAG},
}

_ABOUT = (
    "Made by the server from its own routes; the limits are those of its settings. Fields and "
    "parameters that are not described are ignored in requests, and told in headers "
    "`paultrap-warning` of the answer; with the header `paultrap-strict: true`, or on a server with "
    "the setting `strict`, they are refused. Always refused are those of a gate or of `noise` that "
    "are within two letters of one that is described, and `shots`, `noise` and `error_mitigation` "
    "in one circuit."
)


_STRICT: Schema = {
    "name": "paultrap-strict",
    "in": "header",
    "required": False,
    "description": "Whether what is not understood is refused; without it, it is told and ignored.",
    "schema": {"type": "boolean", "default": False},
}
_WARNING: Schema = {
    "paultrap-warning": {
        "description": "Something of the request that was not understood, and so ignored. A header "
        "for each such thing, of printable ASCII; eleven at most, and 2 KiB together.",
        "schema": {"type": "string"},
    }
}


def _operation(
    route: _Route, operation: Operation, answer: Schema | None, body: Schema | None
) -> Schema:
    summary, _, more = (inspect.getdoc(route.handler.fn) or "").partition("\n\n")
    found: Schema = {
        "operationId": route.handler.handler_name,
        "summary": " ".join(summary.split()),
        "tags": [operation.tag],
    }
    if more:
        found["description"] = " ".join(more.split())
    if route.needs_key:
        found["security"] = [{"key": []}]
    elif operation.may_need_key:
        found["security"] = [{}, {"key": []}]
    parameters = [*_path_parameters(route), *map(_query_parameter, operation.query)]
    if operation.creates:
        parameters.append(_IDEMPOTENCY_KEY)
    if operation.is_text:
        parameters += _CONDITIONS
    if parameters:
        found["parameters"] = parameters
    if body is not None:
        found["parameters"] = [*parameters, _STRICT]
        content = {"application/json": {"schema": body}}
        found["requestBody"] = {"required": True, "content": content}
    found["responses"] = _responses(route, operation, answer)
    return found


def _path_parameters(route: _Route) -> Iterator[Schema]:
    for word in route.path_words:
        text, schema = _PATH_WORDS[word]
        yield {
            "name": word,
            "in": "path",
            "required": True,
            "description": text,
            "schema": schema,
        }


def _query_parameter(query: Query) -> Schema:
    found: Schema = {
        "name": query.name,
        "in": "query",
        "required": query.required,
        "description": query.text,
        "schema": query.schema,
    }
    if query.schema.get("type") == "array":
        found |= {"style": "form", "explode": False}
    return found


_ERRORS = {400: BadRequestError, 404: NotFoundError}


def _responses(route: _Route, operation: Operation, answer: Schema | None) -> Schema:
    found: Schema = {}
    if answer is not None:
        status = route.handler.status_code
        content = {operation.media_type: {"schema": answer}} | {
            media_type: {"schema": {"type": "string", "description": text}}
            for media_type, text in operation.texts.items()
        }
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "headers": _WARNING
            | (_REPEATED if operation.creates else {})
            | (_TEXT if operation.is_text else {}),
            "content": content,
        }
    if operation.is_text:
        found |= _UNDER_CONDITIONS
    for status in sorted({*operation.errors, *_usual_errors(route, operation)}):
        shape = _ERRORS.get(status, Error).__name__
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": reference(shape)}},
        }
    return found


def _usual_errors(route: _Route, operation: Operation) -> Iterable[int]:
    """Return the errors that follow from what an operation takes."""
    yield from (500, 503)
    if route.needs_key:
        yield from (401, 429)
        if route.method != "get":
            yield 403
    if route.path_words:
        yield 404
    if operation.query or operation.body is not None:
        yield 400
    if operation.body is not None:
        yield from (413, 415)
    if operation.creates:
        yield 422
    if operation.is_text:
        yield from (412, 416)
