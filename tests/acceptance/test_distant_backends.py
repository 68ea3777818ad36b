"""What a server takes for worker hosts: plug-ins that they alone have, memory that the largest has."""

import contextlib
import signal

import pytest
from harness import RunningServer, places
from harness.hosts import register
from harness.picky import write_picky
from harness.waiting import ended, until
from harness.worker_host import RunningWorkerHost

from paultrap.store import Store

pytestmark = pytest.mark.skipif(
    not places.ON_POSTGRESQL, reason="worker hosts take PostgreSQL: PAULTRAP_TEST_ON=postgresql"
)

TRAP = "qpu.picky"


def job(backend, qubits=2):
    turns = [{"gate": "ry", "target": qubit, "rotation": 0.1 + qubit} for qubit in range(qubits)]
    circuit = {"gateset": "qis", "qubits": qubits, "circuit": turns}
    return {"type": "ionq.circuit.v1", "backend": backend, "shots": 100, "input": circuit}


@pytest.fixture
def client(tmp_path):
    server = RunningServer(tmp_path, "--workers", "0").start()
    with server.client() as client:
        yield client
    server.kill()
    places.drop_those_in(tmp_path)


@pytest.fixture
def start(client, tmp_path):  # noqa: ARG001  # whose database it is
    """Start worker hosts on the server's database."""
    started = []

    def one(*flags, **environment):
        folder = tmp_path / f"host-{len(started)}"
        folder.mkdir()
        host = RunningWorkerHost(folder, places.place_in(tmp_path), *flags, environment=environment)
        started.append(host)
        return host.start()

    yield one
    for host in started:
        host.kill()


def end(host):
    host.tell(signal.SIGTERM)
    assert host.wait() == 0


def submit(client, body):
    answer = client.post("/v0.4/jobs", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def refusal(client, body):
    """Return why a job is refused; None while it is taken: a server hears of new hosts in seconds."""
    answer = client.post("/v0.4/jobs", json=body)
    if answer.status_code == 201:
        client.delete(f"/v0.4/jobs/{answer.json()['id']}").raise_for_status()
        return None
    return answer.json()


def waits_for(client, job_id):
    found = client.get(f"/paultrap/jobs/{job_id}").json()["waiting_for"]
    return None if found is None else found["message"]


def test_a_plugin_is_installed_on_its_worker_host_alone(client, start, tmp_path):
    environment = write_picky(tmp_path / "packages")
    start("--threads", "1")
    assert client.post("/v0.4/jobs", json=job(TRAP)).status_code == 400

    trap = start("--backends", TRAP, **environment)
    first = submit(client, job(TRAP))
    assert ended(client, first)["status"] == "completed"
    assert client.get(f"/v0.4/backends/{TRAP}").json()["status"] == "available"

    end(trap)
    until(lambda: client.get(f"/v0.4/backends/{TRAP}").json()["status"] == "unavailable")
    second = submit(client, job(TRAP))
    # The other host runs jobs meanwhile, and leaves this one alone.
    assert ended(client, submit(client, job("simulator")))["status"] == "completed"
    assert waits_for(client, second) == f'a worker with the backend "{TRAP}" (none now)'

    start("--backends", TRAP, **environment)
    assert ended(client, second)["status"] == "completed"
    assert waits_for(client, second) is None


def test_a_large_job_waits_for_the_host_that_can_hold_it(client, start, tmp_path):
    start("--memory-limit", "64MiB")
    refused = until(lambda: refusal(client, job("simulator", 23)))
    assert "may use 64.0 MiB" in refused["message"]
    # Another machine, which is away for a moment.
    with contextlib.closing(Store.attach(places.place_in(tmp_path))) as store:
        register(store, "elsewhere", memory_limit=1 << 30).leave()

    job_id = submit(client, job("simulator", 23))
    until(lambda: "(largest now: 64.0 MiB)" in (waits_for(client, job_id) or ""))

    start("--memory-limit", "1GiB")
    assert ended(client, job_id)["status"] == "completed"
