"""A server whose descriptors run out: silent connections lock nobody out, workers come back."""

import os
import signal
import socket
from contextlib import ExitStack

import pytest
from harness import RunningServer
from harness.waiting import ended, until

# A hard limit, as a service manager may set it, that leaves little for connections.
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 192))
from paultrap.cli import main
main()
"""
BODY = {"input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}]}}


@pytest.fixture
def server(tmp_path):
    server = RunningServer(tmp_path, code=LIMITED)
    server.start()
    yield server
    server.kill()


def test_silent_connections_lock_nobody_out(server):
    with ExitStack() as opened, server.client() as client:
        for _ in range(300):
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        job_id = client.post("/v0.3/jobs", json=BODY).raise_for_status().json()["id"]
        assert ended(client, job_id)["status"] == "completed"

        killed = set(server.worker_pids())
        for worker in killed:
            os.kill(worker, signal.SIGKILL)
        until(lambda: (now := set(server.worker_pids())) and not now & killed)
        for _ in range(300):
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        job_id = client.post("/v0.3/jobs", json=BODY).raise_for_status().json()["id"]
        assert ended(client, job_id)["status"] == "completed"
        program = {
            "type": "ionq.qasm3.v1",
            "backend": "simulator",
            "input": {"data": "OPENQASM 3.0; qubit[1] q; U(0, 0, 0) q[0];"},
        }
        assert client.post("/v0.4/jobs", json=program).status_code in {200, 201}
    assert "Traceback" not in server.log()
    assert "no connection can be taken" not in server.log()
