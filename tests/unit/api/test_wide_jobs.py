"""Both versions: Clifford circuits of hundreds of qubits, exact and sampled, among narrow ones."""

from collections import Counter

import pytest
from msgspec import structs

from paultrap.machines import Machines

WIDTH, SHOTS = 200, 400
ONES = str(2**WIDTH - 1)
T = {"gate": "t", "target": 0}


def ghz(width: int) -> list[dict]:
    chain = [{"gate": "cnot", "control": q, "target": q + 1} for q in range(width - 1)]
    return [{"gate": "h", "target": 0}, *chain]


@pytest.fixture
def get(client):
    def read(path):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    return read


@pytest.fixture
def machines():
    """Return the shipped machines and a noise model for as many qubits as there are."""
    models = Machines.shipped().models
    noise = structs.replace(models["aria-1"], name="long", qubits=512, two_qubit=1e-4)
    return Machines({**models, "long": noise}, {})


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_a_wide_circuit_is_answered_exactly(get, submit, bell_v03, bell_v04, version):
    job = bell_v03 if version == "v0.3" else bell_v04
    job["input"] |= {"qubits": WIDTH, "circuit": ghz(WIDTH)}
    job_id = submit(job)

    assert get(f"/{version}/jobs/{job_id}")["status"] == "completed"
    path = "results" if version == "v0.3" else "results/probabilities"
    assert get(f"/{version}/jobs/{job_id}/{path}") == {"0": 0.5, ONES: 0.5}


def test_registers_have_a_digit_for_every_qubit(get, submit, bell_v04):
    bell_v04["input"] |= {"qubits": 65, "circuit": [{"gate": "x", "target": 64}]}
    job_id = submit(bell_v04)

    found = get(f"/v0.4/jobs/{job_id}/artifacts/ionq.result.probabilities.json.v2")
    assert found == {"probabilities": {"registers": {"output_all": {"1" + 64 * "0": 1.0}}}}


def test_wide_and_narrow_circuits_share_a_job(get, submit, batch_v04):
    bell, flip = (entry["circuit"] for entry in batch_v04["input"]["circuits"])
    batch_v04["input"]["circuits"] = [
        {"circuit": bell, "qubits": 3},
        {"circuit": ghz(WIDTH), "qubits": WIDTH},
        {"circuit": [*flip, T], "qubits": 3},
        {"circuit": [{"gate": "x", "target": 40}], "qubits": 41},
    ]
    job_id = submit(batch_v04)
    wanted = [{"0": 0.5, "3": 0.5}, {"0": 0.5, ONES: 0.5}, {"4": 1.0}, {str(2**40): 1.0}]

    found = get(f"/v0.4/jobs/{job_id}/results/probabilities/aggregated")
    assert list(found.values()) == [pytest.approx(one) for one in wanted]
    for child, one in zip(found, wanted, strict=True):
        assert get(f"/v0.4/jobs/{child}/results/probabilities") == pytest.approx(one)


def test_a_noisy_wide_circuit_counts_its_shots(get, submit, bell_v04):
    bell_v04["input"] |= {"qubits": WIDTH, "circuit": ghz(WIDTH)}
    noise = {"shots": SHOTS, "noise": {"model": "long", "seed": 3}}
    job_id = submit(bell_v04 | noise)
    path = f"/v0.4/jobs/{job_id}"

    histogram = get(f"{path}/results/histogram")
    assert sum(histogram.values()) == SHOTS
    most = histogram["0"] + histogram[ONES]
    assert 0.7 * SHOTS < most < SHOTS
    assert Counter(get(f"{path}/results/shots")) == histogram
    registers = get(f"{path}/artifacts/ionq.result.histogram.json.v2")["histogram"]["registers"]
    assert {str(int(key, 2)): n for key, n in registers["output_all"].items()} == histogram
    assert {len(key) for key in registers["output_all"]} == {WIDTH}
    shots = get(f"{path}/artifacts/ionq.result.shots.json.v2")["shots"]
    bits = [reversed(shot["registers"]["output_all"]) for shot in shots]
    assert [str(int("".join(map(str, own)), 2)) for own in bits] == get(f"{path}/results/shots")
    again = submit(bell_v04 | noise)
    assert get(f"/v0.4/jobs/{again}/results/histogram") == histogram


def test_an_exact_answer_with_too_many_states_is_refused(client, n_jobs, bell_v04):
    bell_v04["input"] |= {"qubits": 30, "circuit": [{"gate": "h", "target": q} for q in range(30)]}

    answer = client.post("/v0.4/jobs", json=bell_v04)

    assert answer.status_code == 400
    message = answer.json()["message"]
    assert "circuit 0 has 30 qubits and 2**30 states" in message
    assert "noise model" in message
    assert n_jobs() == 0


def test_a_shipped_machine_is_as_wide_as_it_is(client, n_jobs, bell_v04):
    bell_v04["input"] |= {"qubits": 30, "circuit": ghz(30)}

    answer = client.post("/v0.4/jobs", json=bell_v04 | {"noise": {"model": "aria-1"}})

    assert answer.status_code == 400
    assert "circuit 0 has 30" in answer.json()["message"]
    assert n_jobs() == 0
