"""Settings for a command: a wrong one ends it with one line."""

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from paultrap.cli.errors import CommandError
from paultrap.settings import CONFIG_VARIABLE, Settings, config_files, origins

__all__ = ["read_settings"]


def read_settings(flags: dict[str, Any]) -> Settings:
    """Return the settings under the flags that were given.

    Raises:
        CommandError: One of them has a value that it cannot have, or a configuration file cannot be
            read.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    _check_files(config_files())
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        problem = first["msg"].removeprefix("Value error, ")
        if not name:
            raise CommandError(problem) from error
        origin = origins(given).get(name.partition(".")[0], "")
        raise CommandError(f"setting {name} ({origin}): {problem}") from error


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
            close = get_close_matches(name, Settings.model_fields, 1)
            hint = f'; did you mean "{close[0]}"?' if close else ""
            raise CommandError(f'{path}: there is no setting "{name[:60]}"{hint}')
