"""The flags of a command that takes every setting: made from `Settings`, so that none is missing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_origin

from cyclopts import Parameter
from pydantic.fields import FieldInfo

from paultrap.settings import Settings

__all__ = ["takes_settings"]

_Command = TypeVar("_Command", bound=Callable[..., None])


def takes_settings(command: _Command) -> _Command:
    """Give a command that takes any keywords one flag for each setting, described as the setting is.

    A flag that is not given is not passed on.
    """
    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(field)
        )
        for name, field in Settings.model_fields.items()
    ]
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        parameters, return_annotation=None
    )
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def _annotation(field: FieldInfo) -> Any:
    is_list = get_origin(field.annotation) is tuple
    kind: Any = str if is_list else field.annotation
    return Annotated[kind | None, Parameter(help=_help(field), negative="")]


def _help(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if default in (None, False, (), ""):
        return field.description or ""
    shown = ",".join(default) if isinstance(default, tuple) else str(default)
    return f"{field.description} [default: {shown}]"
