"""The database engines that the tests of the store run on.

Each gives a new database for a while: its URL, or the path of an SQLite file.
``PAULTRAP_TEST_ENGINES`` names those that are used, such as "sqlite,postgresql".
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["ENGINES", "Engine"]

Engine = Callable[[], AbstractContextManager[str]]


@contextmanager
def _sqlite() -> Iterator[str]:
    with TemporaryDirectory(prefix="paultrap-test-") as folder:
        yield str(Path(folder) / "data" / "paultrap.db")


def _postgresql() -> AbstractContextManager[str]:
    from harness import databases

    return databases.shared().new()


_ALL: dict[str, Engine] = {"sqlite": _sqlite, "postgresql": _postgresql}
ENGINES = {
    name: _ALL[name] for name in os.environ.get("PAULTRAP_TEST_ENGINES", "sqlite").split(",")
}
