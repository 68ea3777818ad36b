"""Copies of a PostgreSQL database, made by its own `pg_dump`."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg.pq import Conninfo

from paultrap.store.copies import new_file
from paultrap.store.errors import StoreError

_PROGRAM = "pg_dump"
# Most of it is compressed already.
_OPTIONS = ("--format=custom", "--compress=1", "--no-password")
_VERSION = re.compile(r"\) (\d+)")


def dump(
    parameters: Mapping[str, Any], version: int, name: str, file: Path, *, replace: bool
) -> None:
    """Have `pg_dump` write an archive of one state of a database.

    Args:
        parameters: How `psycopg.connect` connects to it.
        version: The server's version, such as 180001.
        name: What people call the database.
        file: Where the archive is to be.
        replace: Whether it may take the place of a file.

    Raises:
        StoreError: There is no such program, or an older one, or it has failed, or the file cannot
            be written.
    """
    program = shutil.which(_PROGRAM)
    major = version // 10_000
    if program is None:
        raise StoreError(
            f"{_PROGRAM} is not on the PATH. Install the client programs of PostgreSQL {major} or "
            f"newer, or run {_PROGRAM} where they are."
        )
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = _VERSION.search(said.stdout)
    if found is None or int(found[1]) < major:
        raise StoreError(
            f"{program} is of version {found[1] if found else 'unknown'}, and {name} of {major}: put "
            f"that of PostgreSQL {major} or newer on the PATH."
        )
    with new_file(file, replace=replace) as part:
        _run([program, *_OPTIONS, f"--file={part}"], _environment(parameters))


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603  # a program that the PATH names
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise StoreError(f"{_PROGRAM} has failed: {lines[0] if lines else done.returncode}")


def _environment(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return what the program connects by: others of this machine can read what it is started with."""
    names = {each.keyword.decode(): each.envvar for each in Conninfo.get_defaults()}
    told = {}
    for name, value in parameters.items():
        if variable := names.get(name):
            told[variable.decode()] = str(value)
    return os.environ | told
