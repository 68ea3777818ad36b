"""Both versions: a machine has one native gate on two qubits, and the simulator has both."""

import pytest

import paultrap
from paultrap.admission import Refusal

GPI = {"gate": "gpi", "target": 0, "phase": 0.1}
MS = {"gate": "ms", "targets": [0, 1], "phases": [0, 0.25], "angle": 0.2}
ZZ = {"gate": "zz", "targets": [0, 1], "angle": 0.1}
QIS_ZZ = {"gate": "zz", "targets": [0, 1], "rotation": 0.1}

WRONG = [
    ("qpu.aria-1", ZZ, "zz", "ms"),
    ("qpu.forte-1", MS, "ms", "zz"),
    ("qpu.forte-enterprise-1", MS, "ms", "zz"),
    ("qpu", ZZ, "zz", "ms"),
]


def job_of(version, backend, **content):
    job_input = {"gateset": "native", "qubits": 2, **content}
    if version == "v0.3":
        return {"target": backend, "input": job_input}
    kind = "multi-circuit" if "circuits" in content else "circuit"
    return {"type": f"ionq.{kind}.v1", "backend": backend, "input": job_input}


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
@pytest.mark.parametrize(("backend", "gate", "name", "has"), WRONG)
def test_another_machines_gate_is_named(client, n_jobs, version, backend, gate, name, has):  # noqa: PLR0913, PLR0917
    answer = client.post(f"/{version}/jobs", json=job_of(version, backend, circuit=[GPI, gate]))

    assert answer.status_code == 400
    assert answer.json()["message"] == (
        f"gate 1 ({name}): the machine that the job is for has {has}, not {name}; "
        'the simulator has both (field "gate")'
    )
    keys = ["input.circuit[1].gate"]
    assert answer.json()["validation"] == {"source": "body", "keys": keys}
    assert n_jobs() == 0


def test_its_circuit_is_named_among_several(client, n_jobs):
    # A circuit of qis gates may have its own zz; what the compiled scanner hands back counts too.
    spelled = {"gate": "gpi", "target": 0.0, "phase": 0.5}
    circuits = [
        {"circuit": [GPI, MS]},
        {"circuit": [QIS_ZZ], "gateset": "qis"},
        {"circuit": []},
        {"circuit": [spelled, MS, ZZ, ZZ]},
    ]
    answer = client.post("/v0.4/jobs", json=job_of("v0.4", "qpu.aria-1", circuits=circuits))

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("circuit 3, gate 2 (zz): the machine")
    assert answer.json()["validation"]["keys"] == ["input.circuits[3].circuit[2].gate"]
    assert n_jobs() == 0


@pytest.mark.parametrize(
    ("backend", "gates"),
    [
        ("simulator", [GPI, MS, ZZ]),
        ("qpu.aria-1", [GPI, MS]),
        ("qpu.forte-1", [GPI, ZZ]),
    ],
)
def test_a_machines_own_gates_are_taken(client, submit, backend, gates):
    job_id = submit(job_of("v0.4", backend, circuit=gates))

    assert client.get(f"/v0.4/jobs/{job_id}").json()["status"] == "completed"


def test_the_simulator_with_a_machines_noise_has_both(client, submit):
    job_id = submit(
        job_of("v0.4", "simulator", circuit=[GPI, MS, ZZ]) | {"noise": {"model": "aria-1"}}
    )

    assert client.get(f"/v0.4/jobs/{job_id}").json()["status"] == "completed"


def test_a_job_in_this_process_is_refused_alike():
    with pytest.raises(Refusal, match=r"gate 0 \(ms\): .* has zz, not ms"):
        paultrap.run(job_of("v0.4", "qpu.forte-1", circuit=[MS]))
