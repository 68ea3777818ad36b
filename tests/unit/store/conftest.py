"""The store's tests, each of which runs on every engine.

Those of one engine alone, such as of its files, are marked: ``pytest.mark.engine("sqlite")``.
"""

from collections.abc import Callable, Iterator

import pytest
from harness.clock import Host
from unit.store.engines import ENGINES, Engine

from paultrap.store import Store, checksums
from paultrap.store.consistency import lost_jobs


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("engine")
        names = [name for name in ENGINES if marker is None or name in marker.args]
        metafunc.parametrize("engine", [ENGINES[name] for name in names], ids=list(names))


def assert_sound(store: Store) -> None:
    """Whatever a test has done, all rows have their checksums, and what is to be run is there."""
    if store.is_open():
        with store._database.read() as connection:
            for table in checksums.SEALED:
                assert list(checksums.unsound(connection, table)) == [], table.name
            assert list(lost_jobs(connection)) == []


@pytest.fixture
def clock() -> Host:
    return Host()


@pytest.fixture
def place(engine: Engine) -> Iterator[str]:
    """Return where a new database is, or is to be."""
    with engine() as place:
        yield place


@pytest.fixture
def empty_place(engine: Engine) -> Iterator[str]:
    """Return where a database without tables is, or is to be."""
    with engine(is_empty=True) as place:
        yield place


@pytest.fixture
def open_store(place, clock) -> Iterator[Callable[..., Store]]:
    """Open the same database again and again; all of it is closed at the end."""
    opened = []

    def open_again(**options) -> Store:
        store = Store.open(place, **({"clock": clock} | options))
        opened.append(store)
        return store

    yield open_again
    for store in opened:
        assert_sound(store)
        store.close()


@pytest.fixture
def store(open_store) -> Store:
    return open_store()
