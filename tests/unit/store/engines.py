"""The database engines that the tests of the store run on.

Each gives a database for a while: its URL, or the path of an SQLite file. It is new, or there is
nothing in it, not even tables.
``PAULTRAP_TEST_ENGINES`` names those that are used, such as "sqlite,postgresql".
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["ENGINES", "Engine"]

Engine = Callable[..., AbstractContextManager[str]]


@contextmanager
def _sqlite(*, is_empty: bool = True) -> Iterator[str]:  # noqa: ARG001
    # What makes the tables takes no time here.
    with TemporaryDirectory(prefix="paultrap-test-") as folder:
        yield str(Path(folder) / "data" / "paultrap.db")


def _postgresql(*, is_empty: bool = False) -> AbstractContextManager[str]:
    from harness import databases

    return databases.shared().new(is_empty=is_empty)


_ALL: dict[str, Engine] = {"sqlite": _sqlite, "postgresql": _postgresql}
ENGINES = {
    name: _ALL[name] for name in os.environ.get("PAULTRAP_TEST_ENGINES", "sqlite").split(",")
}
