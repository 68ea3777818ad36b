"""Settings for a command: a wrong one ends it with one line, which names it as it was given."""

import os
import sys
import tomllib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from paultrap.cli.errors import CommandError, UsageError
from paultrap.settings import CONFIG_VARIABLE, Settings, config_files, flag_of, origins, variable_of
from paultrap.spelling import closest
from paultrap.store import StoreError, database_url, has_password
from paultrap.variables import DATABASE_VARIABLE, PREFIX, unknown_variables

_WANTED = {
    "bool": "true or false",
    "finite_number": "a finite number",
    "path": "a path",
    "string": "a text",
    "tuple": "a list of texts",
}
_MOST_SHOWN = 40  # letters of a value


def _print_warning(variable: str) -> None:
    print(f"paultrap: {variable} is no setting; it is ignored.", file=sys.stderr)  # noqa: T201


def read_settings(
    flags: dict[str, Any], *, warn: Callable[[str], None] = _print_warning
) -> Settings:
    """Return the settings under the flags that were given.

    Args:
        flags: Settings by name; None where a flag was not given.
        warn: Called with the name of each variable that looks like a setting and is none; it prints a
            line without a value.

    Raises:
        UsageError: A flag has a value that it cannot have.
        CommandError: A setting has a value that it cannot have, a variable has the name of a setting
            but for one or two letters, or a configuration file cannot be read.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    refuse_password(given.get("database"))
    _check_files(config_files())
    _check_variables(warn)
    # A flag takes precedence: a folder that it names is not hidden by a variable's database.
    hidden = {"database": None} if "data_dir" in given else {}
    try:
        return Settings(**(hidden | given))
    except ValidationError as error:
        found = error.errors()[0]
        kind = UsageError if _is_of_flag(found, given) else CommandError
        raise kind(_problem(found, origins(given))) from error


def refuse_password(given: str | None, flag: str = "--database") -> None:
    """Refuse a password on the command line, which every user of the machine sees in `ps`."""
    if given is None:
        return
    with suppress(StoreError):  # Whoever opens it says what is wrong with it.
        if has_password(database_url(given)):
            raise UsageError(
                f"{flag}: every user of this machine sees a password on the command line. Put the "
                f"URL into {DATABASE_VARIABLE} or a paultrap.toml that only you can read; or leave the "
                "password out, and have PGPASSFILE (~/.pgpass) or a service of PostgreSQL name it."
            )


def _is_of_flag(error: ErrorDetails, given: dict[str, Any]) -> bool:
    """Return whether a flag is wrong; a message about several settings names them."""
    if not error["loc"]:
        return any(name in error["msg"].split() for name in given)
    return error["loc"][0] in given


def _check_variables(warn: Callable[[str], None]) -> None:
    unknown = unknown_variables(os.environ, Settings.model_fields)
    for variable in unknown:
        close = closest(variable[len(PREFIX) :], Settings.model_fields)
        if close is not None:
            raise CommandError(f"{variable} is no setting; did you mean {variable_of(close)}?")
    for variable in unknown:
        warn(variable)


def _problem(error: ErrorDetails, found: dict[str, str]) -> str:
    """Return what is wrong with a setting, in a line."""
    if not error["loc"]:  # of several settings, which the message names
        return error["msg"].removeprefix("Value error, ")
    name = str(error["loc"][0])
    origin = found.get(name, "default")
    place = origin if origin in (flag_of(name), variable_of(name)) else f"{origin}: {name}"
    if error["type"] == "value_error":
        return f"{place}: {error['msg'].removeprefix('Value error, ')}"
    return f"{place}: expected {_wanted(error, name)}{_given(error, name)}"


def _wanted(error: ErrorDetails, name: str) -> str:
    context = error.get("ctx", {})
    if "expected" in context:
        return str(context["expected"]).replace("'", "")
    field = Settings.model_fields[name]
    kinds = {field.annotation, *get_args(field.annotation)}
    if error["type"] != "finite_number" and kinds & {int, float}:
        return ("a whole number" if int in kinds else "a number") + _range(field)
    kind, _, _ = error["type"].rpartition("_")
    return _WANTED.get(error["type"]) or _WANTED.get(kind) or error["msg"]


def _range(field: FieldInfo) -> str:
    bounds = {
        word: value
        for each in field.metadata
        for word in ("ge", "gt", "le")
        if (value := getattr(each, word, None)) is not None
    }
    if "gt" in bounds:
        return f" above {bounds['gt']:.10g}"
    if "ge" in bounds and "le" in bounds:
        return f" from {bounds['ge']:.10g} to {bounds['le']:.10g}"
    return f", {bounds['ge']:.10g} or more" if "ge" in bounds else ""


def _given(error: ErrorDetails, name: str) -> str:
    """Return the value that was given; not a database's, which may hold a password."""
    if name == "database":
        return ""
    value = str(error["input"])
    return f", not {value[:_MOST_SHOWN]}{'…' if len(value) > _MOST_SHOWN else ''}"


def _check_files(paths: Iterable[Path]) -> None:
    """Refuse files that cannot be read, and names in them that are no settings."""
    for path in paths:
        try:
            named = tomllib.loads(path.read_text())
        except FileNotFoundError as error:
            raise CommandError(f"there is no {path} (--config, {CONFIG_VARIABLE}).") from error
        except OSError as error:
            raise CommandError(f"cannot read {path} ({error.strerror}).") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CommandError(f"{path}: {error}") from error
        for name in named.keys() - Settings.model_fields.keys():
            close = closest(name, Settings.model_fields)
            hint = f'; did you mean "{close}"?' if close else ""
            raise CommandError(f'{path}: there is no setting "{name[:60]}"{hint}')
