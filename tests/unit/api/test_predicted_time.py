"""Both versions: a circuit that would keep a worker busy for hours is refused at submission."""

import re

import pytest

from paultrap.settings import Settings

SETTING = "PAULTRAP_MAX_PREDICTED_SECONDS"
H = {"gate": "h", "target": 0}
# 8 controls take hundreds of native gates, on 25 qubits in all, and every shot has errors.
MANY_CONTROLS = [
    {"gate": "x", "target": k + 8, "controls": list(range(k, k + 8))} for k in range(0, 17, 2)
] * 12


def layers(qubits, depth):
    return [
        gate
        for _ in range(depth)
        for gate in (
            *({"gate": "ry", "target": q, "rotation": 0.3} for q in range(qubits)),
            *({"gate": "cnot", "control": q, "target": q + 1} for q in range(qubits - 1)),
        )
    ]


def noisy(version, job_input, **fields):
    if version == "v0.3":
        return {"target": "qpu.aria-1", "input": job_input} | fields
    kind = "multi-circuit" if "circuits" in job_input else "circuit"
    return {
        "type": f"ionq.{kind}.v1",
        "backend": "qpu.aria-1",
        "input": {"gateset": "qis", **job_input},
    } | fields


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
@pytest.mark.parametrize(("gates", "shots"), [(MANY_CONTROLS, 1_000), (layers(25, 20), 1_000_000)])
def test_hours_of_noise_are_refused(client, bench, n_jobs, version, gates, shots):  # noqa: PLR0913, PLR0917
    bench.works = False
    circuits = [{"circuit": [H]}, {"circuit": gates}]
    job = noisy(version, {"qubits": 25, "circuits": circuits}, shots=shots)

    answer = client.post(f"/{version}/jobs", json=job)

    assert answer.status_code == 400
    message = answer.json()["message"]
    found = re.match(r"input: circuit 1 is predicted to take ([\d,]+) seconds on one core", message)
    assert found
    assert float(found[1].replace(",", "")) > 21_600
    assert "the limit is 21,600" in message
    assert SETTING in message
    assert answer.json()["validation"] == {"source": "body", "keys": ["input"]}
    assert n_jobs() == 0


@pytest.mark.parametrize("dry_run", [False, True])
def test_fewer_shots_of_it_are_taken(client, bench, dry_run):
    bench.works = False
    job = noisy("v0.4", {"qubits": 25, "circuit": MANY_CONTROLS}, shots=1, dry_run=dry_run)

    assert client.post("/v0.4/jobs", json=job).status_code == 201


def test_a_dry_run_tells_as_much(client, n_jobs):
    job = noisy("v0.4", {"qubits": 25, "circuit": MANY_CONTROLS}, shots=1_000, dry_run=True)

    assert SETTING in client.post("/v0.4/jobs", json=job).json()["message"]
    assert n_jobs() == 0


@pytest.mark.parametrize("qubits", [25, 3])
def test_a_gate_too_much_for_the_compiler_is_named(client, n_jobs, qubits):
    terms = {"terms": ["XYZ", "ZXX", "YYX"], "coefficients": [1, 1.3, 0.7], "time": 500}
    gate = {"gate": "pauliexp", "targets": [0, 1, 2], **terms}
    circuits = [{"circuit": [H]}, {"circuit": [H, gate]}]

    job = noisy("v0.4", {"qubits": qubits, "circuits": circuits}, paultrap={"pauliexp": "exact"})
    answer = client.post("/v0.4/jobs", json=job)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("input: circuit 1, gate 1: pauliexp would take more")
    assert n_jobs() == 0


class TestWithLittlePatience:
    @pytest.fixture
    def settings(self):
        return Settings(max_predicted_seconds=1e-5, memory_limit=2**31)

    def test_exact_circuits_count_too(self, client, n_jobs, bell_v03):
        bell_v03["input"]["qubits"] = 16
        bell_v03["input"]["circuit"] = layers(16, 3)

        answer = client.post("/v0.3/jobs", json=bell_v03)

        assert answer.status_code == 400
        assert "the limit is 1e-05" in answer.json()["message"]
        assert n_jobs() == 0

    def test_each_circuit_counts_for_itself(self, client):
        job_input = {"circuits": [{"circuit": [H, {**H, "target": k % 4}]} for k in range(200)]}

        assert client.post("/v0.3/jobs", json={"input": job_input}).status_code == 200

    def test_a_gate_too_much_is_named_where_memory_is_short_too(self, client):
        terms = {"terms": ["XYZ", "ZXX", "YYX"], "coefficients": [1, 1.3, 0.7], "time": 500}
        gate = {"gate": "pauliexp", "targets": [0, 1, 2], **terms}

        exactly = {"pauliexp": "exact"}
        job = noisy("v0.4", {"qubits": 25, "circuit": [gate]}, paultrap=exactly)
        answer = client.post("/v0.4/jobs", json=job)

        assert answer.status_code == 400
        assert "circuit 0, gate 0: pauliexp" in answer.json()["message"]
