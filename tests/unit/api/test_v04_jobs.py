"""Version 0.4: submitting and reading jobs."""

import re

import pytest

BASE_JOB = [
    "id",
    "status",
    "type",
    "backend",
    "dry_run",
    "submitter_id",
    "project_id",
    "parent_job_id",
    "session_id",
    "metadata",
    "name",
    "submitted_at",
    "started_at",
    "completed_at",
    "predicted_wait_time_ms",
    "predicted_execution_duration_ms",
    "execution_duration_ms",
    "failure",
    "output",
    "settings",
    "stats",
    "results",
]


def test_single_job_reads_as_the_document_says(client, bell_v04):
    created = client.post("/v0.4/jobs", json=bell_v04 | {"name": "bell", "shots": 500})

    assert created.status_code == 201
    job_id = created.json()["id"]
    assert created.json() == {"id": job_id, "status": "submitted", "session_id": None}
    job = client.get(f"/v0.4/jobs/{job_id}").json()
    assert [key for key in job if key not in {"noise", "child_job_ids"}] == BASE_JOB
    times = [job.pop(key) for key in ("submitted_at", "started_at", "completed_at")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment) for moment in times)
    assert times == sorted(times)
    assert isinstance(job.pop("execution_duration_ms"), int)
    del job["submitter_id"], job["project_id"], job["predicted_execution_duration_ms"]
    descriptor = {"media_type": "application/json"}
    v1 = "ionq.result.probabilities.json.v1"
    v2 = "ionq.result.probabilities.json.v2"
    assert job == {
        "id": job_id,
        "status": "completed",
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "dry_run": False,
        "parent_job_id": None,
        "session_id": None,
        "metadata": None,
        "name": "bell",
        "predicted_wait_time_ms": None,
        "noise": {"model": "ideal"},
        "failure": None,
        "output": {"error_mitigation": {"debiasing": False}},
        "settings": {},
        "stats": {"qubits": 2, "circuits": 1, "gate_counts": {"1q": 1, "2q": 1}},
        "results": {
            "probabilities": {
                "id": "probabilities",
                "format": v1,
                **descriptor,
                "url": f"/v0.4/jobs/{job_id}/results/probabilities",
            },
            v1: {"id": "probabilities", "format": v1, **descriptor},
            v2: {"id": v2, "format": v2, **descriptor},
        },
        "child_job_ids": None,
    }


def test_waiting_job_has_nulls_where_nothing_is_known(client, bench, submit, bell_v04):
    bench.works = False
    job = client.get(f"/v0.4/jobs/{submit(bell_v04)}").json()

    assert set(BASE_JOB) <= set(job)
    assert job["status"] == "ready"
    assert job["results"] is None
    assert job["started_at"] is None
    assert job["completed_at"] is None
    assert job["execution_duration_ms"] is None


def test_list_items_have_no_child_job_ids(client, submit, batch_v04):
    submit(batch_v04)

    [item] = client.get("/v0.4/jobs").json()["jobs"]

    assert [key for key in item if key != "noise"] == BASE_JOB


def test_batch_advertises_the_aggregate_and_its_children_their_own(client, submit, batch_v04):
    parent_id = submit(batch_v04)
    parent = client.get(f"/v0.4/jobs/{parent_id}").json()
    children = [client.get(f"/v0.4/jobs/{child}").json() for child in parent["child_job_ids"]]

    assert parent["type"] == "ionq.multi-circuit.v1"
    assert parent["stats"] == {"qubits": 3, "circuits": 2, "gate_counts": {"1q": 2, "2q": 1}}
    aggregate = "ionq.result.probabilities-aggregate.json.v1"
    descriptor = {
        "id": "probabilities-aggregate",
        "format": aggregate,
        "media_type": "application/json",
    }
    url = f"/v0.4/jobs/{parent_id}/results/probabilities/aggregated"
    assert parent["results"] == {"probabilities": descriptor | {"url": url}, aggregate: descriptor}
    assert [child["parent_job_id"] for child in children] == [parent_id] * 2
    assert [child["type"] for child in children] == ["ionq.circuit.v1"] * 2
    assert [child["name"] for child in children] == ["bell", None]
    assert [child["stats"]["qubits"] for child in children] == [3, 3]
    for child, expected in zip(children, [{"0": 0.5, "3": 0.5}, {"4": 1.0}], strict=True):
        assert client.get(child["results"]["probabilities"]["url"]).json() == expected


def test_every_name_of_a_batchs_results_answers_the_aggregate(client, submit, batch_v04):
    job_id = submit(batch_v04)
    children = client.get(f"/v0.4/jobs/{job_id}").json()["child_job_ids"]
    expected = dict(zip(children, [{"0": 0.5, "3": 0.5}, {"4": 1.0}], strict=True))

    for path in (
        "results/probabilities",
        "results/probabilities/aggregated",
        "artifacts/probabilities-aggregate",
        "artifacts/ionq.result.probabilities-aggregate.json.v1",
        "artifacts/probabilities",
    ):
        answer = client.get(f"/v0.4/jobs/{job_id}/{path}")
        assert answer.status_code == 200, path
        assert list(answer.json()) == children
        assert answer.json() == expected


def test_a_single_jobs_aggregate_is_under_its_own_id(client, submit, bell_v04):
    job_id = submit(bell_v04)

    answer = client.get(f"/v0.4/jobs/{job_id}/results/probabilities/aggregated")

    assert answer.json() == {job_id: {"0": 0.5, "3": 0.5}}


def test_bitstrings_are_padded_to_the_width_with_qubit_0_at_the_right(client, submit, bell_v04):
    bell_v04["input"] = {"gateset": "qis", "qubits": 3, "circuit": [{"gate": "x", "target": 0}]}
    job_id = submit(bell_v04)

    answer = client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.result.probabilities.json.v2")

    assert answer.json() == {"probabilities": {"registers": {"output_all": {"001": 1.0}}}}


def test_unknown_artifact_is_a_404_that_names_it(client, submit, bell_v04):
    answer = client.get(f"/v0.4/jobs/{submit(bell_v04)}/artifacts/ionq.native.v1")

    assert answer.status_code == 404
    assert "ionq.native.v1" in answer.json()["message"]


def test_results_of_a_waiting_job_are_a_404(client, bench, submit, bell_v04, batch_v04):
    bench.works = False
    for job in (bell_v04, batch_v04):
        job_id = submit(job)
        for path in (
            "results/probabilities",
            "results/probabilities/aggregated",
            "artifacts/probabilities",
        ):
            answer = client.get(f"/v0.4/jobs/{job_id}/{path}")
            assert answer.status_code == 404
            assert answer.json()["message"].startswith("Job not found or not yet completed")


def test_failed_job_says_why_in_the_words_of_every_client(client, bench, submit, bell_v04):
    bench.fails_with = ("SimulationError", ": the worker stopped")

    job = client.get(f"/v0.4/jobs/{submit(bell_v04)}").json()

    assert job["failure"] == {
        "code": "SimulationError",
        "message": "circuit 0: the worker stopped",
        "error": "circuit 0: the worker stopped",
    }
    assert job["results"] is None


def test_a_canceled_job_and_its_children_stay_canceled(client, bench, submit, batch_v04):
    bench.works = False
    job_id = submit(batch_v04)

    canceled = client.put(f"/v0.4/jobs/{job_id}/status/cancel")

    assert (canceled.status_code, canceled.json()) == (200, {"id": job_id, "status": "canceled"})
    bench.works = True
    bench.wake()
    job = client.get(f"/v0.4/jobs/{job_id}").json()
    children = [client.get(f"/v0.4/jobs/{child}").json() for child in job["child_job_ids"]]
    assert {each["status"] for each in [job, *children]} == {"canceled"}
    assert {each["results"] for each in [job, *children]} == {None}


def test_settings_and_metadata_are_echoed(client, submit, bell_v04):
    settings = {"error_mitigation": {"debiasing": False}, "compilation": {"opt": 1}}
    metadata = {"shots": "100", "qiskit_header": "H4sI" * 20_000}

    job_id = submit(bell_v04 | {"settings": settings, "metadata": metadata})

    job = client.get(f"/v0.4/jobs/{job_id}").json()
    assert (job["settings"], job["metadata"]) == (settings, metadata)


def test_both_versions_see_one_set_of_jobs(client, submit, founding_job, batch_v04):
    for job_id in (submit(founding_job), submit(batch_v04)):
        old = client.get(f"/v0.3/jobs/{job_id}").json()
        new = client.get(f"/v0.4/jobs/{job_id}").json()

        assert old["children"] == new["child_job_ids"]
        assert old.get("name") == new["name"]
        assert old["submitted_by"] == new["submitter_id"]
        results = client.get(f"/v0.3/jobs/{job_id}/results").json()
        assert results == client.get(new["results"]["probabilities"]["url"]).json()


def test_whoami_names_the_key(client, store):
    secret, record = store.keys.create("laptop")

    answer = client.get("/v0.4/whoami", headers={"authorization": f"apiKey {secret}"})

    assert answer.json() == {
        "key_id": record.id,
        "key_name": "laptop",
        "project_id": record.project_id,
    }


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"type": None}, "type"),
        ({"type": "ionq.unknown.v1"}, "type"),
        ({"type": "ionq.multi-circuit.v1"}, "input"),
        ({"backend": None}, "backend"),
        ({"input": None}, "input"),
    ],
)
def test_what_version_04_requires_is_named_when_it_is_missing(
    client, n_jobs, bell_v04, changes, key
):
    answer = client.post("/v0.4/jobs", json=bell_v04 | changes)

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "body", "keys": [key]}
    assert n_jobs() == 0


def test_gates_in_circuits_need_the_multi_circuit_type(client, batch_v04):
    answer = client.post("/v0.4/jobs", json=batch_v04 | {"type": "ionq.circuit.v1"})

    assert answer.status_code == 400
    assert "input.circuit" in answer.json()["message"]


def test_the_aggregate_of_a_child_is_its_own(client, submit, batch_v04):
    job_id = submit(batch_v04)
    children = client.get(f"/v0.4/jobs/{job_id}").json()["child_job_ids"]
    whole = client.get(f"/v0.4/jobs/{job_id}/results/probabilities/aggregated").json()
    assert list(whole) == children

    for child in children:
        path = f"/v0.4/jobs/{child}/results/probabilities/aggregated"
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {child: whole[child]})
        assert client.get(path, params={"after": child}).json() == {}
