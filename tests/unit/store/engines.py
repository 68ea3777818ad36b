"""The database engines that the tests of the store run on.

Each gives a database for a while: its URL, or the path of an SQLite file. It is new, or there is
nothing in it, not even tables.
``PAULTRAP_TEST_ENGINES`` names those that are used, such as "sqlite,postgresql": without it, all that
can be had.
"""

import atexit
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.clock import Host
from harness.programs import has_postgresql

from paultrap.store import Store

__all__ = ["ENGINES", "Engine"]

Engine = Callable[..., AbstractContextManager[str]]


#: When the file was made that new ones are copies of: before any time that a test sets.
_MADE_AT = 1_700_000_000_000


@cache
def _made() -> Path:
    """Return an SQLite file that has tables and what a new store has; the migrations take long."""
    folder = TemporaryDirectory(prefix="paultrap-test-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "paultrap.db"
    clock = Host()
    clock.now = _MADE_AT
    Store.open(path, clock=clock).close()
    return path


@contextmanager
def _sqlite(*, is_empty: bool = False) -> Iterator[str]:
    with TemporaryDirectory(prefix="paultrap-test-") as folder:
        path = Path(folder) / "data" / "paultrap.db"
        if not is_empty:
            path.parent.mkdir(mode=0o700)
            shutil.copy(_made(), path)
        yield str(path)


def _postgresql(*, is_empty: bool = False) -> AbstractContextManager[str]:
    from harness import databases

    return databases.shared().new(is_empty=is_empty)


_ALL: dict[str, Engine] = {"sqlite": _sqlite, "postgresql": _postgresql}
_USUAL = "sqlite,postgresql" if has_postgresql() else "sqlite"
ENGINES = {name: _ALL[name] for name in os.environ.get("PAULTRAP_TEST_ENGINES", _USUAL).split(",")}
