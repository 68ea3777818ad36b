"""Backends and memory of other hosts, as clients see them: no worker of this server has any."""

import pytest
from harness.hosts import register

from paultrap.store import HostBackend, tables


def wide(qubits):
    gates = [{"gate": "ry", "target": q, "rotation": 0.1 + q} for q in range(qubits)]
    return {"target": "simulator", "input": {"qubits": qubits, "circuit": gates}}


@pytest.fixture(autouse=True)
def nobody_works(bench):
    bench.works = False


@pytest.fixture
def trap_job(bell_v04):
    return bell_v04 | {"backend": "lab.trap"}


def plugins_of_chunks(store, job_id):
    with store._database.read() as connection:
        query = tables.chunks.select().where(tables.chunks.c.job_id == job_id)
        return [row.backend for row in connection.execute(query)]


@pytest.fixture
def renew(client, bell_v04):
    """Have the server look who is there, as it does where it would refuse a job."""

    def look():
        answer = client.post("/v0.4/jobs", json=bell_v04 | {"backend": "nowhere"})
        assert answer.status_code == 400

    return look


@pytest.fixture
def status(client):
    def of(name):
        """Return a backend's status in both versions."""
        answer = client.get(f"/v0.4/backends/{name}")
        v03 = {each["backend"]: each["status"] for each in client.get("/v0.3/backends").json()}
        return (answer.json()["status"] if answer.is_success else None, v03.get(name))

    return of


def test_a_worker_host_brings_its_plugin_and_jobs_for_it_name_it(
    client, store, submit, trap_job, status
):
    assert client.post("/v0.4/jobs", json=trap_job).status_code == 400
    assert status("lab.trap") == (None, None)

    register(store, "far", "lab.trap")
    # Whoever has just started a worker is not told what was so a moment before.
    job_id = submit(trap_job)

    assert status("lab.trap") == ("available", "available")
    assert plugins_of_chunks(store, job_id) == ["lab.trap"]
    assert plugins_of_chunks(store, submit(trap_job | {"backend": "simulator"})) == [None]
    assert "lab.trap" in client.get("/v0.4/api-docs").text
    names = [each["name"] for each in client.get("/paultrap/plugins").json()]
    assert names == ["lab.trap"]


def test_circuits_are_judged_by_what_the_plugin_says_of_itself(client, store, trap_job):
    register(store, "far", HostBackend(name="lab.trap", qubits=2, gateset="qis", entangler="ms"))
    circuit = {"gateset": "qis", "qubits": 3, "circuit": [{"gate": "x", "target": 2}]}

    answer = client.post("/v0.4/jobs", json=trap_job | {"input": circuit})

    assert answer.status_code == 400
    assert '"lab.trap" has 2' in answer.json()["message"]


def test_jobs_for_a_backend_wait_while_its_worker_is_away(client, store, submit, trap_job, renew):
    far = register(store, "far", "lab.trap")
    register(store, "here")
    submit(trap_job)
    far.leave()
    renew()

    job_id = submit(trap_job)
    assert client.get("/v0.4/backends/lab.trap").json()["status"] == "unavailable"
    assert client.get(f"/paultrap/jobs/{job_id}").json()["waiting_for"] == {
        "message": 'a worker with the backend "lab.trap" (none now)',
        "backend": "lab.trap",
        "memory_bytes": None,
        "largest_memory_bytes": None,
    }
    (plugin,) = client.get("/paultrap/plugins").json()
    assert plugin["status"] == "unavailable"
    assert "jobs for it wait" in plugin["reason"]

    register(store, "far")  # Without it: nobody expects it any more.
    renew()
    answer = client.post("/v0.4/jobs", json=trap_job)
    assert answer.status_code == 400
    assert '"lab.trap" is not available: no worker' in answer.json()["message"]


def test_a_retry_is_for_the_same_plugin(client, store, submit, trap_job):
    register(store, "far", "lab.trap")
    job_id = submit(trap_job)
    lease = store.queue.lease("far", 60_000)
    assert store.queue.fail(lease, "QuantumComputerError", ": the trap is warm")

    assert client.post(f"/paultrap/jobs/{job_id}/retry").is_success
    assert plugins_of_chunks(store, job_id) == ["lab.trap", "lab.trap"]


def test_the_largest_host_says_what_is_too_much(client, store, renew):
    register(store, "small", memory_limit=1 << 20)
    register(store, "large", memory_limit=1 << 28)
    renew()

    assert client.post("/v0.3/jobs", json=wide(20)).is_success
    answer = client.post("/v0.3/jobs", json=wide(27))

    assert answer.status_code == 400
    message = answer.json()["message"]
    assert "may use 256.0 MiB on the largest of 2 hosts" in message
    assert "PAULTRAP_MEMORY_LIMIT" in message


def test_a_job_waits_for_the_host_that_could_hold_it(client, store, submit, renew):
    register(store, "small", memory_limit=1 << 20)
    large = register(store, "large", memory_limit=1 << 30)
    renew()
    job_id = submit(wide(20))
    waits = lambda: client.get(f"/paultrap/jobs/{job_id}").json()["waiting_for"]  # noqa: E731
    assert waits() is None

    large.leave()
    renew()
    found = waits()
    assert found["largest_memory_bytes"] == 1 << 20
    assert found["memory_bytes"] > 1 << 24
    assert found["message"].endswith("of memory (largest now: 1.0 MiB)")

    register(store, "large", memory_limit=1 << 30)
    renew()
    assert waits() is None


def test_a_child_waits_for_what_its_own_chunk_needs(client, store, submit, renew):
    register(store, "small", memory_limit=1 << 20)
    register(store, "large", memory_limit=1 << 40).leave()
    renew()
    circuits = [
        {"circuit": [{"gate": "h", "target": 0}]},
        {"circuit": wide(24)["input"]["circuit"]},
    ]
    job_id = submit({"target": "simulator", "input": {"qubits": 24, "circuits": circuits}})
    first, second = client.get(f"/v0.3/jobs/{job_id}").json()["children"]

    assert client.get(f"/paultrap/jobs/{first}").json()["waiting_for"] is None
    assert client.get(f"/paultrap/jobs/{second}").json()["waiting_for"]["memory_bytes"] > 1 << 28
    assert client.get(f"/paultrap/jobs/{job_id}").json()["waiting_for"] is not None
