"""The flags of commands that are settings: made from `Settings`, so that none is missing."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar, get_args

from cyclopts import Parameter, Token
from pydantic.fields import FieldInfo

from paultrap.settings import default_of, is_duration, is_list, is_size, settings_of

_Command = TypeVar("_Command", bound=Callable[..., None])


def takes_settings(name: str) -> Callable[[_Command], _Command]:
    """Give a command that takes any keywords one flag for each of its settings, described as they are.

    A flag that is not given is not passed on.

    Args:
        name: Which settings: those of `SERVE` or of `WORKER`.
    """
    return partial(_with_flags, settings_of(name))


def _with_flags(fields: Mapping[str, FieldInfo], command: _Command) -> _Command:
    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(field)
        )
        for name, field in fields.items()
    ]
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        parameters, return_annotation=None
    )
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def _whole(_: Any, tokens: Sequence[Token]) -> int:
    return int(tokens[0].value)


#: A whole number; cyclopts would round others.
WholeNumber: TypeAlias = Annotated[int, Parameter(converter=_whole)]


class Number(str):
    """A number as it was given: `Settings` reads it, and says what is wrong with it, for all alike."""

    __slots__ = ()


class Size(Number):
    """A number of bytes as it was given."""

    __slots__ = ()


class Duration(Number):
    """A length of time as it was given."""

    __slots__ = ()


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class DatabaseFlags:
    """Which server's database a command works on; the settings say it where no flag does.

    Attributes:
        data_dir: The server's data directory.
        database: The server's database: a path or a URL.
    """

    data_dir: Path | None = None
    database: str | None = None


def _annotation(field: FieldInfo) -> Any:
    kinds = {field.annotation, *get_args(field.annotation)}
    kind: Any = field.annotation
    if is_size(field):
        kind = Size
    elif is_duration(field):
        kind = Duration
    elif kinds & {int, float}:
        kind = Number
    elif is_list(field):
        kind = str
    return Annotated[kind | None, Parameter(help=_help(field), negative="")]


def _help(field: FieldInfo) -> str:
    default = default_of(field)
    return f"{field.description} [default: {default}]" if default else field.description or ""
