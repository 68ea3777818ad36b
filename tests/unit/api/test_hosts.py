"""The list of servers and worker hosts, and what a server without workers says of itself."""

import pytest

from paultrap.store import HostBackend, HostKind, HostRegistration, Role, Workers
from paultrap.worker import WorkersLoad

TRAP = HostBackend(name="our-trap", qubits=3, gateset="qis", entangler="ms")
ID = "0190070f-9691-7000-a1f6-3066231795{:02}"


@pytest.fixture
def register(store):
    """Register a process as if it were another one."""

    def add(number, kind=HostKind.WORKER, **about):
        one = Workers(store._database, ID.format(number))
        said = {"host": "m 1", "hostname": "m", "pid": 5, "version": "1.0", "slots": 2}
        said |= {"threads": 4, "memory_limit": 2**31}
        about = HostRegistration(kind=kind, **said | about)
        one.register(about)
        return one, about

    return add


def test_hosts_are_listed_with_what_they_run(client, store, bench, register, bell_v04):
    worker, about = register(1, backends=(TRAP,), runs_shipped=False)
    worker.beat(about, is_draining=True)
    register(2, HostKind.SERVER, slots=0, memory_limit=None)
    bench.works = False
    job_id = client.post("/v0.4/jobs", json=bell_v04).json()["id"]
    store.queue._server = ID.format(1)
    store.queue.lease("of the worker", 60_000)

    server, worker = client.get("/paultrap/workers").json()

    assert (server["kind"], server["slots"], server["memory_limit_bytes"]) == ("server", 0, None)
    assert (server["status"], server["chunks"], server["running"]) == ("alive", 0, [])
    assert server["backends"] == ["simulator"]
    assert (worker["id"], worker["kind"], worker["host"]) == (ID.format(1), "worker", "m")
    assert (worker["status"], worker["backends"]) == ("draining", ["our-trap"])
    assert (worker["slots"], worker["threads"], worker["memory_limit_bytes"]) == (2, 4, 2**31)
    (running,) = worker["running"]
    assert (running["job_id"], running["chunk"], running["circuits"]) == (job_id, 0, 1)
    assert worker["chunks"] == 1


def test_the_jobs_of_others_are_only_counted(client, store, bench, register, bell_v04):
    register(1)
    bench.works = False
    client.post("/v0.4/jobs", json=bell_v04)
    store.queue._server = ID.format(1)
    store.queue.lease("of the worker", 60_000)
    store.accounts.create_organization("com.example")
    store.accounts.create_project("theirs", "com.example")
    stranger, _ = store.keys.create("stranger", "theirs", role=Role.ADMIN)

    headers = {"authorization": f"apiKey {stranger}"}
    (worker,) = client.get("/paultrap/workers", headers=headers).json()

    assert (worker["chunks"], worker["running"]) == (1, [])


def test_a_server_without_workers_is_ready_and_says_whether_others_have_some(
    client, bench, register, monkeypatch
):
    monkeypatch.setattr(bench, "load", lambda: WorkersLoad(0, 0, 0, 1 << 30, []))
    register(1, HostKind.SERVER, slots=0)
    assert "No worker is there" in client.get("/readyz").json()["note"]
    assert client.get("/readyz").status_code == 200

    worker, about = register(2)
    assert client.get("/readyz").json() == {"status": "ready"}
    worker.beat(about, is_draining=True)
    assert "No worker is there" in client.get("/readyz").json()["note"]
    worker.leave()
    assert "No worker is there" in client.get("/readyz").json()["note"]
