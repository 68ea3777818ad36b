"""How an operation is described beside its route: what it takes and what it answers.

Path, method, path parameters, status, whether a key is needed and the summary are the route's own;
see `paultrap.api.documents.building`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from msgspec import Meta

from paultrap.machines import Machines
from paultrap.settings import Settings

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """One parameter of the query.

    Attributes:
        name: The name of the parameter as it is sent.
        text: What it does, for a person.
        schema: The JSON Schema of the value.
        required: Whether the operation is refused without it.
    """

    name: str
    text: str
    schema: Schema
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What the routes do not say of themselves.

    Attributes:
        tag: The heading under which it is listed.
        answer: The type of the answer's body, which msgspec makes a schema of; None where the
            operation only ever refuses.
        query: The parameters of the query.
        body: Returns the schema of the request's body on a server; None without one.
        errors: Statuses beyond those that follow from the rest.
        media_type: The media type of the answer.
        texts: What else it may be, with a description of each by its media type.
        creates: Whether it makes something, once for each `Idempotency-Key`.
        is_text: Whether what it answers has an entity tag, and is read under conditions and in ranges.
        may_need_key: Whether some clients need a key, where the route itself asks for none.
    """

    tag: str
    answer: Any
    query: tuple[Query, ...] = ()
    body: Callable[[Settings, Machines], Schema] | None = None
    errors: tuple[int, ...] = ()
    media_type: str = "application/json"
    texts: Mapping[str, str] = field(default_factory=dict)
    creates: bool = False
    is_text: bool = False
    may_need_key: bool = False


AFTER = Query(
    "after",
    "The id of a child: only the circuits behind it are answered. For results of several circuits.",
    {"type": "string"},
)


def shaped(schema: Schema) -> Any:
    """Return a type that reads as ``schema``."""
    return Annotated[Any, Meta(extra_json_schema=schema)]
