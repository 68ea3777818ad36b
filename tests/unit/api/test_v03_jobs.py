"""Version 0.3: submitting and reading jobs."""

import time
from uuid import UUID

import pytest

from paultrap.admission import chunks
from paultrap.api import responses

# The order in which the real service wrote a completed simulator job.
RECORDED = [
    "id",
    "submitted_by",
    "status",
    "target",
    "qubits",
    "circuits",
    "results_url",
    "gate_counts",
    "cost_usd",
    "project_id",
    "request",
    "start",
    "response",
    "execution_time",
    "predicted_execution_time",
    "noise",
    "error_mitigation",
    "children",
]


def test_founding_example_comes_back_by_child_in_submission_order(client, founding_job):
    created = client.post("/v0.3/jobs", json=founding_job)

    assert created.status_code == 200
    assert list(created.json()) == ["id", "status", "request"]
    assert created.json()["status"] == "ready"
    assert abs(created.json()["request"] - time.time()) < 60
    job_id = created.json()["id"]
    assert UUID(job_id).version == 7
    job = client.get(f"/v0.3/jobs/{job_id}").json()
    results = client.get(job["results_url"]).json()
    assert list(results) == job["children"]
    first, second = results.values()
    assert first == pytest.approx({"1": 1.0}, abs=1e-12)
    assert second == {"0": 0.5, "6": 0.5}


def test_completed_job_has_the_recorded_fields_in_the_recorded_order(client, submit, bell_v03):
    job_id = submit(bell_v03)

    job = client.get(f"/v0.3/jobs/{job_id}").json()

    optional = {"predicted_execution_time"}
    assert [key for key in RECORDED if key in job] == list(job)
    assert set(RECORDED) - set(job) <= optional
    times = {key: job.pop(key) for key in ("request", "start", "response", "execution_time")}
    assert all(isinstance(value, int) for value in times.values())
    assert len(job.pop("submitted_by")) == 24
    UUID(job.pop("project_id"))
    job.pop("predicted_execution_time", None)
    assert job == {
        "id": job_id,
        "status": "completed",
        "target": "simulator",
        "qubits": 2,
        "circuits": 1,
        "results_url": f"/v0.3/jobs/{job_id}/results",
        "gate_counts": {"1q": 1, "2q": 1},
        "cost_usd": 0,
        "noise": {"model": "ideal"},
        "error_mitigation": {"debias": False},
        "children": [],
    }


def test_fields_of_a_waiting_job_are_absent_until_known(client, bench, submit, bell_v03):
    bench.works = False
    job = client.get(f"/v0.3/jobs/{submit(bell_v03)}").json()

    assert job["status"] == "ready"
    assert {"results_url", "start", "response", "execution_time", "failure"}.isdisjoint(job)


def test_leased_job_is_running(client, bench, store, submit, bell_v03):
    bench.works = False
    job_id = submit(bell_v03)
    store.queue.lease("somebody", 60_000)

    assert client.get(f"/v0.3/jobs/{job_id}").json()["status"] == "running"
    assert client.get(f"/v0.4/jobs/{job_id}").json()["status"] == "started"


def test_parent_sums_and_children_have_their_own_fields(client, submit, founding_job):
    parent_id = submit(founding_job)
    parent = client.get(f"/v0.3/jobs/{parent_id}").json()
    children = [client.get(f"/v0.3/jobs/{child}").json() for child in parent["children"]]

    assert (parent["circuits"], parent["qubits"], parent["name"]) == (
        2,
        3,
        "Multicircuit Job Example",
    )
    assert parent["gate_counts"] == {"1q": 3, "2q": 1}
    assert [child["name"] for child in children] == ["Circuit 1", "Circuit 2"]
    assert [child["gate_counts"] for child in children] == [{"1q": 2, "2q": 0}, {"1q": 1, "2q": 1}]
    assert [child["circuits"] for child in children] == [1, 1]
    assert [child["children"] for child in children] == [[], []]
    assert client.get(children[1]["results_url"]).json() == {"0": 0.5, "6": 0.5}


def test_one_element_circuits_answers_flat_and_has_one_child(client, submit, founding_job):
    del founding_job["input"]["circuits"][0]
    job_id = submit(founding_job)
    job = client.get(f"/v0.3/jobs/{job_id}").json()

    assert job["circuits"] == 1
    assert client.get(f"/v0.3/jobs/{job_id}/results").json() == {"0": 0.5, "6": 0.5}
    [child] = job["children"]
    assert client.get(f"/v0.3/jobs/{child}/results").json() == {"0": 0.5, "6": 0.5}


def test_input_may_be_an_array_of_circuits(client, submit):
    bell = {"format": "ionq.circuit.v0", "qubits": 1, "circuit": [{"gate": "x", "target": 0}]}
    job_id = submit({"target": "simulator", "input": [bell, bell, bell]})

    results = client.get(f"/v0.3/jobs/{job_id}/results").json()
    assert list(results.values()) == [{"1": 1.0}] * 3


def test_old_cirq_calls_the_input_body(client, bell_v03):
    bell_v03["body"] = bell_v03.pop("input")
    bell_v03 |= {"lang": "json", "shots": "100"}

    created = client.post("/v0.3/jobs", json=bell_v03)

    assert created.status_code == 200
    assert client.get(f"/v0.3/jobs/{created.json()['id']}/results").json() == {"0": 0.5, "3": 0.5}


def test_results_ignore_the_parameters_of_other_clients(client, submit, bell_v03):
    url = f"/v0.3/jobs/{submit(bell_v03)}/results"

    plain = client.get(url)

    assert client.get(f"{url}?format=qir.quantum-log.v0&sharpen=true").content == plain.content


def test_registers_come_back_on_a_job_and_on_each_child(client, submit, bell_v03, founding_job):
    bell_v03["registers"] = {"meas_mapped": [1, None, 0]}
    for index, circuit in enumerate(founding_job["input"]["circuits"]):
        circuit["registers"] = {"meas_mapped": [index, None]}

    single = client.get(f"/v0.3/jobs/{submit(bell_v03)}").json()
    parent = client.get(f"/v0.3/jobs/{submit(founding_job)}").json()
    children = [client.get(f"/v0.3/jobs/{child}").json() for child in parent["children"]]

    assert single["registers"] == {"meas_mapped": [1, None, 0]}
    assert [child["registers"] for child in children] == [
        {"meas_mapped": [0, None]},
        {"meas_mapped": [1, None]},
    ]


def test_registers_of_the_only_circuit_are_the_jobs_too(client, submit, founding_job):
    del founding_job["input"]["circuits"][1]
    founding_job["input"]["circuits"][0]["registers"] = {"meas_mapped": [2]}

    job = client.get(f"/v0.3/jobs/{submit(founding_job)}").json()

    assert job["registers"] == {"meas_mapped": [2]}


def test_metadata_comes_back_byte_for_byte(client):
    raw = rb'{ "b":"\u001e\u001f", "a" :"caf\u00e9 \ud83d\ude00",  "shots":"100" }'
    body = b'{"metadata":' + raw + b',"input":{"circuit":[],"qubits":1}}'

    job_id = client.post("/v0.3/jobs", content=body).json()["id"]

    assert raw in client.get(f"/v0.3/jobs/{job_id}").content
    assert raw in client.get(f"/v0.4/jobs/{job_id}").content


def test_include_and_exclude_choose_fields_in_their_order(client, submit, founding_job):
    url = f"/v0.3/jobs/{submit(founding_job)}"

    assert list(client.get(f"{url}?include=status,id&include=children").json()) == [
        "id",
        "status",
        "children",
    ]
    without = client.get(f"{url}?exclude=status,children&exclude=nonsense").json()
    assert {"status", "children"}.isdisjoint(without)
    assert list(client.get(f"{url}?include=id,status&exclude=status").json()) == ["id"]


# Every way to the results of several circuits together.
AGGREGATES = (
    "/v0.3/jobs/{id}/results",
    "/v0.4/jobs/{id}/results/probabilities",
    "/v0.4/jobs/{id}/results/probabilities/aggregated",
    "/v0.4/jobs/{id}/artifacts/probabilities",
    "/v0.4/jobs/{id}/artifacts/probabilities-aggregate",
    "/v0.4/jobs/{id}/artifacts/ionq.result.probabilities.json.v1",
    "/v0.4/jobs/{id}/artifacts/ionq.result.probabilities-aggregate.json.v1",
)


def test_failed_job_says_why(client, bench, submit, bell_v03):
    bench.fails_with = ("SimulationError", ": the worker stopped")
    job_id = submit(bell_v03)

    job = client.get(f"/v0.3/jobs/{job_id}").json()

    assert job["status"] == "failed"
    assert job["failure"] == {"error": "circuit 0: the worker stopped", "code": "SimulationError"}
    assert client.get(f"/v0.3/jobs/{job_id}/results").status_code == 404


def test_children_of_a_failed_job_keep_their_results(
    client, bench, submit, founding_job, monkeypatch
):
    monkeypatch.setattr(chunks, "_CHUNK_CIRCUITS", 100)
    bench.fails_with = ("InternalError", " stopped the worker 3 times")
    bench.fails_at_chunk = 0
    founding_job["input"]["circuits"] *= 400

    job = client.get(f"/v0.3/jobs/{submit(founding_job)}").json()

    failed = [client.get(f"/v0.3/jobs/{each}").json()["status"] for each in job["children"]]
    count = failed.count("failed")
    assert 0 < count == len(failed) - failed.count("completed")
    why = job["failure"]["error"]
    assert (job["status"], why.partition("; ")[0]) == (
        "failed",
        f"{count} of {len(failed)} circuits failed",
    )
    first, last = (client.get(f"/v0.3/jobs/{job['children'][at]}").json() for at in (0, -1))
    assert (first["status"], last["status"]) == ("failed", "completed")
    assert first["failure"]["error"] == why.partition("; ")[2]
    assert client.get(last["results_url"]).json() == {"0": 0.5, "6": 0.5}
    for job_id in (job["id"], first["id"]):
        failure = client.get(f"/v0.4/jobs/{job_id}").json()["failure"]
        for path in AGGREGATES:
            refused = client.get(path.format(id=job_id))
            assert refused.status_code == 404
            assert refused.json()["failure"] == failure
            assert failure["message"] in refused.json()["message"]


def test_a_deleted_child_keeps_its_place_and_is_named(client, submit, founding_job):
    job_id = submit(founding_job)
    first, second = client.get(f"/v0.3/jobs/{job_id}").json()["children"]
    client.delete(f"/v0.3/jobs/{first}")

    assert client.get(f"/v0.3/jobs/{job_id}").json()["children"] == [first, second]
    for path in AGGREGATES:
        refused = client.get(path.format(id=job_id))
        assert refused.status_code == 404
        assert f'its child "{first}" (circuit 0) was deleted' in refused.json()["message"]
    assert client.get(f"/v0.3/jobs/{second}/results").json() == {"0": 0.5, "6": 0.5}
    assert client.get(f"/v0.3/jobs/{first}/results").status_code == 404


def test_a_canceled_child_leaves_no_hole_in_the_results_together(
    client, bench, submit, founding_job
):
    bench.works = False
    job_id = submit(founding_job)
    first, second = client.get(f"/v0.3/jobs/{job_id}").json()["children"]
    client.put(f"/v0.4/jobs/{first}/status/cancel")
    bench.works = True
    bench.wake()

    assert client.get(f"/v0.3/jobs/{job_id}").json()["status"] == "completed"
    for path in AGGREGATES:
        refused = client.get(path.format(id=job_id))
        assert refused.status_code == 404
        assert f'its child "{first}" (circuit 0) was canceled' in refused.json()["message"]
    assert client.get(f"/v0.3/jobs/{second}/results").json() == {"0": 0.5, "6": 0.5}
    assert client.get(f"/v0.3/jobs/{first}").json()["status"] == "canceled"


def test_a_job_whose_only_child_is_deleted_has_no_results(client, submit, founding_job):
    del founding_job["input"]["circuits"][1]
    job_id = submit(founding_job)
    [child] = client.get(f"/v0.3/jobs/{job_id}").json()["children"]
    client.delete(f"/v0.4/jobs/{child}")

    for path in AGGREGATES:
        assert client.get(path.format(id=job_id)).status_code == 404


def test_a_large_jobs_results_are_streamed_in_order(client, submit, founding_job, monkeypatch):
    monkeypatch.setattr(responses, "_BLOCK", 1 << 17)
    founding_job["input"]["circuits"] *= 2_500
    job_id = submit(founding_job)
    children = client.get(f"/v0.3/jobs/{job_id}?include=children").json()["children"]

    results = client.get(f"/v0.3/jobs/{job_id}/results", headers={"accept-encoding": "identity"})

    assert "content-length" not in results.headers
    assert list(results.json()) == children
    assert list(results.json().values())[1::2] == [{"0": 0.5, "6": 0.5}] * 2_500


def test_canceled_job_has_no_results(client, bench, submit, founding_job):
    bench.works = False
    job_id = submit(founding_job)

    canceled = client.put(f"/v0.3/jobs/{job_id}/status/cancel")

    assert canceled.status_code == 200
    assert canceled.json() == {"id": job_id, "status": "canceled"}
    job = client.get(f"/v0.3/jobs/{job_id}").json()
    assert job["status"] == "canceled"
    child = client.get(f"/v0.3/jobs/{job['children'][0]}").json()
    assert child["status"] == "canceled"
    bench.works = True
    bench.wake()
    assert client.get(f"/v0.3/jobs/{job_id}").json()["status"] == "canceled"
    assert client.get(f"/v0.3/jobs/{job_id}/results").status_code == 404


def test_cancel_of_a_completed_job_answers_and_changes_nothing(client, submit, bell_v03):
    job_id = submit(bell_v03)

    canceled = client.put(f"/v0.3/jobs/{job_id}/status/cancel")

    assert canceled.json() == {"id": job_id, "status": "canceled"}
    assert client.get(f"/v0.3/jobs/{job_id}").json()["status"] == "completed"


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_several_jobs_are_canceled_and_deleted_at_once(client, bench, submit, bell_v03, version):
    bench.works = False
    ids = [submit(bell_v03) for _ in range(3)]

    canceled = client.put(f"/{version}/jobs/status/cancel", json={"ids": ids[:2]})
    deleted = client.request("DELETE", f"/{version}/jobs", json={"ids": ids[1:]})

    assert canceled.json() == {"ids": ids[:2], "status": "canceled"}
    assert deleted.json() == {"ids": ids[1:], "status": "deleted"}
    assert [client.get(f"/{version}/jobs/{job_id}").status_code for job_id in ids] == [
        200,
        404,
        404,
    ]


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_bulk_with_an_unknown_id_changes_nothing(client, bench, submit, bell_v03, version):
    bench.works = False
    job_id = submit(bell_v03)
    unknown = "0190070f-9691-7000-a1f6-306623179a83"

    canceled = client.put(f"/{version}/jobs/status/cancel", json={"ids": [job_id, unknown]})
    deleted = client.request("DELETE", f"/{version}/jobs", json={"ids": [job_id, unknown]})

    assert (canceled.status_code, deleted.status_code) == (404, 404)
    assert unknown in canceled.json()["message"]
    assert client.get(f"/{version}/jobs/{job_id}").json()["status"] == "ready"


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_deleting_a_parent_deletes_its_children(client, submit, founding_job, version):
    job_id = submit(founding_job)
    children = client.get(f"/v0.3/jobs/{job_id}").json()["children"]

    deleted = client.delete(f"/{version}/jobs/{job_id}")

    assert deleted.json() == {"id": job_id, "status": "deleted"}
    for gone in [job_id, *children]:
        assert client.get(f"/{version}/jobs/{gone}").status_code == 404


def test_dry_run_completes_without_results(client, submit, bell_v03):
    job_id = submit(bell_v03 | {"dry_run": True})

    job = client.get(f"/v0.3/jobs/{job_id}").json()

    assert (job["status"], job["dry_run"]) == ("completed", True)
    assert "results_url" not in job
    assert client.get(f"/v0.3/jobs/{job_id}/results").status_code == 404
    assert client.get(f"/v0.4/jobs/{job_id}").json()["results"] is None
