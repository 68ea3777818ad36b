"""The database engines that the tests of the store run on.

Each gives a new, empty database for a while: its URL, or the path of an SQLite file.
"""

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


ENGINES: dict[str, Engine] = {"sqlite": _sqlite}
