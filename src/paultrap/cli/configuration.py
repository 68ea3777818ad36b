"""Settings for a command: a wrong one ends it with one line."""

import tomllib
from typing import Any

from pydantic import ValidationError

from paultrap.cli.errors import CommandError
from paultrap.settings import Settings

__all__ = ["read_settings"]


def read_settings(flags: dict[str, Any]) -> Settings:
    """Return the settings under the flags that were given.

    Raises:
        CommandError: One of them has a value that it cannot have.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise CommandError(f"setting {name}: {first['msg']}") from error
    except tomllib.TOMLDecodeError as error:
        raise CommandError(f"paultrap.toml: {error}") from error
