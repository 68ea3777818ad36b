"""What a command says when it fails."""

import sys
from collections.abc import Iterable
from enum import Enum
from types import NoneType
from typing import Any, get_args

from cyclopts import CoercionError, CycloptsError, UnusedCliTokensError

from paultrap.errors import Error
from paultrap.spelling import closest

_KINDS = {int: "a whole number", float: "a number", bool: "true or false"}


class CommandError(Error):
    """Something that the person at the terminal can correct; the text says how."""


class UsageError(CommandError):
    """A flag or an argument has a value that it cannot have."""


def print_warnings(texts: Iterable[str]) -> None:
    """Say on standard error what was taken and not understood."""
    for text in texts:
        print(f"paultrap: warning: {text}", file=sys.stderr)  # noqa: T201


def wrong_usage(error: CycloptsError) -> str:
    """Return what is wrong with the words of a command, and where to read how it is used."""
    if isinstance(error, CoercionError) and error.token is not None:
        return _wrong_value(error)
    message = str(error)
    if isinstance(error, UnusedCliTokensError):
        unused = f"unexpected argument: {' '.join(error.unused_tokens or ())}."
        message = _unknown_option(error) or unused
    command = " ".join(("paultrap", *(error.command_chain or ())))
    return f"{message} See `{command} --help`."


def _unknown_option(error: UnusedCliTokensError) -> str | None:
    """Return what to say of an option that was taken for an argument, or None where none was."""
    if error.app is None:
        return None
    known = [name for each in error.app.assemble_argument_collection() for name in each.names]
    for token in error.root_input_tokens or ():
        option = token.partition("=")[0]
        if option.startswith("--") and option != "--" and option not in known:
            close = closest(option, known)
            return f"unknown option: {option}." + (f" Did you mean {close}?" if close else "")
    return None


def _wrong_value(error: CoercionError) -> str:
    """Return what is wrong with a value, in the words in which settings say it."""
    token, kind = error.token, error.target_type
    if token is None:
        return str(error)
    name = token.keyword or (error.argument.name if error.argument else "")
    return f"{name}: expected {_expected(kind)}, not {token.value[:40]}"


def _expected(kind: Any) -> str:
    present = [each for each in get_args(kind) if each is not NoneType]
    if len(present) == 1:  # such as `int | None`
        kind = present[0]
    is_enum = isinstance(kind, type) and issubclass(kind, Enum)
    choices = (
        [str(each.value) for each in kind] if is_enum else [str(each) for each in get_args(kind)]
    )
    if len(choices) > 1:
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    return _KINDS.get(kind, getattr(kind, "__name__", str(kind)))
