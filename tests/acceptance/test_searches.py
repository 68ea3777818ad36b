"""Searches whose workers or server die in the middle: they go on, and nobody sees a difference."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import networkx as nx
import pytest
from harness import RunningServer
from harness.functions import circuits_of
from harness.jobs import answers, ended, new_job, reread
from harness.waiting import until

from paultrap.admission import PlannedChunk
from paultrap.engine import ENGINE_VERSION
from paultrap.functions.qaoa import CIRCUITS, ITERATIONS, Qaoa
from paultrap.jobs import Sampling, Status
from paultrap.machines import Machines
from paultrap.store import NewJob, Store
from paultrap.worker import Supervisor

PROBLEM = {
    "problem_type": "maxcut",
    "problem": nx.adjacency_data(nx.random_regular_graph(3, 12, seed=2)),
}
BODY = {
    "type": "qctrl.qaoa.v1",
    "backend": "simulator",
    "shots": 200,
    "noise": {"model": "aria-1", "seed": 11},
    "external_settings": {"api_credentials": "any"},
    "input": PROBLEM,
}
PARTS = ((0, 4), (4, 8), (8, CIRCUITS))


@pytest.fixture
def supervisor(store) -> Iterator[Supervisor]:
    supervisor = Supervisor(store, workers=2)
    supervisor.start()
    yield supervisor
    supervisor.stop(drain_s=0)


def search_job(store: Store) -> NewJob:
    """Return a search of which each iteration is three chunks, for two workers to share."""
    source = json.dumps(PROBLEM).encode()
    chunks = [
        PlannedChunk(stage * CIRCUITS + first, stage * CIRCUITS + stop, 1e3, stage=stage)
        for stage in range(ITERATIONS)
        for first, stop in PARTS
    ]
    template = new_job(store)
    return NewJob(
        project_id=template.project_id,
        submitter_id=template.submitter_id,
        backend="simulator",
        batch=circuits_of(Qaoa(source)),
        chunks=chunks,
        type=Qaoa.type,
        child_type=Qaoa.child_type,
        source=source,
        shots=200,
        sampling=Sampling(200, 11, Machines.shipped().models["aria-1"]),
    )


def a_worker(supervisor: Supervisor) -> int | None:
    for slot in supervisor._slots:
        if slot.is_ready and slot.worker_pids():
            return slot.worker_pids()[0]
    return None


def test_workers_that_are_killed_in_every_iteration_change_nothing(store, supervisor):
    undisturbed = store.jobs.add(search_job(store))
    supervisor.wake()
    assert ended(store, undisturbed).status is Status.COMPLETED

    disturbed = store.jobs.add(search_job(store))
    supervisor.wake()
    for done in range(ITERATIONS):
        until(lambda done=done: len(store.jobs.findings(disturbed.id)) >= len(PARTS) * done)
        with contextlib.suppress(ProcessLookupError):
            os.kill(until(lambda: a_worker(supervisor)), signal.SIGKILL)

    assert ended(store, disturbed).status is Status.COMPLETED
    assert store.jobs.findings(disturbed.id) == store.jobs.findings(undisturbed.id)
    assert answers(store, disturbed) == answers(store, undisturbed)
    assert reread(store, disturbed).progress.done == ITERATIONS * CIRCUITS


def test_a_search_that_is_canceled_while_it_runs_goes_no_further(store, supervisor):
    job = store.jobs.add(search_job(store))
    supervisor.wake()
    until(lambda: store.jobs.findings(job.id))
    store.jobs.cancel(job.project_id, [job.id])
    supervisor.check_leases()
    shown = len(store.jobs.findings(job.id))

    after = store.jobs.add(new_job(store))
    supervisor.wake()

    assert ended(store, after).status is Status.COMPLETED
    assert reread(store, job).status is Status.CANCELED
    assert len(store.jobs.findings(job.id)) == shown < len(PARTS) * ITERATIONS


def get(client: httpx.Client, path: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(path).json()
    return found


def completed(client: httpx.Client, job_id: str) -> dict[str, Any]:
    until(lambda: get(client, f"/v0.4/jobs/{job_id}")["status"] == "completed")
    return get(client, f"/v0.4/jobs/{job_id}")


def counts(client: httpx.Client, job: dict[str, Any]) -> list[dict[str, float]]:
    return [
        get(client, f"/v0.4/jobs/{child}/results/probabilities") for child in job["child_job_ids"]
    ]


def test_a_search_outlives_its_server_and_shows_what_it_has(tmp_path):
    server = RunningServer(tmp_path, "--workers", "1").start()
    try:
        with server.client() as client:
            undisturbed = completed(client, client.post("/v0.4/jobs", json=BODY).json()["id"])
            job_id = client.post("/v0.4/jobs", json=BODY).json()["id"]
            path = f"/paultrap/jobs/{job_id}/progress"
            until(lambda: get(client, path)["circuits_done"] >= 2 * CIRCUITS)
            results = get(client, f"/v0.4/jobs/{job_id}")["results"]["qaoa_results"]
            assert results["processing_status"] in {"running", "complete"}
            assert results["optimal_cost"] < 0
        server.kill()
        server.start()
        with server.client() as client:
            job = completed(client, job_id)
            assert job["results"] == undisturbed["results"]
            assert counts(client, job) == counts(client, undisturbed)
    finally:
        server.kill()


def test_a_search_keeps_its_precision_when_its_server_starts_with_another(tmp_path):
    server = RunningServer(tmp_path, "--workers", "1", "--precision", "single").start()
    try:
        with server.client() as client:
            job_id = client.post("/v0.4/jobs", json=BODY).json()["id"]
            path = f"/paultrap/jobs/{job_id}"
            until(lambda: get(client, path)["circuits_done"] >= CIRCUITS)
    finally:
        server.kill()
    server = RunningServer(tmp_path, "--workers", "1", "--precision", "double").start()
    try:
        with server.client() as client:
            completed(client, job_id)
            found = get(client, path)
            assert (found["precision"], found["engine_versions"]) == ("single", [ENGINE_VERSION])
            # By another name: a server that was killed at once may not know that its answer was read.
            other = client.post("/v0.4/jobs", json=BODY | {"name": "another"}).json()["id"]
            completed(client, other)
            assert get(client, f"/paultrap/jobs/{other}")["precision"] == "double"
    finally:
        server.kill()
