"""Accepted means kept: SIGKILL of workers and of the whole server, at random moments.

Every job that was answered with an id must complete with the right answer, exactly once.
"""

import os
import random
import signal
import time

import httpx
import numpy as np
import pytest
from harness import RunningServer
from harness.places import rows_of
from harness.waiting import ended

import paultrap


def gradient_job(seed: int, circuits: int = 200, qubits: int = 10, gates: int = 60) -> dict:
    """Return a v0.3 multicircuit job with enough work to be killed in the middle of it."""
    rng = random.Random(seed)
    gate = ("rx", "ry", "rz")
    return {
        "target": "simulator",
        "name": f"job {seed}",
        "input": {
            "qubits": qubits,
            "circuits": [
                {"circuit": [_gate(rng, gate, qubits) for _ in range(gates)]}
                for _ in range(circuits)
            ],
        },
    }


def _gate(rng: random.Random, rotations: tuple[str, ...], qubits: int) -> dict:
    target, control = rng.sample(range(qubits), 2)
    if rng.random() < 0.3:
        return {"gate": "cnot", "control": control, "target": target}
    return {"gate": rng.choice(rotations), "target": target, "rotation": rng.uniform(-3, 3)}


def submit(client: httpx.Client, job: dict) -> str:
    answer = client.post("/v0.3/jobs", json=job)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def assert_right_answer(client: httpx.Client, job_id: str, job: dict) -> None:
    """Compare with a run of the same job in this process, which nothing has disturbed."""
    record = ended(client, job_id, "v0.3")
    assert record["status"] == "completed", record
    results = client.get(f"/v0.3/jobs/{job_id}/results").json()
    expected = paultrap.run(job)
    assert list(results) == record["children"]
    assert len(set(results)) == len(job["input"]["circuits"]) == expected.n_circuits
    for index, answer in enumerate(results.values()):
        wanted = expected.as_dict(index)
        assert list(answer) == [str(state) for state in wanted]
        np.testing.assert_allclose(list(answer.values()), list(wanted.values()), atol=1e-12)


def assert_nothing_twice(server: RunningServer, accepted: list[str]) -> None:
    """Every job is there once, every circuit has one result, and every job one execution."""
    with server.client() as client:
        listed = client.get("/v0.3/jobs", params={"limit": 1000}).json()["jobs"]
    ids = [job["id"] for job in listed]
    assert len(ids) == len(set(ids))
    assert set(accepted) <= set(ids)
    covered = [
        rows_of(
            server.place,
            f"SELECT job_id, sum(stop - first) FROM {table} GROUP BY job_id ORDER BY job_id",
        )
        for table in ("chunks", "result_slices")
    ]
    query = "SELECT job_id, circuits, execution_us > 0 FROM executions ORDER BY job_id"
    executed = rows_of(server.place, query)
    assert covered[0] == covered[1]
    assert executed == [(job_id, circuits, 1) for job_id, circuits in covered[0]]


@pytest.fixture
def server(tmp_path):
    server = RunningServer(tmp_path).start()
    yield server
    server.kill()


def test_workers_killed_at_random_moments_lose_nothing(server):
    """Jobs one by one, with a kill somewhere in each: no chunk dies often enough to be given up."""
    rng = random.Random(7)
    accepted = []
    with server.client() as client:
        for seed in range(30):
            job = gradient_job(seed)
            job_id = submit(client, job)
            accepted.append(job_id)
            time.sleep(rng.uniform(0, 0.15))
            for pid in server.worker_pids():
                os.kill(pid, signal.SIGKILL)
            assert_right_answer(client, job_id, job)
    assert_nothing_twice(server, accepted)


def test_a_server_killed_at_random_moments_keeps_what_it_accepted(tmp_path):
    rng = random.Random(11)
    server = RunningServer(tmp_path)
    accepted: dict[str, dict] = {}
    try:
        for round_ in range(10):
            server.start()
            with server.client() as client:
                for seed in range(2):
                    job = gradient_job(100 * round_ + seed)
                    accepted[submit(client, job)] = job
            time.sleep(rng.uniform(0, 0.2))
            server.kill()

        server.start()
        with server.client() as client:
            for job_id, job in accepted.items():
                assert_right_answer(client, job_id, job)
        assert_nothing_twice(server, list(accepted))
    finally:
        server.kill()
