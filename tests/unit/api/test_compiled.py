"""Version 0.4: the native circuit that runs on an emulated machine, as an artifact."""

import numpy as np
import pytest
from independent.wire import distribution, unitary

from paultrap.admission import chunks

NATIVE = "ionq.native.v1"
DESCRIBED = {NATIVE: {"id": NATIVE, "format": NATIVE, "media_type": "application/json"}}
MACHINES = [("qpu.aria-1", "ms"), ("qpu.forte-1", "zz"), ("qpu.forte-enterprise-1", "zz")]
CIRCUIT = [
    {"gate": "h", "target": 0},
    {"gate": "ry", "target": 1, "rotation": 0.7},
    {"gate": "cnot", "control": 0, "target": 2},
    {"gate": "x", "target": 1, "controls": [0, 2]},
    {"gate": "rz", "target": 2, "rotation": 1.1},
    {"gate": "yy", "targets": [1, 2], "rotation": 0.4},
    {"gate": "rx", "target": 0, "rotation": -2.1},
    {"gate": "swap", "targets": [0, 1]},
    {"gate": "rx", "target": 1, "rotation": 0.3},
]


@pytest.fixture
def get(client):
    def read(path):
        answer = client.get(f"/v0.4/jobs/{path}")
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    return read


def single(backend, circuit=CIRCUIT, qubits=3, **fields):
    job_input = {"gateset": "qis", "qubits": qubits, "circuit": circuit}
    return {"type": "ionq.circuit.v1", "backend": backend, "input": job_input} | fields


def batch(backend, circuits):
    job_input = {"gateset": "qis", "circuits": circuits}
    return {"type": "ionq.multi-circuit.v1", "backend": backend, "input": job_input}


def check_shape(payload, entangler):
    """Check what the published schema of the format asks for."""
    assert set(payload) == {"qubits", "circuit"}
    assert type(payload["qubits"]) is int
    assert payload["qubits"] >= 1
    fields = {
        "gpi": {"gate", "target", "phase"},
        "gpi2": {"gate", "target", "phase"},
        "ms": {"gate", "targets", "phases", "angle"},
        "zz": {"gate", "targets", "angle"},
    }
    for gate in payload["circuit"]:
        assert gate["gate"] in {"gpi", "gpi2", entangler}
        assert set(gate) == fields[gate["gate"]]
        qubits = gate.get("targets", [gate.get("target")])
        assert all(type(qubit) is int and 0 <= qubit < payload["qubits"] for qubit in qubits)
        numbers = [gate.get("phase", 0.0), gate.get("angle", 0.0), *gate.get("phases", [])]
        assert all(type(number) is float for number in numbers)


def check_same(payload, circuit, qubits):
    """Check that a compiled circuit is another one, but for phases that no measurement sees."""
    product = unitary(payload["circuit"], qubits, "native") @ unitary(circuit, qubits).conj().T
    diagonal = np.diag(product)
    np.testing.assert_allclose(product, np.diag(diagonal), atol=1e-9)
    # Rotations of single qubits about z: the phases of several bits add up.
    phases = diagonal / diagonal[0]
    bits = [phases[1 << qubit] for qubit in range(qubits)]
    for index, phase in enumerate(phases):
        wanted = np.prod([bit for qubit, bit in enumerate(bits) if index >> qubit & 1])
        assert phase == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(("backend", "entangler"), MACHINES)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_job_shows_the_native_circuit_that_runs(get, submit, backend, entangler, dry_run):
    job_id = submit(single(backend, dry_run=dry_run))

    output = get(job_id)["output"]
    payload = get(f"{job_id}/artifacts/{NATIVE}")

    assert output["compilation"] == {"compiled_circuits": DESCRIBED}
    check_shape(payload, entangler)
    check_same(payload, CIRCUIT, 3)


@pytest.mark.parametrize(("backend", "entangler"), MACHINES)
def test_it_can_be_submitted_again_for_the_same_answer(get, submit, backend, entangler):
    payload = get(f"{submit(single(backend))}/artifacts/{NATIVE}")
    assert entangler in {gate["gate"] for gate in payload["circuit"]}

    again = single("simulator")
    again["input"] = {"gateset": "native", **payload}
    found = get(f"{submit(again)}/results/probabilities")
    on_machine = single(backend)
    on_machine["input"] = again["input"]
    once_more = get(f"{submit(on_machine)}/artifacts/{NATIVE}")

    assert found == pytest.approx(distribution(CIRCUIT, 3), abs=1e-9)
    assert once_more == payload


@pytest.mark.parametrize("dry_run", [False, True])
def test_each_child_has_its_own_and_the_parent_none(  # noqa: PLR0913, PLR0917
    client, get, submit, n_jobs, monkeypatch, dry_run
):
    monkeypatch.setattr(chunks, "_CHUNK_CIRCUITS", 3)  # so that there are several chunks
    circuits = [
        [{"gate": "rx", "target": index % 3, "rotation": 0.1 + index}, *CIRCUIT]
        for index in range(8)
    ]
    job = batch("qpu.aria-1", [{"circuit": circuit, "qubits": 3} for circuit in circuits])
    parent = get(submit(job | {"dry_run": dry_run}))

    assert parent["output"] == {}
    answer = client.get(f"/v0.4/jobs/{parent['id']}/artifacts/{NATIVE}")
    assert answer.status_code == 404
    assert "each child" in answer.json()["message"]
    assert n_jobs() == 9
    for child, circuit in zip(parent["child_job_ids"], circuits, strict=True):
        assert get(child)["output"]["compilation"] == {"compiled_circuits": DESCRIBED}
        check_same(get(f"{child}/artifacts/{NATIVE}"), circuit, 3)


def test_it_is_there_before_the_job_has_run(get, bench, submit):
    bench.works = False
    job_id = submit(single("qpu.aria-1"))

    assert get(job_id)["status"] == "ready"
    check_same(get(f"{job_id}/artifacts/{NATIVE}"), CIRCUIT, 3)


@pytest.mark.parametrize("fields", [{}, {"noise": {"model": "aria-1"}}])
def test_the_simulator_has_none(client, get, submit, fields):
    job_id = submit(single("simulator", **fields))

    assert get(job_id)["output"] == {"error_mitigation": {"debiasing": False}}
    answer = client.get(f"/v0.4/jobs/{job_id}/artifacts/{NATIVE}")
    assert answer.status_code == 404
    assert "the simulator compiles nothing" in answer.json()["message"]


def test_a_deleted_jobs_is_gone(client, submit):
    job_id = submit(single("qpu.aria-1"))
    client.delete(f"/v0.4/jobs/{job_id}")

    assert client.get(f"/v0.4/jobs/{job_id}/artifacts/{NATIVE}").status_code == 404


def test_other_keys_do_not_see_it(client, store, submit):
    job_id = submit(single("qpu.aria-1"))
    secret, _ = store.keys.create("stranger", project="another")

    answer = client.get(
        f"/v0.4/jobs/{job_id}/artifacts/{NATIVE}", headers={"authorization": f"apiKey {secret}"}
    )

    assert answer.status_code == 404


def test_a_circuit_of_virtual_gates_alone_compiles_to_nothing(get, submit):
    job_id = submit(single("qpu.forte-1", [{"gate": "s", "target": 0}], 2))

    assert get(f"{job_id}/artifacts/{NATIVE}") == {"qubits": 2, "circuit": []}


def test_a_dry_runs_circuits_have_no_results(get, submit):
    job = batch("qpu.aria-1", [{"circuit": CIRCUIT}] * 2) | {"dry_run": True}
    parent = get(submit(job))

    assert parent["results"] is None
    assert [get(child)["results"] for child in parent["child_job_ids"]] == [None, None]
