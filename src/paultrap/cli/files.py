"""Job files: a path, or ``-`` for standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from paultrap.cli.errors import CommandError

__all__ = ["read_job_file"]


def read_job_file(file: str) -> bytes:
    """Return the bytes of a job file.

    Raises:
        CommandError: It cannot be read.
    """
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}") from error
