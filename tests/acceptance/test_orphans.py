"""SIGKILL of the server alone: its workers and readers end at once, whatever they are at."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from acceptance.workers import STAND_IN, TESTS
from harness import RunningServer
from harness.jobs import new_job, reread
from harness.waiting import ended, until

from paultrap.jobs import Status
from paultrap.store import Store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")

# A server without HTTP.
_SERVER = """
import sys, time
from paultrap.store import Store
from paultrap.worker import Supervisor
supervisor = Supervisor(Store.open({path!r}, as_server=True), command=[sys.executable, "-c", {worker!r}])
supervisor.start()
while True:
    supervisor.wake()
    time.sleep(0.1)
"""
MIB = 1 << 20


def read(path):
    """Return the text of a file of `/proc`, or nothing where its process has ended."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def alive(pids):
    states = {pid: read(f"/proc/{pid}/stat").rpartition(")")[2].split()[:1] for pid in pids}
    return [pid for pid, state in states.items() if state not in ([], ["Z"], ["X"])]


def children_of(pid):
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(each) for thread in threads for each in read(thread / "children").split()]


def resident(pids):
    """Return the bytes that processes have in memory together."""
    pages = (read(f"/proc/{pid}/statm").split()[1:2] for pid in pids)
    return sum(int(each) for found in pages for each in found) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("executor", ["endless_on_circuit_0", "holds_the_interpreter"])
def test_a_worker_ends_with_its_server_whatever_it_is_at(place, executor):
    store = Store.open(place)
    worker = STAND_IN.format(tests=str(TESTS), executor=executor)
    code = _SERVER.format(path=place, worker=worker)
    with subprocess.Popen([sys.executable, "-c", code]) as server:
        job = store.jobs.add(new_job(store, 1))
        until(lambda: reread(store, job).status is Status.STARTED)
        workers = until(lambda: alive(children_of(server.pid)))
        server.send_signal(signal.SIGKILL)
        server.wait()
        until(lambda: not alive(workers))
    store.close()


def test_orphan_and_successor_never_hold_more_than_the_limit_together(tmp_path):
    """A run of 24 qubits takes 256 MiB, and the limit is for one of them."""
    limit = 400 * MIB
    flags = ("--memory-limit", str(limit), "--threads", "1")
    circuit = [
        gate
        for layer in range(3)
        for qubit in range(24)
        for gate in (
            {"gate": "ry", "target": qubit, "rotation": 0.1 + layer + qubit},
            {"gate": "cnot", "control": qubit, "target": (qubit + 1 + layer) % 24},
        )
    ]
    body = {"target": "simulator", "input": {"qubits": 24, "circuit": circuit}}
    server = RunningServer(tmp_path, *flags).start()
    try:
        with server.client() as client:
            job_id = client.post("/v0.3/jobs", json=body).json()["id"]
            orphans = server.worker_pids()
            until(lambda: resident(orphans) > 250 * MIB)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        server.start()
        assert alive(orphans) == []
        most = 0
        with server.client() as client:
            while client.get(f"/v0.3/jobs/{job_id}").json()["status"] != "completed":
                most = max(most, resident([*orphans, *server.worker_pids()]))
                time.sleep(0.02)
            assert ended(client, job_id, "v0.3")["status"] == "completed"
        assert 250 * MIB < most < limit + 200 * MIB  # the interpreter and its libraries
    finally:
        server.kill()
