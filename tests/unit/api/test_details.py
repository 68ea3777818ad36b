"""By what rules a job is computed, as paultrap's own path says."""

import pytest
from harness.jobs import run
from litestar.testing import TestClient

from paultrap.api.app import create_app
from paultrap.engine import ENGINE_VERSION
from paultrap.settings import Settings
from paultrap.store import WorkerEngine

KEY = {"authorization": "apiKey a-key"}

OLD = WorkerEngine(["3", "2"], "single")
SEARCH = {
    "type": "qctrl.qaoa.v1",
    "backend": "simulator",
    "external_settings": {"api_credentials": "any"},
    "input": {
        "problem_type": "maxcut",
        "problem": {"nodes": [{"id": 0}, {"id": 1}], "adjacency": [[{"id": 1}], [{"id": 0}]]},
    },
}
WHOLE = {
    "engine_version": ENGINE_VERSION,
    "precision": "double",
    "engine_versions": [ENGINE_VERSION],
}


def details(client, job_id):
    found = client.get(f"/paultrap/jobs/{job_id}").json()
    return {name: found[name] for name in WHOLE}


def test_a_job_says_by_what_it_was_computed(client, submit, founding_job):
    job_id = submit(founding_job)
    answer = client.get(f"/paultrap/jobs/{job_id}")
    assert answer.status_code == 200
    assert answer.json() == WHOLE | {
        "id": job_id,
        "status": "completed",
        "type": "ionq.multi-circuit.v1",
        "backend": "simulator",
        "circuits": 2,
        "circuits_done": 2,
        "circuits_failed": 0,
        "waiting_for": None,
    }
    for child in client.get(f"/v0.3/jobs/{job_id}").json()["children"]:
        assert details(client, child) == WHOLE


def test_a_job_that_has_not_started_says_nothing_yet(client, submit, bench, founding_job):
    bench.works = False
    nothing = {"engine_version": None, "precision": None, "engine_versions": []}
    assert details(client, submit(founding_job)) == nothing
    assert details(client, submit(founding_job | {"dry_run": True})) == nothing


def test_a_job_of_which_an_earlier_engine_has_run_a_part_shows_both(client, submit, bench, store):
    bench.works = False
    job_id = submit(SEARCH)
    assert run(store, store.queue.lease("old", 60_000, engine=OLD))
    assert details(client, job_id) == {
        "engine_version": "3",
        "precision": "single",
        "engine_versions": ["3"],
    }
    while (lease := store.queue.lease("new", 60_000)) is not None:
        assert run(store, lease)

    assert details(client, job_id)["engine_versions"] == ["3", ENGINE_VERSION]
    children = client.get(f"/v0.4/jobs/{job_id}").json()["child_job_ids"]
    assert details(client, children[0])["engine_versions"] == ["3"]
    assert details(client, children[-1])["engine_versions"] == [ENGINE_VERSION]


@pytest.mark.parametrize("planned", ["single", "double"])
def test_a_job_never_takes_more_memory_than_was_planned(store, bench, machines, bell_v04, planned):
    bench.works = False
    with TestClient(
        create_app(Settings(precision=planned), store, bench, machines=machines)
    ) as one:
        assert one.post("/v0.4/jobs", json=bell_v04, headers=KEY).status_code == 201
    lease = store.queue.lease("worker", 60_000, engine=WorkerEngine(precision="double"))
    assert lease.precision == planned


def test_an_unknown_job_is_not_found(client):
    answer = client.get("/paultrap/jobs/00000000-0000-7000-8000-000000000000")
    assert answer.status_code == 404
