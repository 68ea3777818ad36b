"""Both versions: jobs with noise, from the submission to every form of their results."""

import json
from collections import Counter

import pytest

import paultrap
from paultrap.admission import chunks
from paultrap.machines import Machines
from paultrap.settings import Settings

VERSIONS = ["v0.3", "v0.4"]
SHOTS = 500
NOISE = {"noise": {"model": "aria-1", "seed": 7}, "shots": SHOTS}
KINDS = ("probabilities", "histogram", "shots")


@pytest.fixture
def job_for(bell_v03, bell_v04):
    return {"v0.3": bell_v03 | NOISE, "v0.4": bell_v04 | NOISE}


@pytest.fixture
def get(client):
    def read(path):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    return read


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("model", sorted(Machines.shipped().models))
def test_every_model_is_taken(get, submit, job_for, version, model):
    job = get(f"/{version}/jobs/{submit(job_for[version] | {'noise': {'model': model}})}")

    assert job["status"] == "completed"
    assert job["noise"]["model"] == model


@pytest.mark.parametrize("version", VERSIONS)
def test_shots_and_seed_are_reported(get, submit, job_for, version):
    job_id = submit(job_for[version])

    for job in (get(f"/{version}/jobs/{job_id}"), get(f"/{version}/jobs")["jobs"][0]):
        assert job["shots"] == SHOTS
        assert job["noise"] == {"model": "aria-1", "seed": 7}


@pytest.mark.parametrize("seed", [0, -1, 2**31 - 1, "12"])
def test_any_whole_number_is_a_seed(get, submit, bell_v04, seed):
    job_id = submit(bell_v04 | {"noise": {"model": "aria-1", "seed": seed}})

    assert get(f"/v0.4/jobs/{job_id}")["noise"] == {"model": "aria-1", "seed": int(seed)}


@pytest.mark.parametrize("noise", [{"model": "aria-1"}, {"model": "aria-1", "seed": None}])
def test_a_fresh_seed_is_drawn_reported_and_gives_the_answer_again(get, submit, bell_v04, noise):
    first, second = (submit(bell_v04 | {"noise": noise}) for _ in range(2))
    seeds = [get(f"/v0.4/jobs/{job_id}")["noise"]["seed"] for job_id in (first, second)]
    again = submit(bell_v04 | {"noise": {"model": "aria-1", "seed": seeds[0]}})

    assert seeds[0] != seeds[1]
    assert all(1 <= seed <= 2**31 - 1 for seed in seeds)
    for kind in KINDS:
        path = "/v0.4/jobs/{}/results/" + kind
        assert get(path.format(first)) == get(path.format(again))


@pytest.mark.parametrize("version", VERSIONS)
def test_an_unknown_model_is_refused_with_the_known_ones(client, n_jobs, job_for, version):
    answer = client.post(f"/{version}/jobs", json=job_for[version] | {"noise": {"model": "aria-9"}})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith('noise: there is no model "aria-9"; there are')
    assert '"forte-1"' in answer.json()["message"]
    assert answer.json()["validation"] == {"source": "body", "keys": ["noise"]}
    assert n_jobs() == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_a_circuit_wider_than_the_machine_is_refused(client, n_jobs, job_for, version):
    job = job_for[version]
    job["input"]["qubits"] = 26

    answer = client.post(f"/{version}/jobs", json=job)

    assert answer.status_code == 400
    message = answer.json()["message"]
    assert message == (
        'input: not enough qubits: circuit 0 has 26, and the machine that "aria-1" models has 25.'
    )
    assert n_jobs() == 0


def test_a_single_job_lists_every_form_of_its_results(get, submit, bell_v04):
    job_id = submit(bell_v04 | NOISE)
    results = get(f"/v0.4/jobs/{job_id}")["results"]

    wanted = list(KINDS)
    for kind in KINDS:
        v1, v2 = (f"ionq.result.{kind}.json.v{version}" for version in (1, 2))
        wanted += [v1, v2]
        media = {"media_type": "application/json"}
        url = f"/v0.4/jobs/{job_id}/results/{kind}"
        assert results[kind] == {"id": kind, "format": v1, "url": url, **media}
        assert results[v1] == {"id": kind, "format": v1, **media}
        assert results[v2] == {"id": v2, "format": v2, **media}
        first = get(url)
        for name in (kind, v1):
            assert get(f"/v0.4/jobs/{job_id}/artifacts/{name}") == first
    assert list(results) == wanted


def check_forms(get, job_id, width):
    """Check that all forms of a circuit's results agree, and return the histogram."""
    path = f"/v0.4/jobs/{job_id}"
    histogram = get(f"{path}/results/histogram")
    assert all(type(count) is int for count in histogram.values())
    assert sum(histogram.values()) == SHOTS
    probabilities = get(f"{path}/results/probabilities")
    assert probabilities == {state: count / SHOTS for state, count in histogram.items()}
    assert get(f"/v0.3/jobs/{job_id}/results") == probabilities
    shots = get(f"{path}/results/shots")
    assert Counter(shots) == histogram
    assert len(histogram) == 1 or shots != sorted(shots, key=int)

    def by_register(kind):
        return get(f"{path}/artifacts/ionq.result.{kind}.json.v2")

    bits = {f"{int(state):0{width}b}": count for state, count in histogram.items()}
    assert by_register("histogram") == {"histogram": {"registers": {"output_all": bits}}}
    registers = by_register("probabilities")["probabilities"]["registers"]
    assert registers == {"output_all": {key: count / SHOTS for key, count in bits.items()}}
    assert by_register("shots") == {
        "shots": [
            {"registers": {"output_all": [int(shot) >> bit & 1 for bit in range(width)]}}
            for shot in shots
        ]
    }
    return histogram


def test_all_forms_of_a_single_result_agree(get, submit, bell_v04):
    histogram = check_forms(get, submit(bell_v04 | NOISE), 2)

    assert histogram["0"] + histogram["3"] > 0.9 * SHOTS


def test_every_child_has_all_shots_and_all_forms(client, get, submit, batch_v04):
    parent_id = submit(batch_v04 | NOISE)
    parent = get(f"/v0.4/jobs/{parent_id}")

    assert parent["shots"] == SHOTS
    assert set(parent["results"]) == {
        "probabilities",
        "ionq.result.probabilities-aggregate.json.v1",
    }
    aggregate = get(parent["results"]["probabilities"]["url"])
    assert list(aggregate) == parent["child_job_ids"]
    for child_id in parent["child_job_ids"]:
        child = get(f"/v0.4/jobs/{child_id}")
        assert child["shots"] == SHOTS
        assert child["noise"] == NOISE["noise"]
        histogram = check_forms(get, child_id, 3)
        assert aggregate[child_id] == {key: count / SHOTS for key, count in histogram.items()}
    for kind in ("histogram", "shots"):
        for path in (f"results/{kind}", f"artifacts/ionq.result.{kind}.json.v2"):
            answer = client.get(f"/v0.4/jobs/{parent_id}/{path}")
            assert answer.status_code == 404
            assert "each child has its own" in answer.json()["message"]


@pytest.mark.parametrize("kind", ["histogram", "shots"])
def test_an_exact_job_has_neither_histogram_nor_shots(client, submit, bell_v04, kind):
    job_id = submit(bell_v04 | {"shots": SHOTS})

    names = (f"ionq.result.{kind}.json.v1", f"ionq.result.{kind}.json.v2", kind)
    for path in (f"results/{kind}", *(f"artifacts/{name}" for name in names)):
        answer = client.get(f"/v0.4/jobs/{job_id}/{path}")
        assert answer.status_code == 404
        assert f"has no {kind}: the ideal simulator" in answer.json()["message"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_unfinished_job_has_no_results_yet(client, bench, submit, bell_v04, kind):
    bench.works = False
    job_id = submit(bell_v04 | NOISE)

    answer = client.get(f"/v0.4/jobs/{job_id}/results/{kind}")

    assert answer.status_code == 404
    assert "not yet completed" in answer.json()["message"]


def test_the_same_seed_gives_the_same_in_one_chunk_or_many(get, submit, batch_v04, monkeypatch):
    batch_v04["input"]["circuits"] *= 6
    together = submit(batch_v04 | NOISE)
    monkeypatch.setattr(chunks, "_CHUNK_CIRCUITS", 1)
    apart = submit(batch_v04 | NOISE)

    lists = []
    for job_id in (together, apart):
        children = get(f"/v0.4/jobs/{job_id}")["child_job_ids"]
        lists.append(
            [[get(f"/v0.4/jobs/{child}/results/{kind}") for kind in KINDS] for child in children]
        )
    assert lists[0] == lists[1]
    assert len({json.dumps(bell) for bell in lists[0][::2]}) == 6  # each is drawn by itself


def test_what_a_server_answers_is_what_run_gives(get, submit, bell_v04):
    job = bell_v04 | NOISE

    answer = get(f"/v0.4/jobs/{submit(job)}/results/probabilities")

    found = paultrap.run(job).as_dict(0)
    assert answer == {str(state): probability for state, probability in found.items()}
    assert paultrap.run(job, seed=8).as_dict(0) != found


@pytest.mark.parametrize("query", ["sharpen=true", "sharpen=false", "aggregation=voting"])
def test_sharpening_does_nothing_where_a_job_has_no_variants(get, submit, bell_v04, query):
    job_id = submit(bell_v04 | NOISE)

    for path in (
        f"/v0.3/jobs/{job_id}/results",
        f"/v0.4/jobs/{job_id}/results/probabilities",
        f"/v0.4/jobs/{job_id}/results/histogram",
    ):
        assert get(f"{path}?{query}") == get(path)


def test_a_dry_run_keeps_its_noise_and_has_no_results(client, get, submit, bell_v04):
    job_id = submit(bell_v04 | NOISE | {"dry_run": True})

    job = get(f"/v0.4/jobs/{job_id}")
    assert (job["results"], job["shots"], job["noise"]["seed"]) == (None, SHOTS, 7)
    assert client.get(f"/v0.4/jobs/{job_id}/results/shots").status_code == 404


@pytest.mark.parametrize("noise", [None, {"model": "ideal", "seed": 7}, {"model": "x", "seed": 7}])
def test_a_qpu_has_its_own_noise_and_takes_a_seed(get, submit, bell_v04, noise):
    asked = {"backend": "qpu.aria-1", "shots": SHOTS, "noise": noise}
    plain = {"settings": {"error_mitigation": {"debiasing": False}}}
    job_id = submit(bell_v04 | asked | plain)
    job = get(f"/v0.4/jobs/{job_id}")

    assert job["noise"]["model"] == "aria-1"
    assert job["shots"] == SHOTS
    histogram = check_forms(get, job_id, 2)
    if noise is not None:
        assert histogram == check_forms(get, submit(bell_v04 | NOISE), 2)


def test_a_gate_that_cannot_be_compiled_is_refused(client, n_jobs, bell_v04):
    terms = ["XXX", "YZY", "ZXZ"]
    gate = {"gate": "pauliexp", "targets": [0, 1, 2], "terms": terms, "time": 1e5}
    bell_v04["input"] |= {"qubits": 3, "circuit": [gate | {"coefficients": [1.0, 1.0, 1.0]}]}

    answer = client.post("/v0.4/jobs", json=bell_v04 | NOISE | {"paultrap": {"pauliexp": "exact"}})

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("input: ")
    assert answer.json()["validation"]["keys"] == ["input"]
    assert n_jobs() == 0


class TestLittleMemory:
    @pytest.fixture
    def settings(self):
        return Settings(memory_limit=32 * 2**20)

    def test_a_sampled_job_that_does_not_fit_is_refused(self, client, bell_v04):
        bell_v04["input"]["qubits"] = 25
        bell_v04["input"]["circuit"] += [{"gate": "h", "target": q} for q in range(25)]
        bell_v04["input"]["circuit"] += [{"gate": "t", "target": q} for q in range(25)]
        bell_v04["input"]["circuit"] += [{"gate": "h", "target": q} for q in range(25)]

        answer = client.post("/v0.4/jobs", json=bell_v04 | NOISE)

        assert answer.status_code == 400
        assert "circuit 0 (25 qubits)" in answer.json()["message"]
