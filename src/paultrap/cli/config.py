"""`paultrap config show`: what each setting is, and where it comes from."""

import sys
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from paultrap.cli.configuration import read_settings
from paultrap.cli.tables import print_table
from paultrap.settings import Settings, origins
from paultrap.store import database_url, shown


def show(
    *, as_json: Annotated[bool, Parameter(name="--json", negative="", show_default=False)] = False
) -> None:
    """Show every setting with its value and where it comes from.

    Args:
        as_json: Print JSON: for each setting its value and its origin.
    """
    settings = read_settings({})
    found = {
        name: {"value": _value(settings, name), "origin": origin}
        for name, origin in origins({}).items()
    }
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(found, enc_hook=str))
        sys.stdout.buffer.write(text + b"\n")
        sys.stdout.flush()
        return
    rows = [(name, _shown(each["value"]), each["origin"]) for name, each in found.items()]
    print_table(("setting", "value", "from"), rows)


def _value(settings: Settings, name: str) -> Any:
    value = getattr(settings, name)
    if name == "database" and value is not None:
        return shown(database_url(value))  # without its password
    return value


def _shown(value: Any) -> str:
    """Return a value as it would be given."""
    if value is None or value in ("", ()):
        return "not set"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
