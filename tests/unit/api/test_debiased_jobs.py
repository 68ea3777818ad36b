"""Debiasing on an emulated QPU, from the request to every form of what its variants gave."""

import json
from collections import Counter
from uuid import UUID

import pytest

import paultrap
from paultrap.engine import AGGREGATIONS, N_VARIANTS

VERSIONS = ["v0.3", "v0.4"]
SHOTS = 1003
SEED = {"model": "ideal", "seed": 11}


@pytest.fixture
def get(client):
    def read(path):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    return read


@pytest.fixture
def on_qpu(bell_v03, bell_v04):
    shared = {"shots": SHOTS, "noise": SEED}
    return {
        "v0.3": bell_v03 | shared | {"target": "qpu.aria-1"},
        "v0.4": bell_v04 | shared | {"backend": "qpu.aria-1"},
    }


def asking(version: str, *, value: bool) -> dict:
    if version == "v0.3":
        return {"error_mitigation": {"debias": value}}
    return {"settings": {"error_mitigation": {"debiasing": value}}}


def debiasing_of(get, version: str, job_id: str) -> bool:
    job = get(f"/{version}/jobs/{job_id}")
    if version == "v0.3":
        return job["error_mitigation"]["debias"]
    return job["output"]["error_mitigation"]["debiasing"] is not False


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("shots", [499, 500])
def test_it_is_on_from_500_shots_unless_a_job_says_otherwise(get, submit, on_qpu, version, shots):
    body = on_qpu[version] | {"shots": shots}
    enough = shots >= 500

    assert debiasing_of(get, version, submit(body)) is enough
    assert not debiasing_of(get, version, submit(body | asking(version, value=False)))
    if enough:
        assert debiasing_of(get, version, submit(body | asking(version, value=True)))


@pytest.mark.parametrize("version", VERSIONS)
def test_with_fewer_shots_it_cannot_be_had(client, n_jobs, on_qpu, version):
    body = on_qpu[version] | {"shots": 499} | asking(version, value=True)

    answer = client.post(f"/{version}/jobs", json=body)

    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "error_mitigation: debiasing takes 500 shots or more, and there are 499."
    )
    assert n_jobs() == 0


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("noise", ["ideal", "aria-1"])
def test_the_simulator_debiases_nothing(get, submit, on_qpu, version, noise):
    backend = {"target" if version == "v0.3" else "backend": "simulator", "noise": {"model": noise}}

    job_id = submit(on_qpu[version] | backend | asking(version, value=True))

    assert not debiasing_of(get, version, job_id)


@pytest.mark.parametrize("said", [{"debias": 1}, {"debiasing": "yes"}, [], "on"])
@pytest.mark.parametrize("place", ["settings", "error_mitigation"])
def test_what_is_neither_true_nor_false_is_refused(client, n_jobs, on_qpu, said, place):
    field = {"error_mitigation": said}
    body = on_qpu["v0.4"] | (field if place == "error_mitigation" else {"settings": field})

    answer = client.post("/v0.4/jobs", json=body)

    assert answer.status_code == 400
    [key] = answer.json()["validation"]["keys"]
    assert "error_mitigation" in key.split(".")
    assert n_jobs() == 0


def variants_of(get, job_id) -> list[dict]:
    return get(f"/v0.4/jobs/{job_id}")["output"]["error_mitigation"]["debiasing"]["variants"]


def registers(artifact: dict, kind: str) -> dict:
    return artifact[kind]["registers"]["output_all"]


def test_each_variant_has_a_map_shots_and_results(get, submit, on_qpu):
    job_id = submit(on_qpu["v0.4"])
    path = f"/v0.4/jobs/{job_id}"

    variants = variants_of(get, job_id)

    assert len({UUID(variant["variant_id"]) for variant in variants}) == N_VARIANTS
    assert sum(variant["shots"] for variant in variants) == SHOTS
    assert len({tuple(variant["qubit_map"]) for variant in variants}) > 1
    total = Counter()
    for variant in variants:
        assert len(set(variant["qubit_map"])) == 2
        assert all(0 <= qubit < 25 for qubit in variant["qubit_map"])
        found = {}
        for name, described in variant["results"].items():
            assert described["format"] == name
            found[name.split(".")[2]] = get(f"{path}/artifacts/{described['id']}")
        histogram = registers(found["histogram"], "histogram")
        assert sum(histogram.values()) == variant["shots"]
        shares = registers(found["probabilities"], "probabilities")
        assert shares == {
            state: pytest.approx(n / variant["shots"]) for state, n in histogram.items()
        }
        bits = [shot["registers"]["output_all"] for shot in found["shots"]["shots"]]
        assert Counter("".join(map(str, reversed(shot))) for shot in bits) == histogram
        total.update({str(int(state, 2)): count for state, count in histogram.items()})
    assert get(f"{path}/results/histogram") == total


def test_aggregations_are_chosen_at_read_time(get, submit, on_qpu):
    job_id = submit(on_qpu["v0.4"])
    path = f"/v0.4/jobs/{job_id}"
    found = {name: get(f"{path}/results/probabilities?aggregation={name}") for name in AGGREGATIONS}

    assert found["average"] == get(f"{path}/results/probabilities")
    assert all(sum(shares.values()) == pytest.approx(1) for shares in found.values())
    # Votes and filters take away what few variants saw: Bell states have 0 and 3.
    for name in ("voting", "dnl", "majority"):
        wrong = found[name].get("1", 0) + found[name].get("2", 0)
        assert wrong < found["average"].get("1", 0) + found["average"].get("2", 0)
    sharpened = get(f"{path}/results/probabilities?sharpen=true")
    assert sharpened == found["voting"] == get(f"/v0.3/jobs/{job_id}/results?sharpen=True")
    assert get(f"/v0.3/jobs/{job_id}/results?sharpen=false") == found["average"]
    aggregated = get(f"{path}/results/probabilities/aggregated?sharpen=true")
    assert aggregated == {job_id: found["voting"]}


def voted_from(served: list[list[int]]) -> dict[int, int]:
    """Return what wins the votes in which each variant has one of its shots, in their order."""
    found = Counter()
    for number in range(max(map(len, served))):
        votes = [shots[number] for shots in served if number < len(shots)]
        counts = Counter(votes)
        most = max(counts.values())
        leaders = [state for state, count in counts.items() if count == most]
        found.update({leaders[0]: len(votes)} if len(leaders) == 1 else counts)
    return found


@pytest.mark.parametrize("child", [None, 1])
def test_votes_can_be_counted_again_from_the_shots_that_are_served(get, submit, on_qpu, child):
    body = on_qpu["v0.4"]
    if child is not None:
        circuits = [{"circuit": []}, {"circuit": body["input"]["circuit"]}]
        body |= {"type": "ionq.multi-circuit.v1", "input": {"qubits": 2, "circuits": circuits}}
    job_id = submit(body)
    if child is not None:
        job_id = get(f"/v0.4/jobs/{job_id}")["child_job_ids"][child]
    served = []
    for variant in variants_of(get, job_id):
        artifact = variant["results"]["ionq.result.shots.json.v2"]["id"]
        shots = get(f"/v0.4/jobs/{job_id}/artifacts/{artifact}")["shots"]
        bits = [shot["registers"]["output_all"] for shot in shots]
        served.append([sum(bit << place for place, bit in enumerate(shot)) for shot in bits])

    expected = voted_from(served)

    voting = get(f"/v0.4/jobs/{job_id}/results/probabilities?aggregation=voting")
    assert voting == pytest.approx({str(state): n / SHOTS for state, n in expected.items()})


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_sharpening_is_true_or_false(client, submit, on_qpu, version):
    path = "results" if version == "v0.3" else "results/probabilities"

    answer = client.get(f"/{version}/jobs/{submit(on_qpu['v0.4'])}/{path}?sharpen=maybe")

    assert answer.status_code == 400
    assert "sharpen" in answer.json()["message"]


def test_aggregations_are_histograms_among_the_artifacts(get, submit, on_qpu):
    job_id = submit(on_qpu["v0.4"])
    path = f"/v0.4/jobs/{job_id}"
    output = get(path)["output"]["error_mitigation"]

    assert output["debiasing"]["aggregation_method"] == "average"
    assert list(output["aggregations"]) == list(AGGREGATIONS)
    for name, described in output["aggregations"].items():
        assert described["format"] == "ionq.result.histogram.json.v2"
        histogram = registers(get(f"{path}/artifacts/{described['id']}"), "histogram")
        assert sum(histogram.values()) == SHOTS
        shares = get(f"{path}/results/probabilities?aggregation={name}")
        for state, count in histogram.items():
            assert abs(count - SHOTS * shares[str(int(state, 2))]) <= 1


def test_an_aggregation_that_there_is_not_is_refused(client, submit, on_qpu):
    job_id = submit(on_qpu["v0.4"])

    answer = client.get(f"/v0.4/jobs/{job_id}/results/probabilities?aggregation=mode")

    assert answer.status_code == 400
    assert answer.json()["message"] == "aggregation: expected average, voting, dnl, majority."


@pytest.mark.parametrize("name", ["variant-16-shots", "variant-0-votes", "aggregation-mode"])
def test_there_are_no_other_artifacts(client, submit, on_qpu, name):
    job_id = submit(on_qpu["v0.4"])

    assert client.get(f"/v0.4/jobs/{job_id}/artifacts/{name}").status_code == 404


def test_what_is_not_debiased_has_no_such_artifacts(client, submit, bell_v04):
    job_id = submit(bell_v04)

    for name in ("variant-0-shots", "aggregation-average"):
        assert client.get(f"/v0.4/jobs/{job_id}/artifacts/{name}").status_code == 404


def test_every_child_has_variants_of_its_own(client, get, submit, batch_v04):
    body = batch_v04 | {"backend": "qpu.forte-1", "shots": SHOTS, "noise": SEED}
    job_id = submit(body)
    children = get(f"/v0.4/jobs/{job_id}")["child_job_ids"]

    assert get(f"/v0.4/jobs/{job_id}")["output"].get("error_mitigation") is None
    whole = get(f"/v0.4/jobs/{job_id}/results/probabilities/aggregated")
    voted = get(f"/v0.4/jobs/{job_id}/results/probabilities/aggregated?sharpen=true")
    for child in children:
        assert whole[child] == get(f"/v0.4/jobs/{child}/results/probabilities")
        assert voted[child] == get(f"/v0.4/jobs/{child}/results/probabilities?sharpen=true")
        total = Counter()
        for variant in variants_of(get, child):
            artifact = variant["results"]["ionq.result.histogram.json.v2"]["id"]
            content = get(f"/v0.4/jobs/{child}/artifacts/{artifact}")
            total.update(registers(content, "histogram"))
        histogram = get(f"/v0.4/jobs/{child}/results/histogram")
        assert {str(int(state, 2)): n for state, n in total.items()} == histogram
    maps = [variants_of(get, child)[0]["qubit_map"] for child in children]
    assert maps[0] != maps[1]

    assert client.delete(f"/v0.4/jobs/{children[0]}").status_code == 200
    assert client.get(f"/v0.4/jobs/{job_id}/results/probabilities/aggregated").status_code == 404
    assert get(f"/v0.4/jobs/{children[1]}/results/probabilities") == whole[children[1]]


def test_a_dry_run_says_how_it_would_be_debiased(client, get, submit, on_qpu):
    job_id = submit(on_qpu["v0.4"] | {"dry_run": True})

    output = get(f"/v0.4/jobs/{job_id}")["output"]["error_mitigation"]

    assert "aggregations" not in output
    assert all("results" not in variant for variant in output["debiasing"]["variants"])
    assert client.get(f"/v0.4/jobs/{job_id}/artifacts/variant-0-shots").status_code == 404


def test_qpus_say_that_they_debias(get):
    said = {each["backend"]: each["supported_error_mitigations"] for each in get("/v0.4/backends")}

    assert said["simulator"] == []
    assert said["qpu.forte-1"] == ["debiasing"]


def test_the_same_seed_gives_the_same_in_process(get, submit, on_qpu):
    job_id = submit(on_qpu["v0.4"])

    here = paultrap.run(json.dumps(on_qpu["v0.4"]).encode())

    served = get(f"/v0.4/jobs/{job_id}/results/probabilities")
    assert {str(state): p for state, p in here.as_dict(0).items()} == served
