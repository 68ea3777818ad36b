"""Sampled jobs on a real server: one answer for a seed, whatever happens to workers and chunks."""

import os
import signal
from collections import Counter

import httpx
import pytest
from harness import RunningServer
from harness.waiting import FINAL, ended, until

import paultrap

SHOTS = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = RunningServer(tmp_path_factory.mktemp("data"), "--workers", "2").start()
    yield running
    running.stop()


def noisy_job(circuits: int, qubits: int, layers: int) -> dict:
    """Return a v0.4 job of different circuits, enough work for several chunks when it is large."""
    return {
        "type": "ionq.multi-circuit.v1",
        "backend": "simulator",
        "shots": SHOTS,
        "noise": {"model": "aria-2", "seed": 2026},
        "input": {
            "gateset": "qis",
            "qubits": qubits,
            "circuits": [{"circuit": _layers(index, qubits, layers)} for index in range(circuits)],
        },
    }


def _layers(index: int, qubits: int, layers: int) -> list[dict]:
    gates: list[dict] = []
    for layer in range(layers):
        for q in range(qubits):
            angle = 0.3 + 0.1 * layer + 0.2 * q + 0.01 * index
            gates.append({"gate": "ry", "target": q, "rotation": angle})
        gates += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(qubits - 1)]
    return gates


def submit(client: httpx.Client, job: dict) -> str:
    answer = client.post("/v0.4/jobs", json=job)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def completed(client: httpx.Client, job_id: str) -> dict:
    job = ended(client, job_id)
    assert job["status"] == "completed", job
    return job


def histograms(client: httpx.Client, job: dict) -> list[dict[str, int]]:
    paths = [f"/v0.4/jobs/{child}/results/histogram" for child in job["child_job_ids"]]
    return [client.get(path).json() for path in paths]


def test_the_server_answers_what_the_same_seed_gives_in_this_process(server):
    job = noisy_job(circuits=8, qubits=6, layers=3)
    with server.client() as client:
        done = completed(client, submit(client, job))
        found = histograms(client, done)
        shots = client.get(f"/v0.4/jobs/{done['child_job_ids'][5]}/results/shots").json()

    expected = paultrap.run(job)
    assert found == [
        {str(state): round(p * SHOTS) for state, p in expected.as_dict(index).items()}
        for index in range(8)
    ]
    assert Counter(shots) == found[5]


def test_killed_workers_leave_no_trace_in_the_answer(server):
    job = noisy_job(circuits=24, qubits=14, layers=10)
    with server.client() as client:
        undisturbed = histograms(client, completed(client, submit(client, job)))
        job_id = submit(client, job)
        _kill_one_at_work(server, client, job_id)
        assert histograms(client, completed(client, job_id)) == undisturbed
    assert all(sum(histogram.values()) == SHOTS for histogram in undisturbed)


def _kill_one_at_work(server: RunningServer, client: httpx.Client, job_id: str) -> None:
    """Kill every worker as soon as the job runs; both are started again."""
    path = f"/paultrap/jobs/{job_id}/progress"
    until(lambda: client.get(path).json()["status"] in {"started", *FINAL})
    for pid in server.worker_pids():
        os.kill(pid, signal.SIGKILL)
