"""What a command says when it fails."""

from enum import Enum
from typing import Any, get_args

from cyclopts import CoercionError

from paultrap.errors import Error

_KINDS = {int: "a whole number", float: "a number", bool: "true or false"}


class CommandError(Error):
    """Something that the person at the terminal can correct; the text says how."""


class UsageError(CommandError):
    """A flag or an argument has a value that it cannot have."""


def wrong_value(error: CoercionError) -> str:
    """Return what is wrong with a value, in the words in which settings say it."""
    token, kind = error.token, error.target_type
    if token is None:
        return str(error)
    name = token.keyword or (error.argument.name if error.argument else "")
    return f"{name}: expected {_expected(kind)}, not {token.value[:40]}"


def _expected(kind: Any) -> str:
    is_enum = isinstance(kind, type) and issubclass(kind, Enum)
    choices = (
        [str(each.value) for each in kind] if is_enum else [str(each) for each in get_args(kind)]
    )
    if len(choices) > 1:
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    return _KINDS.get(kind, getattr(kind, "__name__", str(kind)))
