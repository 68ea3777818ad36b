"""Two servers in one process, with different noise models, QPUs and plug-ins of the same names."""

import time
from contextlib import ExitStack

import pytest
from harness.site import device_toml, model_toml, write_site
from litestar.testing import TestClient
from unit.api.conftest import Bench

from paultrap.api.app import create_app
from paultrap.machines import Machines
from paultrap.settings import Settings
from paultrap.store import Store


class Plugin:
    name, qubits, gateset, entangler = "qpu.plugin", 4, "qis", "ms"

    def __init__(self, state: int) -> None:
        self.state = state

    def run(self, chunk):
        return [{self.state: chunk.shots}] * len(chunk.widths())


def machines_of(folder, number: int) -> Machines:
    qubits = 3 + number
    model = model_toml(qubits=qubits, misread=number)
    device = device_toml("trap", qubits=qubits, price=1 + number)
    folders = write_site(folder, "trap", model, device)
    found = Machines.load(*folders)
    devices = {name: each for name, each in found.backends.items() if each.is_emulated}
    return Machines(found.models, devices, {"qpu.plugin": Plugin(number)})


@pytest.fixture
def servers(tmp_path):
    """Return clients of two servers; a qubit is misread always on the second, never on the first."""
    with ExitStack() as stack:
        clients = []
        for number in (0, 1):
            machines = machines_of(tmp_path / str(number), number)
            store = Store.open(tmp_path / f"{number}.db")
            stack.callback(store.close)
            bench = Bench(store, machines.plugin)
            app = create_app(Settings(), store, bench, machines=machines)
            client = stack.enter_context(TestClient(app))
            client.headers["authorization"] = "apiKey a-key"
            clients.append(client)
        yield clients


def answer(client, backend: str, **fields) -> dict:
    body = {
        "type": "ionq.circuit.v1",
        "backend": backend,
        "shots": 100,
        "input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}, {"gate": "x", "target": 0}]},
        **fields,
    }
    created = client.post("/v0.4/jobs", json=body)
    assert created.status_code == 201, created.text
    path = f"/v0.4/jobs/{created.json()['id']}"
    while (job := client.get(path).json())["status"] not in {"completed", "failed"}:
        time.sleep(0.01)
    assert job["status"] == "completed", job["failure"]
    cost = client.get(f"{path}/cost").json()
    return {"results": client.get(f"{path}/results/probabilities").json(), "cost": cost}


@pytest.mark.parametrize(
    ("backend", "fields"),
    [("simulator", {"noise": {"model": "trap"}}), ("qpu.trap", {}), ("qpu.plugin", {})],
)
def test_each_answers_with_its_own(servers, backend, fields):
    found = [answer(client, backend, **fields)["results"] for client in servers]

    assert found == [{"0": 1.0}, {"1": 1.0}]


def test_each_has_its_own_prices(servers):
    once = {"qubits": 1, "circuit": [{"gate": "x", "target": 0}]}
    found = [answer(client, "qpu.trap", input=once)["cost"] for client in servers]

    assert [each["cost"]["value"] for each in found] == [100.0, 200.0]
    for client, price in zip(servers, (1, 2), strict=True):
        path = "/v0.4/jobs/estimate?backend=qpu.trap&shots=10&1q_gates=1"
        assert client.get(path).json()["estimated_total_cost"] == 10 * price


def test_each_shows_its_own_machines(servers):
    for number, client in enumerate(servers):
        for path in ("/v0.4/backends", "/v0.3/backends"):
            qubits = {each["backend"]: each["qubits"] for each in client.get(path).json()}
            assert qubits["qpu.trap"] == 3 + number
            assert qubits["qpu.plugin"] == 4
        found = client.get("/v0.4/backends/qpu.trap/characterizations").json()["characterizations"]
        assert found[0]["qubits"] == 3 + number
        mean = 1 - number / (3 + number)  # one qubit is misread
        assert found[0]["fidelity"]["spam"]["mean"] == pytest.approx(mean)


def test_each_refuses_by_its_own_limits(servers):
    body = {
        "type": "ionq.circuit.v1",
        "backend": "qpu.trap",
        "input": {"qubits": 4, "circuit": []},
    }

    assert [client.post("/v0.4/jobs", json=body).status_code for client in servers] == [400, 201]
