"""Paths that clients ask for: progress, calibrations, children in v0.3, circuits of dry runs."""

from datetime import UTC, datetime

import cirq_ionq
import pytest

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
NATIVE = "ionq.native.v1"
QAOA = {
    "type": "qctrl.qaoa.v1",
    "backend": "simulator",
    "shots": 100,
    "external_settings": {"api_credentials": "any"},
    "input": {
        "problem_type": "maxcut",
        "problem": {
            "directed": False,
            "multigraph": False,
            "graph": {},
            "nodes": [{"id": node} for node in range(3)],
            "adjacency": [[{"id": 1}], [{"id": 0}, {"id": 2}], [{"id": 1}]],
        },
    },
}
ENERGY = {
    "type": "quantum-function",
    "backend": "simulator",
    "input": {
        "params": [0.5],
        "data": {
            "type": "hamiltonian-energy",
            "data": {
                "hamiltonian": [{"pauli_string": "Z", "coefficient": 2.0}],
                "ansatz": {"data": "OPENQASM 3.0; input float a; qubit[1] q; rx(a) q[0];"},
            },
        },
    },
}


@pytest.fixture
def progress(client):
    def read(job_id):
        answer = client.get(f"/v0.4/jobs/{job_id}/progress")
        assert answer.status_code == 200, answer.text
        assert list(answer.json()) == ["progress"]
        return answer.json()["progress"]

    return read


def test_the_progress_of_a_search_is_its_iterations(client, submit, progress):
    job_id = submit(QAOA)
    job = client.get(f"/v0.4/jobs/{job_id}").json()
    steps = progress(job_id)
    assert [step["job_id"] for step in steps] == job["child_job_ids"]
    assert [step["iteration"] for step in steps] == sorted(step["iteration"] for step in steps)
    assert {step["iteration"] for step in steps} == set(range(1, 7))
    for step in steps:
        assert list(step) == ["job_id", "status", "finished_at", "value", "params", "iteration"]
        assert step["status"] == "completed"
        assert datetime.fromisoformat(step["finished_at"])
        assert len(step["params"]) == 6
        # The cost of a circuit is that of its own answer: minus the weight that is cut.
        found = client.get(f"/v0.4/jobs/{step['job_id']}/results/probabilities").json()
        cost = -sum(
            share * sum((int(state) >> a & 1) != (int(state) >> b & 1) for a, b in ((0, 1), (1, 2)))
            for state, share in found.items()
        )
        assert step["value"] == pytest.approx(cost)


def test_what_a_search_has_not_measured_yet_is_null(submit, progress, bench):
    bench.works = False
    steps = progress(submit(QAOA))
    assert {step["status"] for step in steps} == {"ready"}
    assert {step["value"] for step in steps} == {None}
    assert [step["params"] is None for step in steps] == [step["iteration"] > 1 for step in steps]


def test_the_progress_of_an_energy_is_its_value(client, submit, progress):
    job_id = submit(ENERGY)
    value = client.get(f"/v0.4/jobs/{job_id}").json()["results"]["value"]
    (step,) = progress(job_id)
    assert step["job_id"] == job_id
    assert (step["value"], step["params"], step["iteration"]) == (value, [0.5], 1)


def test_the_progress_of_circuits_is_their_statuses(client, submit, progress, batch_v04, bell_v04):
    job_id = submit(batch_v04)
    children = client.get(f"/v0.4/jobs/{job_id}").json()["child_job_ids"]
    steps = progress(job_id)
    assert [(step["job_id"], step["status"]) for step in steps] == [
        (child, "completed") for child in children
    ]
    assert {step[name] for step in steps for name in ("value", "params", "iteration")} == {None}
    (single,) = progress(submit(bell_v04))
    assert single["status"] == "completed"
    (child,) = progress(children[1])
    assert child["job_id"] == children[1]
    assert client.get(f"/v0.4/jobs/{'0' * 8}-0000-7000-8000-{'0' * 12}/progress").status_code == 404


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_calibrations_read_as_cirq_reads_them(client, version):
    found = client.get(f"/{version}/calibrations/current").json()
    calibration = cirq_ionq.Calibration(found)
    assert calibration.target() == "qpu.aria-1"
    assert calibration.num_qubits() == 25
    assert len(calibration.connectivity()) == 25 * 24
    assert {"1q", "2q", "spam"} <= calibration.fidelities().keys()
    assert {"1q", "2q", "readout", "reset"} <= calibration.timings().keys()
    assert calibration.calibration_time(UTC) <= datetime.now(UTC)

    def listed(query=""):
        answer = client.request("GET", f"/{version}/calibrations{query}", json={"limit": 1000})
        assert list(answer.json()) == ["calibrations"]
        return answer.json()["calibrations"]

    every = listed()
    assert every[0] == found
    dates = [datetime.fromisoformat(each["date"]).timestamp() * 1000 for each in every]
    assert dates == sorted(dates, reverse=True)
    assert listed(f"?end={dates[0]:.0f}") == every[1:]
    assert listed(f"?start={dates[0]:.0f}") == every[:1]
    assert listed("?limit=1") == every[:1]
    assert client.get(f"/{version}/calibrations?start=yesterday").status_code == 400


def test_children_are_listed_by_their_parent_in_v03(client, submit, founding_job, bell_v03):
    submit(bell_v03)
    parent = submit(founding_job)
    children = client.get(f"/v0.3/jobs/{parent}").json()["children"]
    first = client.get(f"/v0.3/jobs?parent_job_id={parent}&limit=1").json()
    second = client.get(f"/v0.3/jobs?parent_job_id={parent}&next={first['next']}").json()
    assert [job["id"] for page in (first, second) for job in page["jobs"]] == children
    assert client.get(f"/v0.3/jobs?parent_job_id={children[0]}").json() == {"jobs": []}


@pytest.mark.parametrize(
    ("noise", "entangler"), [("ideal", "zz"), ("aria-1", "ms"), ("forte-1", "zz")]
)
def test_a_dry_run_on_the_simulator_has_its_native_circuit(client, submit, noise, entangler):
    job_input = {"gateset": "qis", "qubits": 2, "circuit": BELL}
    body = {"type": "ionq.circuit.v1", "backend": "simulator", "input": job_input}
    body |= {"noise": {"model": noise}}
    job = client.get(f"/v0.4/jobs/{submit(body | {'dry_run': True})}").json()
    artifact = job["output"]["compilation"]["compiled_circuits"][NATIVE]["id"]
    found = client.get(f"/v0.4/jobs/{job['id']}/artifacts/{artifact}").json()
    assert {gate["gate"] for gate in found["circuit"]} == {"gpi2", entangler} | (
        {"gpi"} & {gate["gate"] for gate in found["circuit"]}
    )
    run = {"gateset": "native", "qubits": 2, "circuit": found["circuit"]}
    again = submit({"type": "ionq.circuit.v1", "backend": "simulator", "input": run})
    answer = client.get(f"/v0.4/jobs/{again}/results/probabilities").json()
    assert answer == pytest.approx({"0": 0.5, "3": 0.5})
    assert "compilation" not in client.get(f"/v0.4/jobs/{submit(body)}").json()["output"]
