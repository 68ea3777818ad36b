"""The founding example with real worker processes: one multicircuit job, end to end."""

import pytest
from harness.waiting import until
from litestar.testing import TestClient

from paultrap.api.app import create_app
from paultrap.settings import Settings
from paultrap.store import Store
from paultrap.worker import Supervisor, WorkerOptions

JOB = {
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


@pytest.fixture
def client(tmp_path):
    store = Store.open(tmp_path / "paultrap.db", as_server=True)
    workers = Supervisor(store, options=WorkerOptions(threads=1))
    with TestClient(create_app(Settings(), store, workers)) as client:
        client.headers["authorization"] = "apiKey a-key"
        yield client
    store.close()


def test_the_founding_example_is_worked_on_by_a_process_of_its_own(client):
    until(lambda: client.get("/readyz").status_code == 200)

    job_id = client.post("/v0.3/jobs", json=JOB).json()["id"]
    until(lambda: client.get(f"/v0.3/jobs/{job_id}").json()["status"] == "completed")

    results = client.get(f"/v0.3/jobs/{job_id}/results").json()
    assert list(results) == client.get(f"/v0.3/jobs/{job_id}").json()["children"]
    first, second = results.values()
    assert first == pytest.approx({"1": 1.0}, abs=1e-12)
    assert second == {"0": 0.5, "6": 0.5}
