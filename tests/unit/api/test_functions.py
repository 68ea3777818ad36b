"""Quantum functions on the wire of version 0.4."""

import copy
import json
import sqlite3
from contextlib import closing

import networkx as nx
import numpy as np
import pytest
import structlog
from harness.jobs import file_of, run
from harness.schemas import forget_checksums

from paultrap.functions.qaoa import CIRCUITS
from paultrap.service import FunctionResults

ANSATZ = """OPENQASM 3.0;
include "stdgates.inc";
input float theta0;
input float theta1;
qubit[2] q;
ry(theta0) q[0];
ry(theta1) q[1];
cx q[0], q[1];
"""
SHOTS = 2000


@pytest.fixture
def energy_job():
    data = {
        "hamiltonian": [
            {"pauli_string": "ZI", "coefficient": -1.0},
            {"pauli_string": "IZ", "coefficient": -1},
            {"pauli_string": "XX", "coefficient": 0.5},
        ],
        "ansatz": {"data": ANSATZ},
        "penalty": 0.0,
    }
    return {
        "type": "quantum-function",
        "backend": "simulator",
        "shots": SHOTS,
        "input": {"data": {"type": "hamiltonian-energy", "data": data}, "params": [0.3, -0.2]},
    }


def energy(a: float, b: float) -> float:
    """Return -<ZI> - <IZ> + <XX>/2 behind RY(a) on qubit 0, RY(b) on qubit 1 and CX."""
    one, other = np.array([np.cos(a / 2), np.sin(a / 2)]), np.array([np.cos(b / 2), np.sin(b / 2)])
    state = np.kron(other, one)[[0, 3, 2, 1]]  # the low bit controls the high one
    z, x, eye = np.diag([1, -1]), np.array([[0, 1], [1, 0]]), np.eye(2)
    operator = -np.kron(z, eye) - np.kron(eye, z) + 0.5 * np.kron(x, x)
    return float(state @ operator @ state)


def test_an_energy_reads_as_the_document_says(client, submit, energy_job):
    job_id = submit(energy_job | {"name": "an energy", "metadata": {"k": "v"}})
    job = client.get(f"/v0.4/jobs/{job_id}").json()

    assert set(job["results"]) == {"value", "variance"}
    assert job["results"]["value"] == pytest.approx(energy(0.3, -0.2), abs=1e-9)
    assert job["results"]["variance"] > 0
    assert job["output"] == job["results"] | {"energy": job["results"]["value"]}
    assert (job["type"], job["status"], job["name"]) == (
        "quantum-function",
        "completed",
        "an energy",
    )
    assert job["metadata"] == {"k": "v"}
    assert job["child_job_ids"] is None
    assert job["stats"] == {"qubits": 2, "circuits": 2, "gate_counts": {"1q": 6, "2q": 2}}
    assert client.get("/v0.4/jobs").json()["jobs"][0]["results"] == job["results"]
    progress = client.get(f"/paultrap/jobs/{job_id}/progress").json()
    assert (progress["circuits_done"], progress["circuits"]) == (2, 2)


@pytest.mark.parametrize("noise", ["aria-1", "forte-1"])
def test_with_noise_the_value_is_made_of_shots_and_a_seed_gives_it_again(
    client, submit, energy_job, noise
):
    exact = energy(0.3, -0.2)
    values = []
    for seed in (1, 2, 1):
        job_id = submit(energy_job | {"noise": {"model": noise, "seed": seed}})
        job = client.get(f"/v0.4/jobs/{job_id}").json()
        values.append(job["results"]["value"])
        assert job["shots"] == SHOTS

    assert values[0] == values[2] != values[1]
    # Shots scatter, and of what is measured an error of some percent takes no more.
    assert all(abs(value - exact) < 6 * np.sqrt(2 / SHOTS) + 0.1 * 2.5 for value in values)


@pytest.mark.parametrize("debiasing", [True, False])
def test_an_emulated_machine_gives_a_value_debiased_or_not(client, submit, energy_job, debiasing):
    settings = {"settings": {"error_mitigation": {"debiasing": debiasing}}}
    job_id = submit(energy_job | {"backend": "qpu.forte-1"} | settings)
    job = client.get(f"/v0.4/jobs/{job_id}").json()

    assert job["results"]["value"] == pytest.approx(energy(0.3, -0.2), abs=0.3)
    assert job["output"].keys() == {"value", "variance", "energy"}
    assert client.get(f"/v0.4/jobs/{job_id}/cost").json()["cost"]["value"] > 0


def test_a_value_that_is_no_number_is_left_out(client, submit, store, energy_job, monkeypatch):
    """Earlier releases took coefficients that are refused now."""
    job_id = submit(energy_job)
    large = json.dumps(energy_job["input"]).replace("-1.0", "1e308").replace("-1}", "1e308}")
    monkeypatch.setattr(store.jobs, "source", lambda _: large.encode())

    job = client.get(f"/v0.4/jobs/{job_id}").json()

    assert (job["status"], job["results"]) == ("completed", None)


def test_a_function_that_no_longer_reads_is_shown_without_result_and_logged(
    client, submit, store, energy_job
):
    broken, good = submit(energy_job), submit(energy_job)
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        connection.execute("UPDATE jobs SET source = ? WHERE id = ?", (b'{"of": "old"}', broken))
        forget_checksums(connection)

    with structlog.testing.capture_logs() as log:
        answer = client.get("/v0.4/jobs")

    assert answer.status_code == 200
    found = {job["id"]: job for job in answer.json()["jobs"]}
    assert found[good]["results"]["value"] == pytest.approx(energy(0.3, -0.2), abs=1e-9)
    assert (found[broken]["status"], found[broken]["results"]) == ("completed", None)
    assert [line["job"] for line in log if line["log_level"] == "error"] == [broken]
    assert client.get(f"/v0.4/jobs/{broken}").json()["results"] is None


def test_a_dry_run_has_no_value(client, submit, energy_job):
    job = client.get(f"/v0.4/jobs/{submit(energy_job | {'dry_run': True})}").json()

    assert (job["status"], job["results"], job["output"]) == ("completed", None, {})


def test_an_unfinished_job_has_no_value_and_can_be_canceled(client, submit, bench, energy_job):
    bench.works = False
    job_id = submit(energy_job)
    job = client.get(f"/v0.4/jobs/{job_id}").json()

    assert (job["status"], job["results"]) == ("ready", None)
    assert client.put(f"/v0.4/jobs/{job_id}/status/cancel").is_success
    job = client.get(f"/v0.4/jobs/{job_id}").json()
    assert (job["status"], job["results"]) == ("canceled", None)


def test_a_failed_job_says_why(client, submit, bench, energy_job):
    bench.fails_with = ("SimulationError", ": the machine is tired")
    job = client.get(f"/v0.4/jobs/{submit(energy_job)}").json()

    assert (job["status"], job["results"], job["output"]) == ("failed", None, {})
    assert job["failure"]["message"].endswith("circuits failed; circuit 0: the machine is tired")


@pytest.mark.parametrize(
    "path",
    [
        "/v0.4/jobs/{id}/results/probabilities",
        "/v0.4/jobs/{id}/results/probabilities/aggregated",
        "/v0.4/jobs/{id}/results/histogram",
        "/v0.4/jobs/{id}/results/shots",
        "/v0.4/jobs/{id}/artifacts/probabilities-aggregate",
        "/v0.4/jobs/{id}/artifacts/ionq.result.probabilities.json.v2",
        "/v0.4/jobs/{id}/artifacts/ionq.native.v1",
        "/v0.4/jobs/{id}/artifacts/variant-0-shots",
        "/v0.3/jobs/{id}/results",
    ],
)
@pytest.mark.parametrize("job", ["energy_job", "qaoa_job"])
def test_what_its_circuits_measured_is_not_the_jobs_result(client, submit, request, path, job):
    sent = request.getfixturevalue(job) | {"backend": "qpu.forte-1", "shots": 500}
    job_id = submit(sent)

    answer = client.get(path.format(id=job_id))

    assert answer.status_code == 404, answer.text
    assert answer.json()["statusCode"] == 404


def test_version_03_shows_the_job_without_results(client, submit, energy_job):
    job = client.get(f"/v0.3/jobs/{submit(energy_job)}").json()

    assert (job["status"], job["circuits"], job["children"]) == ("completed", 2, [])
    assert "results_url" not in job


def test_a_search_for_a_cut_reads_as_the_document_says(client, submit, qaoa_job):
    job_id = submit(qaoa_job)
    job = client.get(f"/v0.4/jobs/{job_id}").json()

    results = job["results"]["qaoa_results"]
    assert set(results) == {"optimal_cost", "optimal_bitstring", "processing_status"}
    assert (results["optimal_cost"], results["processing_status"]) == (-2, "complete")
    assert sorted(results["optimal_bitstring"]) in (["0", "0", "1"], ["0", "1", "1"])
    assert job["output"] == {}
    children = [client.get(f"/v0.4/jobs/{each}").json() for each in job["child_job_ids"]]
    assert {child["type"] for child in children} == {"qctrl.qaoa-circuit.v1"}
    assert {child["parent_job_id"] for child in children} == {job_id}
    assert children[0]["name"] == "iteration 1, circuit 1"
    url = children[0]["results"]["probabilities"]["url"]
    assert sum(client.get(url).json().values()) == pytest.approx(1)


def test_a_search_shows_what_it_has_found_so_far(client, submit, bench, store, qaoa_job):
    bench.works = False
    graph = nx.random_regular_graph(3, 10, seed=1)
    qaoa_job["input"]["problem"] = nx.adjacency_data(graph)
    job_id = submit(qaoa_job | {"noise": {"model": "aria-1", "seed": 4}})
    assert client.get(f"/v0.4/jobs/{job_id}").json()["results"] is None

    costs = []
    while (lease := store.queue.lease("bench", 60_000)) is not None:
        run(store, lease)
        job = client.get(f"/v0.4/jobs/{job_id}").json()
        results = job["results"]["qaoa_results"]
        done = job["status"] == "completed"
        assert results["processing_status"] == ("complete" if done else "running")
        costs.append(results["optimal_cost"])

    assert costs == sorted(costs, reverse=True)
    assert len(costs) > 1


def test_a_search_can_be_canceled_between_its_iterations(client, submit, bench, store, qaoa_job):
    bench.works = False
    job_id = submit(qaoa_job)
    lease = store.queue.lease("bench", 60_000)
    assert run(store, lease)

    assert client.put(f"/v0.4/jobs/{job_id}/status/cancel").is_success

    job = client.get(f"/v0.4/jobs/{job_id}").json()
    assert (job["status"], job["results"]) == ("canceled", None)
    children = [client.get(f"/v0.4/jobs/{each}").json() for each in job["child_job_ids"]]
    statuses = [child["status"] for child in children]
    assert statuses == ["completed"] * CIRCUITS + ["canceled"] * (len(children) - CIRCUITS)
    assert store.queue.lease("bench", 60_000) is None


def test_a_circuit_that_is_not_known_yet_cannot_be_cloned(client, submit, bench, qaoa_job):
    bench.works = False
    job = client.get(f"/v0.4/jobs/{submit(qaoa_job)}").json()
    first, last = job["child_job_ids"][0], job["child_job_ids"][-1]

    assert client.get(f"/v0.4/jobs/{last}").json()["status"] == "ready"
    assert client.post(f"/v0.4/jobs/{first}/clone").status_code == 201
    refusal = client.post(f"/v0.4/jobs/{last}/clone")
    assert refusal.status_code == 400
    assert "keeps no circuits" in refusal.text


def test_a_function_is_not_cloned_and_its_circuits_are_not_read(
    client, submit, bench, qaoa_job, monkeypatch
):
    bench.works = False
    job_id = submit(qaoa_job)
    monkeypatch.delattr("paultrap.store.JobStore.admitted")

    refusal = client.post(f"/v0.4/jobs/{job_id}/clone")

    assert refusal.status_code == 400
    assert refusal.json()["message"] == "A quantum function is not cloned; submit it again."


def test_a_search_of_an_earlier_release_keeps_its_results(client, submit, store, qaoa_job):
    job_id = submit(qaoa_job)
    results = client.get(f"/v0.4/jobs/{job_id}").json()["results"]
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        connection.execute("UPDATE chunks SET findings = NULL")
        forget_checksums(connection)

    other = FunctionResults(store.jobs).of(
        store.jobs.get(store.keys.find_open("a").project_id, job_id)
    )

    assert other == results


def test_a_debiased_search_follows_all_its_variants(client, submit, store, qaoa_job):
    qaoa_job["input"]["problem"] = nx.adjacency_data(nx.petersen_graph())
    debiased = {"backend": "qpu.forte-1", "shots": 500}
    job = client.get(f"/v0.4/jobs/{submit(qaoa_job | debiased)}").json()

    kept = store.jobs.get(store.keys.find_open("a").project_id, job["id"])
    assert kept.sampling.variants > 0
    assert job["results"]["qaoa_results"]["optimal_cost"] == -12


def test_a_search_on_an_emulated_machine_finds_a_cut(client, submit, qaoa_job):
    qaoa_job["input"]["problem"] = nx.adjacency_data(nx.petersen_graph())
    job = client.get(f"/v0.4/jobs/{submit(qaoa_job | {'backend': 'qpu.forte-1'})}").json()

    assert job["results"]["qaoa_results"]["optimal_cost"] == -12


def test_the_credentials_of_another_service_are_not_kept(client, submit, store, qaoa_job, caplog):
    job_id = submit(qaoa_job)
    secret = qaoa_job["external_settings"]["api_credentials"]

    assert secret not in client.get(f"/v0.4/jobs/{job_id}").text
    assert secret not in client.get("/v0.3/jobs").text
    assert secret not in caplog.text
    files = list(file_of(store).parent.iterdir())
    assert files
    assert not any(secret.encode() in file.read_bytes() for file in files if file.is_file())


def changed(job, path, value):
    job = copy.deepcopy(job)
    place = job
    *parents, last = path
    for each in parents:
        place = place[each]
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value
    return job


DATA = ("input", "data", "data")
BAD_ENERGIES = {
    "no input": (("input",), None, "input"),
    "no ansatz": ((*DATA, "ansatz"), None, "ansatz"),
    "another function": (("input", "data", "type"), "vqe", "hamiltonian-energy"),
    "another text": ((*DATA, "ansatz", "data"), "circuit { }", "no OpenQASM"),
    "params": (("input", "params"), [1.0], "input.params has 1 numbers"),
    "params of text": (("input", "params"), ["a", "b"], "params"),
    "letter": ((*DATA, "hamiltonian", 1, "pauli_string"), "QQ", "hamiltonian[1].pauli_string"),
    "tail": ((*DATA, "cvar_alpha"), 0.1, "cvar_alpha"),
    "shots": (("shots",), 0, "shots"),
}


@pytest.mark.parametrize("bad", BAD_ENERGIES.values(), ids=BAD_ENERGIES)
def test_a_bad_energy_is_refused(client, energy_job, n_jobs, bad):
    path, value, problem = bad

    answer = client.post("/v0.4/jobs", json=changed(energy_job, path, value))

    assert answer.status_code == 400
    assert problem in answer.json()["message"]
    assert n_jobs() == 0


BAD_SEARCHES = {
    "no credentials": (("external_settings",), None, "external_settings.api_credentials"),
    "empty": (("external_settings", "api_credentials"), "", "external_settings.api_credentials"),
    "number": (("external_settings", "api_credentials"), 7, "external_settings.api_credentials"),
    "kind": (("input", "problem_type"), "tsp", "problem_type"),
    "graph": (("input", "problem", "nodes"), [], "no nodes"),
    "no graph": (("input", "problem"), None, "problem"),
}


@pytest.mark.parametrize("bad", BAD_SEARCHES.values(), ids=BAD_SEARCHES)
def test_a_bad_search_is_refused(client, qaoa_job, n_jobs, bad):
    path, value, problem = bad

    answer = client.post("/v0.4/jobs", json=changed(qaoa_job, path, value))

    assert answer.status_code == 400
    assert problem in answer.json()["message"]
    assert n_jobs() == 0


def test_a_wide_ansatz_is_refused_by_a_narrow_machine(client, energy_job):
    wide = ANSATZ.replace("qubit[2]", "qubit[27]")
    terms = [{"pauli_string": "Z" * 27, "coefficient": 1}]
    data = {"hamiltonian": terms, "ansatz": {"data": wide}}
    job = changed(energy_job, DATA, data) | {"noise": {"model": "aria-1"}}

    answer = client.post("/v0.4/jobs", json=job)

    assert answer.status_code == 400
    assert "not enough qubits" in answer.json()["message"]


def test_other_projects_do_not_see_a_function(client, submit, energy_job, store):
    job_id = submit(energy_job)
    secret, _ = store.keys.create("other", project="other")

    answer = client.get(f"/v0.4/jobs/{job_id}", headers={"authorization": f"apiKey {secret}"})

    assert answer.status_code == 404
    assert json.loads(answer.text)["statusCode"] == 404
