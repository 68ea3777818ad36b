"""Members of JSON objects that a shape does not have: taken out of the text, and told.

Shapes are structs of msgspec that forbid unknown fields, so that nothing is looked for in a text
that has none.
"""

from collections.abc import Collection
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints, overload

import msgspec
from msgspec import Raw

from paultrap.formats.errors import CircuitError
from paultrap.notices import Notices, TooManyNamesError, quotable

T = TypeVar("T")

_UNKNOWN = "Object contains unknown field"


class Counting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A shape whose members all count for an answer.

    One that was surely meant to be another is refused, not told: without it the answer would be
    another.
    """


@overload
def decode_known(
    text: bytes | Raw, shape: type[T], notices: Notices, *, path: str = "", strict: bool = True
) -> T: ...


@overload
def decode_known(
    text: bytes | Raw, shape: UnionType, notices: Notices, *, path: str = "", strict: bool = True
) -> Any: ...


def decode_known(
    text: bytes | Raw, shape: Any, notices: Notices, *, path: str = "", strict: bool = True
) -> Any:
    """Return JSON in a shape, without what the shape does not have.

    Args:
        text: The JSON.
        shape: The type that it is decoded to.
        notices: Where members are told that the shape does not have.
        path: Where the text is in the body.
        strict: Whether numbers and booleans may not come as text.

    Raises:
        msgspec.DecodeError: It is not JSON, or has another shape.
        CircuitError: A member of a `Counting` shape was surely meant to be another.
    """
    try:
        return msgspec.json.decode(text, type=shape, strict=strict)
    except msgspec.ValidationError as error:
        if not str(error).startswith(_UNKNOWN):
            raise
    return msgspec.json.decode(_known(Raw(text), shape, notices, path), type=shape, strict=strict)


def _known(text: Raw, shape: Any, notices: Notices, path: str) -> Raw:
    """Return a text without the members that the shape does not have, at any depth."""
    first = bytes(text).lstrip()[:1]
    for each in _alternatives(shape):
        if first == b"[" and get_origin(each) is list:
            return _list(text, get_args(each)[0], notices, path)
        if first == b"{" and isinstance(each, type) and issubclass(each, msgspec.Struct):
            return _object(text, each, notices, path)
    return text


def _alternatives(shape: Any) -> tuple[Any, ...]:
    return get_args(shape) if get_origin(shape) in (Union, UnionType) else (shape,)


def _list(text: Raw, inner: Any, notices: Notices, path: str) -> Raw:
    items = msgspec.json.decode(text, type=list[Raw])
    kept = [_known(item, inner, notices, f"{path}[{index}]") for index, item in enumerate(items)]
    return Raw(msgspec.json.encode(kept))


def _object(text: Raw, shape: type[msgspec.Struct], notices: Notices, path: str) -> Raw:
    fields = _fields(shape)
    members = msgspec.json.decode(text, type=dict[str, Raw])
    kept = {}
    for name, value in members.items():
        if name not in fields and shape.__struct_config__.forbid_unknown_fields:
            if issubclass(shape, Counting):
                _check_near(name, members, shape, notices, path)
            notices.unknown(shape.__name__, path, name, fields)
        elif fields.get(name, Raw) in {Raw, Any}:
            kept[name] = value
        else:
            inner = f"{path}.{name}" if path else name
            kept[name] = _known(value, fields[name], notices, inner)
    return Raw(msgspec.json.encode(kept))


def _check_near(
    name: str, members: Collection[str], shape: type[Counting], notices: Notices, path: str
) -> None:
    """Refuse a name that is nearly one of the shape's that the object lacks."""
    shown = quotable(name)
    place = f"{path}.{shown}" if path else shown
    try:
        close = notices.nearest(shape.__name__, name, _fields(shape))
    except TooManyNamesError as error:
        raise CircuitError(f"{place}: {error}", path=place, field=shown) from None
    if close is not None and close not in members:
        problem = f'{place}: there is no such field; did you mean "{close}"?'
        raise CircuitError(problem, path=place, field=shown)


@cache
def _fields(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the types of the fields of a shape, by name."""
    return get_type_hints(shape)
