"""Both versions: the fields beside the circuits."""

import pytest

VERSIONS = ["v0.3", "v0.4"]


@pytest.fixture
def job_for(bell_v03, bell_v04):
    return {"v0.3": bell_v03, "v0.4": bell_v04}


TAKEN = [
    {"shots": 1},
    {"shots": 1_000_000},
    {"shots": "100"},
    {"shots": 100.0},
    {"shots": "None"},
    {"noise": None},
    {"noise": {"model": "ideal", "seed": None}},
    {"noise": {"model": "ideal", "seed": 7}},
    {"noise": {"model": "ideal", "seed": "7"}},
    {"metadata": None},
    {"metadata": {}},
    {"name": None},
    {"name": "sch\u00f6n \u0001 \U0001f600"},
    {"settings": None},
    {"dry_run": None},
    {"dry_run": False},
    {"session_id": None},
    {"lang": "json", "qubits": "\x1d", "extra": [[[{}]]]},
    {"error_mitigation": {"debias": True}},
]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_real_clients_send_is_taken(client, job_for, version):
    for change in TAKEN:
        answer = client.post(f"/{version}/jobs", json=job_for[version] | change)
        assert answer.is_success, (change, answer.text)


REFUSED = [
    {"shots": None},
    {"shots": 0},
    {"shots": -1},
    {"shots": 1_000_001},
    {"shots": 1.5},
    {"shots": True},
    {"shots": "many"},
    {"shots": "9" * 400},
    {"shots": [100]},
    {"shots": {}},
    {"name": 5},
    {"name": ["a"]},
    {"metadata": []},
    {"metadata": "text"},
    {"metadata": {"a": 1}},
    {"metadata": {"a": None}},
    {"metadata": {"a": {"b": "c"}}},
    {"noise": "ideal"},
    {"noise": {"model": "nonesuch"}},
    {"noise": {"model": "aria-1", "seed": "x"}},
    {"noise": {"model": 5}},
    {"noise": {"model": "ideal", "seed": 1.5}},
    {"noise": {"model": "ideal", "seed": 2**31}},
    {"settings": []},
    {"settings": 5},
    {"registers": []},
    {"dry_run": "perhaps"},
    {"dry_run": 5},
]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_field_is_named(client, n_jobs, job_for, version):
    for change in REFUSED:
        [field] = change
        answer = client.post(f"/{version}/jobs", json=job_for[version] | change)
        assert answer.status_code == 400, (change, answer.text)
        assert answer.json()["message"].startswith(field)
        [key] = answer.json()["validation"]["keys"]
        assert key.split(".")[0] == field
    assert n_jobs() == 0


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["qpu.aria-2", "qpu.harmony", "qpu.unheard-of", "toaster"])
def test_a_backend_that_runs_nothing_takes_no_jobs(client, n_jobs, job_for, version, name):
    field = "target" if version == "v0.3" else "backend"

    answer = client.post(f"/{version}/jobs", json=job_for[version] | {field: name})

    assert answer.status_code == 400
    assert name in answer.json()["message"]
    assert answer.json()["validation"]["keys"] == [field]
    assert n_jobs() == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_an_emulated_qpu_has_its_own_noise_whatever_is_asked_for(client, job_for, version):
    field = "target" if version == "v0.3" else "backend"
    for name, model in (("qpu", "aria-1"), ("qpu.forte-1", "forte-1")):
        body = job_for[version] | {field: name, "noise": {"model": "ideal", "seed": 5}}
        job_id = client.post(f"/{version}/jobs", json=body).json()["id"]
        job = client.get(f"/{version}/jobs/{job_id}").json()
        assert job[field] == f"qpu.{model}"
        assert job["shots"] == 100


def test_the_seed_is_echoed(client, submit, bell_v03):
    job_id = submit(bell_v03 | {"noise": {"model": "ideal", "seed": 7}})

    assert client.get(f"/v0.3/jobs/{job_id}").json()["noise"] == {"model": "ideal", "seed": 7}


@pytest.mark.parametrize("version", VERSIONS)
def test_shots_of_an_ideal_job_are_not_shown(client, submit, job_for, version):
    job_id = submit(job_for[version] | {"shots": 500})

    assert "shots" not in client.get(f"/{version}/jobs/{job_id}").json()
    assert "shots" not in client.get(f"/{version}/jobs").json()["jobs"][0]


def test_numbers_in_the_input_may_be_text(client, submit, bell_v03):
    bell_v03["input"]["qubits"] = "2"

    assert client.get(f"/v0.3/jobs/{submit(bell_v03)}").json()["qubits"] == 2
