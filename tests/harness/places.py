"""Where the servers of tests keep their jobs: in SQLite files, or all of them in PostgreSQL.

``PAULTRAP_TEST_ON=postgresql`` says so. What speaks to it is imported only there.
"""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any

__all__ = ["ALIKE", "ON_POSTGRESQL", "drop_those_in", "place_in", "rows_of"]

ON_POSTGRESQL = os.environ.get("PAULTRAP_TEST_ON", "sqlite") == "postgresql"
#: The tests of whole servers that are of no concern to the database, with what they are about. They
#: run over SQLite alone: `make test-postgresql` runs in `.ci/run` too, and is to be quick.
ALIKE = {
    "acceptance/test_attack.py": "the reading of requests",
    "acceptance/test_logs.py": "logs",
    "acceptance/test_precision.py": "the engine",
    "acceptance/test_programs.py": "the languages",
    "acceptance/test_readme.py": "the README",
    "acceptance/test_site_machines.py": "the machines of a site",
    "acceptance/test_tls.py": "TLS",
    "acceptance/test_tracing.py": "traces",
}
_PLACES: dict[Path, str] = {}


def place_in(folder: Path) -> str:
    """Return where the database of a data folder is: a file in it, or a URL, each time the same."""
    if not ON_POSTGRESQL:
        return str(folder / "paultrap.db")
    if folder not in _PLACES:
        from harness import databases

        _PLACES[folder] = databases.shared(has_password=True).create()
    return _PLACES[folder]


def drop_those_in(folder: Path) -> None:
    """Drop the databases of a folder and of those in it; an SQLite file stays, as pytest likes it."""
    for each in [each for each in _PLACES if each.is_relative_to(folder)]:
        from harness import databases

        databases.shared(has_password=True).drop(_PLACES.pop(each))


def rows_of(place: str, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a database at work, without paultrap in between."""
    if not place.startswith("postgresql:"):
        uri = f"{Path(place).as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            return connection.execute(query).fetchall()
    import psycopg

    with psycopg.connect(place) as connection:
        return connection.execute(query).fetchall()
