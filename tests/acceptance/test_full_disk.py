"""A disk that is really full: nothing is accepted and lost, and it goes on when there is room."""

import subprocess
import sys

import pytest
from harness import RunningServer
from harness.disk import SmallDisk, can_mount
from harness.waiting import ended, until

from paultrap.store import Store

pytestmark = [
    pytest.mark.engine("sqlite"),
    pytest.mark.skipif(not can_mount(), reason="this user may mount nothing: no user namespaces"),
]

SIZE = "16m"
BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
JOB = {
    "target": "simulator",
    "input": {"qubits": 2, "circuit": BELL},
    "metadata": {"long": "x" * 60_000},
}
MOST = 1_000  # more than fit on the disk


@pytest.fixture
def server(tmp_path):
    server = RunningServer(tmp_path, disk=SmallDisk(tmp_path, SIZE)).start()
    yield server
    server.kill()


def test_a_full_disk_loses_nothing_and_goes_on(server):
    pid, disk = server.process.pid, server.disk
    with server.client() as client:
        kept = client.post("/v0.3/jobs", json=JOB).json()["id"]
        assert ended(client, kept)["status"] == "completed"
        assert client.get("/readyz").status_code == 200
        disk.fill(pid)

        accepted = []
        for _ in range(MOST):  # The log may have some room yet.
            answer = client.post("/v0.3/jobs", json=JOB)
            if answer.status_code != 200:
                break
            accepted.append(answer.json()["id"])
        assert answer.status_code == 507, answer.text
        assert set(answer.json()) == {"error", "message", "statusCode", "requestId"}
        until(lambda: client.get("/readyz").status_code == 503)
        assert "full" in client.get("/readyz").json()["message"]
        assert client.get(f"/v0.3/jobs/{kept}/results").json() == {"0": 0.5, "3": 0.5}
        assert client.get("/healthz").status_code == 200

        disk.free(pid)

        until(lambda: client.get("/readyz").status_code == 200)
        accepted.append(client.post("/v0.3/jobs", json=JOB).json()["id"])
        for job_id in accepted:
            assert ended(client, job_id)["status"] == "completed"
            assert client.get(f"/v0.3/jobs/{job_id}/results").json() == {"0": 0.5, "3": 0.5}


@pytest.mark.parametrize("has_database", [True, False])
def test_a_start_on_a_full_disk_ends_and_says_why(tmp_path, has_database):
    if has_database:
        Store.open(tmp_path / "paultrap.db").close()
    disk = SmallDisk(tmp_path, "4m", is_full=True)
    command = [*disk.prefix, sys.executable, "-m", "paultrap", "serve", "--port", "0"]
    command += ["--data-dir", str(tmp_path)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith("paultrap: ")
    assert "full" in said or "No space left on device" in said
    assert "Traceback" not in done.stderr
