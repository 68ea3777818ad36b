"""Worker hosts as real processes, for a server that runs nothing itself."""

import contextlib
import signal

import psutil
import pytest
from harness import RunningServer, places
from harness.waiting import ended, until
from harness.worker_host import RunningWorkerHost
from independent.workers import paused

from paultrap.store import HostKind, HostRegistration, Store

pytestmark = pytest.mark.skipif(
    not places.ON_POSTGRESQL, reason="worker hosts take PostgreSQL: PAULTRAP_TEST_ON=postgresql"
)

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]


def layers(qubits, number):
    """Return gates of which none can be left out or merged with many others."""
    return [
        gate
        for layer in range(number)
        for qubit in range(qubits)
        for gate in (
            {"gate": "ry", "target": qubit, "rotation": 0.1 + layer + qubit},
            {"gate": "cnot", "control": qubit, "target": (qubit + 1) % qubits},
        )
    ]


LONG = layers(23, 30)  # some seconds of work


def job(circuit, qubits=2):
    return {
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "input": {"qubits": qubits, "circuit": circuit},
    }


@pytest.fixture
def server(tmp_path):
    server = RunningServer(tmp_path, "--workers", "0").start()
    yield server
    server.kill()
    places.drop_those_in(tmp_path)


@pytest.fixture
def client(server):
    with server.client() as client:
        yield client


@pytest.fixture
def start(server, tmp_path):
    """Start worker hosts, each with a folder for its log."""
    started = []

    def one(*flags, wait=True):
        folder = tmp_path / f"host-{len(started)}"
        folder.mkdir()
        host = RunningWorkerHost(folder, server.place, *flags)
        started.append(host)
        return host.start() if wait else host.launch()

    yield one
    for host in started:
        host.kill()


def submit(client, body):
    answer = client.post("/v0.4/jobs", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def running(client):
    return [each for host in client.get("/paultrap/workers").json() for each in host["running"]]


def test_a_server_takes_jobs_that_a_worker_host_runs(client, start):
    note = client.get("/readyz").json()["note"]
    assert "No worker is there" in note
    job_id = submit(client, job(BELL))

    host = start("--slots", "2")

    assert ended(client, job_id)["status"] == "completed"
    found = client.get("/paultrap/workers").json()
    assert [each["kind"] for each in found] == ["server", "worker"]
    assert [each["slots"] for each in found] == [0, 2]
    assert found[1]["pid"] == host.process.pid
    assert client.get("/readyz").json() == {"status": "ready"}


def test_it_ends_with_what_it_runs_and_is_gone_from_the_list(client, start):
    host = start("--drain-seconds", "600")
    job_id = submit(client, job(LONG, 23))
    until(lambda: running(client))

    host.tell(signal.SIGTERM)

    assert host.wait() == 0
    assert ended(client, job_id)["status"] == "completed"
    assert [each["kind"] for each in client.get("/paultrap/workers").json()] == ["server"]
    assert "Traceback" not in host.log()


@pytest.mark.parametrize("how", ["a second signal", "no time to drain"])
def test_what_it_cannot_end_is_given_back_and_nobody_is_blamed(client, server, start, how):
    host = start("--drain-seconds", "0" if how == "no time to drain" else "600")
    assert host.process is not None
    job_id = submit(client, job(LONG, 23))
    until(lambda: running(client))
    with paused(host.process.pid):
        host.tell(signal.SIGTERM)
        if how == "a second signal":
            host.tell(signal.SIGINT)

        assert host.wait() == 0
    (row,) = places.rows_of(
        server.place,
        f"SELECT status, deaths, outages, expiries FROM chunks WHERE job_id = '{job_id}'",
    )
    assert row == ("queued", 0, 0, 0)
    client.delete(f"/v0.4/jobs/{job_id}")


def test_before_its_end_it_takes_only_what_is_predicted_to_end_in_time(client, start):
    start("--until", "120s")
    long = submit(client, job(layers(28, 200), 28))
    short = submit(client, job(BELL))

    assert ended(client, short)["status"] == "completed"
    assert client.get(f"/v0.4/jobs/{long}").json()["status"] == "ready"
    client.delete(f"/v0.4/jobs/{long}")


def test_it_ends_when_there_is_nothing_to_do(client, start):
    job_id = submit(client, job(BELL))
    host = start("--exit-when-idle", "2s", wait=False)

    assert host.wait() == 0
    assert client.get(f"/v0.4/jobs/{job_id}").json()["status"] == "completed"


def test_a_killed_host_loses_its_chunk_to_another(client, start):
    first = start()
    job_id = submit(client, job(LONG, 23))
    until(lambda: running(client))
    first.kill()

    start()

    assert ended(client, job_id)["status"] == "completed"


def test_another_release_is_refused_with_both_named(server, start):
    with contextlib.closing(Store.join(server.place, version=_version_of(server))) as newer:
        newer.workers.register(
            HostRegistration(
                kind=HostKind.SERVER,
                host="elsewhere",
                hostname="elsewhere",
                pid=1,
                version="99.0",
                slots=0,
                threads=1,
            )
        )
        host = start(wait=False)

        assert host.wait() == 1
        (line,) = host.log().splitlines()
        assert "99.0" in line
        assert _version_of(server) in line


def _version_of(server):
    with contextlib.closing(Store.attach(server.place)) as store:
        return next(each.about.version for each in store.workers.live())


def test_idle_hosts_hold_one_connection_each_and_their_workers_none(client, start):
    hosts = [start("--slots", "3") for _ in range(2)]
    for _ in range(4):
        assert ended(client, submit(client, job(BELL)))["status"] == "completed"
    pids = [host.process.pid for host in hosts]
    until(lambda: all(len(host.worker_pids()) == 3 + 1 for host in hosts))  # one for short work
    children = [pid for host in hosts for pid in host.worker_pids()]

    def connections():
        return [_connections(pid) for pid in (*pids, *children)]

    expected = [1, 1, *[0] * len(children)]
    with contextlib.suppress(AssertionError):
        until(lambda: connections() == expected)
    assert connections() == expected


def _connections(pid):
    """Return how many connections to the database a process has."""
    return sum(each.raddr != () for each in psutil.Process(pid).net_connections("tcp"))
