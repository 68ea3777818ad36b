"""Version 0.3: what its clients rely on beyond the fields of a job."""

import pytest

from paultrap.machines import ALIASES

NOISY = {"shots": 600, "noise": {"model": "aria-1", "seed": 7}}
ON_QPU = {"shots": 600, "target": "qpu.aria-1", "noise": {"model": "ideal", "seed": 7}}

BULK = [("DELETE", "/jobs"), ("PUT", "/jobs/status/cancel")]


def listed(client, query):
    return client.get(f"/v0.3/jobs?{query}").json()["jobs"]


def test_cudaq_polls_a_job_and_follows_its_results_url(client, submit, bell_v03):
    job_id = submit(bell_v03 | NOISY | {"qubits": "29"})

    [job] = listed(client, f"id={job_id}")

    assert {"status", "qubits", "results_url"} <= set(job)
    plain = client.get(job["results_url"]).json()
    assert sum(plain.values()) == pytest.approx(1)
    for query in ("format=qir.quantum-log.v0", "format=qir.quantum-log.v0&sharpen=true"):
        assert client.get(f"{job['results_url']}?{query}").json() == plain


def test_sharpen_votes_where_a_job_is_debiased(client, submit, bell_v03):
    job_id = submit(bell_v03 | ON_QPU)
    url = f"/v0.3/jobs/{job_id}/results"

    sharpened = client.get(f"{url}?sharpen=true").json()

    assert sharpened == client.get(f"{url}?aggregation=voting").json()
    assert client.get(f"{url}?sharpen=false").json() == client.get(url).json() != sharpened
    v04 = f"/v0.4/jobs/{job_id}/results/probabilities?aggregation=voting"
    assert sharpened == client.get(v04).json()


@pytest.mark.parametrize("name", ["submitter_id", "submitted_by"])
def test_a_list_is_of_one_submitter(client, store, submit, bell_v03, name):
    ours = submit(bell_v03)
    secret, other = store.keys.create("another", project="default")
    sent = client.post("/v0.3/jobs", json=bell_v03, headers={"authorization": f"apiKey {secret}"})
    theirs = sent.json()["id"]

    assert [job["id"] for job in listed(client, f"{name}={other.submitter_id}")] == [theirs]
    mine = client.get(f"/v0.3/jobs/{ours}").json()["submitted_by"]
    assert [job["id"] for job in listed(client, f"{name}={mine}")] == [ours]
    assert listed(client, f"{name}=64b03577072d45001c85e9c4") == []


def test_lists_and_children_have_the_registers_that_were_sent(client, submit, founding_job):
    first, second = founding_job["input"]["circuits"]
    first["registers"] = {"meas_mapped": [2, None]}
    parent = submit(founding_job)
    children = client.get(f"/v0.3/jobs/{parent}").json()["children"]

    found = {job["id"]: job for job in listed(client, f"id={children[0]}&id={children[1]}")}

    assert found[children[0]]["registers"] == first["registers"]
    assert "registers" not in found[children[1]]
    assert [found[child]["name"] for child in children] == [first["name"], second["name"]]
    assert "registers" not in client.get(f"/v0.3/jobs/{parent}").json()


def test_lists_leave_out_fields_and_select_several_statuses(client, bench, submit, bell_v03):
    done = submit(bell_v03)
    bench.works = False
    waiting = submit(bell_v03)

    jobs = listed(client, "status=completed,ready&exclude=status,id&exclude=noise")

    assert len(jobs) == 2
    assert all({"status", "id", "noise"}.isdisjoint(job) for job in jobs)
    assert [job["id"] for job in listed(client, "status=completed&status=ready")] == [waiting, done]
    assert listed(client, f"id={done}&include=nothing") == [{}]
    assert listed(client, f"id[]={done}&include=id") == [{"id": done}]


@pytest.mark.parametrize("field", ["dry_run", "preflight"])
def test_either_word_asks_for_a_dry_run(client, submit, bell_v03, field):
    job = client.get(f"/v0.3/jobs/{submit(bell_v03 | {field: True})}").json()

    assert (job["status"], job["dry_run"], job["execution_time"]) == ("completed", True, 0)


def test_the_oldest_name_of_a_qpu_is_taken(client, submit, bell_v03):
    job = client.get(f"/v0.3/jobs/{submit(bell_v03 | ON_QPU | {'target': 'qpu'})}").json()

    assert job["target"] == ALIASES["qpu"]
    assert job["noise"] == {"model": "aria-1", "seed": 7}
    assert job["cost_usd"] == job["estimated_cost_usd"] > 0
    assert job["shots"] == 600


def test_one_circuit_and_several_at_once_are_refused(client, bell_v03):
    bell_v03["input"]["circuits"] = [{"circuit": bell_v03["input"]["circuit"]}]

    answer = client.post("/v0.3/jobs", json=bell_v03)

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "body", "keys": ["input.circuit"]}


@pytest.mark.parametrize("form", ["quipper", "nonsense"])
def test_an_unknown_format_is_named(client, bell_v03, form):
    bell_v03["input"]["format"] = form

    answer = client.post("/v0.3/jobs", json=bell_v03)

    assert answer.status_code == 400
    assert answer.json()["validation"]["keys"] == ["input.format"]


@pytest.mark.parametrize("bulk", BULK)
@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
@pytest.mark.parametrize(
    "sent", [({}, "ids"), ({"ids": "x"}, "ids"), ({"ids": [1]}, "ids[0]"), ([], "body")]
)
def test_the_field_of_a_wrong_list_of_ids_is_named(client, version, bulk, sent):
    method, path = bulk
    body, key = sent
    answer = client.request(method, f"/{version}{path}", json=body)

    assert answer.status_code == 400
    assert answer.json()["validation"] == {"source": "body", "keys": [key]}
    assert set(answer.json()) == {"error", "message", "statusCode", "validation", "requestId"}


@pytest.mark.parametrize(("method", "path"), BULK)
def test_no_ids_are_no_jobs(client, submit, bell_v03, method, path):
    job_id = submit(bell_v03)

    answer = client.request(method, f"/v0.3{path}", json={"ids": []})

    assert (answer.status_code, answer.json()["ids"]) == (200, [])
    assert client.get(f"/v0.3/jobs/{job_id}").json()["status"] == "completed"


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/v0.3/jobs/nonsense", 404, "Not Found"),
        ("GET", "/v0.3/jobs/nonsense/results", 404, "Not Found"),
        ("PUT", "/v0.3/jobs/nonsense/status/cancel", 404, "Not Found"),
        ("DELETE", "/v0.3/jobs/0190070f-9691-7000-a1f6-306623179a83", 404, "Not Found"),
        ("GET", "/v0.3/characterizations/nonsense", 404, "Not Found"),
        ("GET", "/v0.3/nonsense", 404, "Not Found"),
        ("PATCH", "/v0.3/jobs", 405, "Method Not Allowed"),
    ],
)
def test_an_error_has_its_status_in_its_body(client, method, path, status, error):
    answer = client.request(method, path)

    body = answer.json()
    assert (answer.status_code, body["statusCode"], body["error"]) == (status, status, error)
    assert isinstance(body["message"], str)


def test_backends_and_characterizations_need_no_key(client):
    for path in ("backends", "backends?status=verbose", "characterizations/backends/qpu.aria-1"):
        for header in ("", "apiKey nonsense", "Bearer x"):
            answer = client.get(f"/v0.3/{path}", headers={"authorization": header})
            assert answer.status_code == 200, path


def test_a_backend_leads_to_its_newest_characterization(client):
    backends = client.get("/v0.3/backends").json()

    assert {each["backend"] for each in backends if "characterization_url" not in each} == {
        "simulator"
    }
    for each in backends:
        if url := each.get("characterization_url"):
            current = f"/v0.3/characterizations/backends/{each['backend']}/current"
            assert client.get(f"/v0.3{url}").json() == client.get(current).json()
