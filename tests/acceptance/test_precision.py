"""A server told to compute in single precision does so."""

import math

import pytest
from harness import RunningServer
from harness.waiting import ended


@pytest.mark.parametrize("flags", [(), ("--precision", "single")])
def test_the_precision_of_the_server_is_that_of_its_answers(tmp_path, flags):
    job = {
        "target": "simulator",
        "input": {"qubits": 1, "circuit": [{"gate": "ry", "target": 0, "rotation": 1.0}]},
    }
    server = RunningServer(tmp_path, *flags).start()
    try:
        with server.client() as client:
            job_id = client.post("/v0.3/jobs", json=job).json()["id"]
            assert ended(client, job_id, "v0.3")["status"] == "completed"
            found = client.get(f"/v0.3/jobs/{job_id}/results").json()["0"]
    finally:
        server.kill()

    error = abs(found - math.cos(0.5) ** 2)
    assert error < (1e-6 if flags else 1e-12)
    assert (error > 1e-12) == bool(flags)
