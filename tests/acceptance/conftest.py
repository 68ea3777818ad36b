"""A store and real worker processes over it."""

import sys
from collections.abc import Callable, Iterator

import pytest
from acceptance.workers import STAND_IN, TESTS
from harness import places
from harness.waiting import until

from paultrap.store import Store
from paultrap.worker import Supervisor, WorkerOptions

Started = Callable[..., Supervisor]


@pytest.fixture(autouse=True)
def _drop_databases(tmp_path) -> Iterator[None]:
    yield
    places.drop_those_in(tmp_path)


@pytest.fixture
def place(tmp_path) -> str:
    """Return where the database of the test is."""
    return places.place_in(tmp_path)


@pytest.fixture
def store(place) -> Iterator[Store]:
    store = Store.open(place, as_server=True)
    yield store
    store.close()


@pytest.fixture
def supervise(store) -> Iterator[Started]:
    """Start workers, with the engine or with one of `executors` in its place."""
    started = []

    def start(executor: str | None = None, *, workers: int = 1, **options) -> Supervisor:
        command = {}
        if executor is not None:
            code = STAND_IN.format(tests=str(TESTS), executor=executor)
            command["command"] = [sys.executable, "-c", code]
        told = WorkerOptions(**options)
        supervisor = Supervisor(store, workers=workers, options=told, **command)
        supervisor.start()
        started.append(supervisor)
        until(supervisor.is_alive)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop(drain_s=0)
