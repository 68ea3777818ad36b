"""Job files: a path, or ``-`` for standard input."""

import sys
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from paultrap.cli.errors import CommandError, UsageError

_STANDARD_INPUT = "-"

# Without this, a lone hyphen is taken for an option.
JobFile: TypeAlias = Annotated[str, Parameter(allow_leading_hyphen=True)]


def read_job_file(file: str) -> bytes:
    """Return the bytes of a job file.

    Raises:
        CommandError: It cannot be read.
    """
    if file == _STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        if file.startswith("-"):
            raise UsageError(f"unknown option: {file}.") from error
        raise CommandError(f"cannot read {file} ({error.strerror}).") from error


def title_of(file: str) -> str:
    """Return what messages call a job file."""
    return "standard input" if file == _STANDARD_INPUT else file
