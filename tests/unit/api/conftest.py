"""The application in process, over a real store and a worker that works when told to."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from harness.clock import Clock
from harness.jobs import run
from litestar.testing import TestClient

from paultrap.api.app import create_app
from paultrap.machines import FindPlugin, Machines
from paultrap.settings import Settings
from paultrap.store import JobEvent, Store
from paultrap.worker import WorkersLoad

KEY = {"authorization": "apiKey a-key"}

FOUNDING_JOB: dict[str, Any] = {
    "target": "simulator",
    "shots": 1024,
    "name": "Multicircuit Job Example",
    "input": {
        "format": "ionq.circuit.v0",
        "gateset": "qis",
        "qubits": 3,
        "circuits": [
            {
                "name": "Circuit 1",
                "circuit": [
                    {"gate": "rz", "targets": [0], "rotation": -0.7853981633974474},
                    {"gate": "ry", "targets": [0], "rotation": 3.141592653589793},
                ],
            },
            {
                "name": "Circuit 2",
                "circuit": [
                    {"gate": "h", "targets": [1]},
                    {"gate": "x", "targets": [2], "controls": [1]},
                ],
            },
        ],
    },
}

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]


class Bench:
    """A worker in this thread; with ``works`` off, jobs stay as they are."""

    def __init__(self, store: Store, find_plugin: FindPlugin = lambda _: None) -> None:
        self.store = store
        self._find_plugin = find_plugin
        self.works = True
        self.alive = False
        self.fails_with: tuple[str, str] | None = None
        self.fails_at_chunk: int | None = None
        self.listeners: list[Callable[[JobEvent], None]] = []

    def on_event(self, listener: Callable[[JobEvent], None]) -> None:
        # As it shares the store with the server, the store's own listeners hear everything.
        self.listeners.append(listener)

    def start(self) -> None:
        self.alive = True

    def stop(self, drain_s: float) -> None:
        assert drain_s > 0
        self.alive = False

    def check_leases(self) -> None: ...

    def is_alive(self) -> bool:
        return self.alive

    def load(self) -> WorkersLoad:
        return WorkersLoad(1, int(self.alive), 0, 1 << 30, [1 << 20])

    def wake(self) -> None:
        while self.works and (lease := self.store.queue.lease("bench", 60_000)) is not None:
            if self.fails_with and self.fails_at_chunk in {None, lease.chunk}:
                self.store.queue.fail(lease, *self.fails_with)
            else:
                run(self.store, lease, 1_500, self._find_plugin)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    store = Store.open(tmp_path / "paultrap.db")
    yield store
    store.close()


@pytest.fixture
def bench(store) -> Bench:
    return Bench(store)


@pytest.fixture
def machines() -> Machines:
    return Machines.shipped()


@pytest.fixture
def client(settings, store, bench, machines) -> Iterator[TestClient]:
    with TestClient(create_app(settings, store, bench, machines=machines)) as client:
        client.headers.update(KEY)
        yield client


@pytest.fixture
def founding_job() -> dict[str, Any]:
    return msgspec.json.decode(msgspec.json.encode(FOUNDING_JOB))


@pytest.fixture
def bell_v03() -> dict[str, Any]:
    return {"target": "simulator", "input": {"qubits": 2, "circuit": list(BELL)}}


@pytest.fixture
def bell_v04() -> dict[str, Any]:
    return {
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "input": {"gateset": "qis", "qubits": 2, "circuit": list(BELL)},
    }


@pytest.fixture
def batch_v04() -> dict[str, Any]:
    return {
        "type": "ionq.multi-circuit.v1",
        "backend": "simulator",
        "input": {
            "gateset": "qis",
            "qubits": 3,
            "circuits": [
                {"name": "bell", "circuit": list(BELL)},
                {"circuit": [{"gate": "x", "target": 2}]},
            ],
        },
    }


@pytest.fixture
def submit(client) -> Callable[..., str]:
    """Post a job and return its id; the body shows the version."""

    def post(job: dict[str, Any]) -> str:
        version = "v0.4" if "backend" in job else "v0.3"
        answer = client.post(f"/{version}/jobs", json=job)
        assert answer.is_success, answer.text
        return answer.json()["id"]

    return post


@pytest.fixture
def n_jobs(client) -> Callable[[], int]:
    """Return how many jobs the store holds, children included."""

    def count() -> int:
        jobs = client.get("/v0.3/jobs?limit=1000").json()["jobs"]
        return sum(1 + len(job["children"]) for job in jobs)

    return count


@pytest.fixture
def qaoa_job() -> dict[str, Any]:
    return {
        "type": "qctrl.qaoa.v1",
        "backend": "simulator",
        "shots": 100,
        "input": {
            "problem_type": "maxcut",
            "problem": {
                "directed": False,
                "multigraph": False,
                "graph": [],
                "nodes": [{"id": 0}, {"id": 1}, {"id": 2}],
                "adjacency": [
                    [{"id": 1}, {"id": 2}],
                    [{"id": 0}, {"id": 2}],
                    [{"id": 0}, {"id": 1}],
                ],
            },
        },
        "external_settings": {"api_credentials": "a-secret-of-another-service"},
    }
