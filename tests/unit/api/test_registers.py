"""Registers of circuits in JSON: served by name in the formats of version 2, refused out of range."""

import json

import pytest

from paultrap import Machines, Refusal, run

GATES = [{"gate": "h", "target": 0}, {"gate": "x", "target": 2, "control": 0}]
NOISE = {"noise": {"model": "aria-1", "seed": 3}, "shots": 200}
V2 = "ionq.result.{}.json.v2"


def body(registers, circuit=GATES, qubits=3, **fields):
    job_input = {"qubits": qubits, "circuit": circuit}
    head = {"type": "ionq.circuit.v1", "backend": "simulator", "registers": registers}
    return head | {"input": job_input} | fields


@pytest.fixture
def read(client):
    def get(job_id, kind):
        found = client.get(f"/v0.4/jobs/{job_id}/artifacts/{V2.format(kind)}")
        assert found.status_code == 200, found.text
        return found.json()[kind]

    return get


def test_registers_are_served_by_name(submit, read):
    registers = {"c": [2, None, 1], "turned": [0, 2.0], "none": []}

    found = read(submit(body(registers)), "probabilities")["registers"]

    assert found == {
        "output_all": {"000": 0.5, "101": 0.5},
        "c": {"000": 0.5, "001": 0.5},
        "turned": {"00": 0.5, "11": 0.5},
        "none": {"": 1.0},
    }


def test_so_are_those_of_shots_and_children(client, submit, read):
    entries = [{"circuit": GATES, "registers": {"meas_mapped": [2, 0, 1]}}, {"circuit": GATES}]
    batch = body(None, type="ionq.multi-circuit.v1", **NOISE)
    batch["input"] = {"qubits": 3, "circuits": entries}
    mapped, plain = client.get(f"/v0.4/jobs/{submit(batch)}").json()["child_job_ids"]

    shots = read(mapped, "shots")

    for shot in shots:
        every = shot["registers"]["output_all"]
        assert shot["registers"]["meas_mapped"] == [every[2], every[0], every[1]]
    histogram = read(mapped, "histogram")["registers"]
    assert sum(histogram["meas_mapped"].values()) == 200
    for key, count in histogram["output_all"].items():
        assert histogram["meas_mapped"][key[1] + key[2] + key[0]] == count
    assert list(read(plain, "histogram")["registers"]) == ["output_all"]


def test_registers_of_wide_circuits_are_served_too(submit, read):
    gates = [{"gate": "h", "target": 0}, {"gate": "x", "target": 69, "control": 0}]
    registers = {"ends": [69, 0, 5], "most": [*range(6, 70)], "more": [*range(70)][::-1]}

    found = read(submit(body(registers, gates, 70)), "probabilities")["registers"]

    assert list(found) == ["output_all", *registers]
    assert found["more"] == found["output_all"]
    assert found["ends"] == {"000": 0.5, "011": 0.5}
    assert found["most"] == {"0" * 64: 0.5, "1" + "0" * 63: 0.5}
    assert found["output_all"] == {"0" * 70: 0.5, "1" + "0" * 68 + "1": 0.5}
    shots = read(submit(body({"ends": [69, 0]}, gates, 70, **_wide())), "shots")
    assert all(shot["registers"]["ends"] in ([0, 0], [1, 1]) for shot in shots)


def _wide():
    return {"noise": {"model": "wide", "seed": 1}, "shots": 20}


@pytest.fixture
def machines(tmp_path):
    text = 'qubits = 80\nentangler = "ms"\none_qubit = 0.0\ntwo_qubit = 0.0\n'
    (tmp_path / "wide.toml").write_text(text)
    return Machines.load(noise_dir=tmp_path)


def test_a_register_called_output_all_is_the_one_that_was_named(submit, read):
    found = read(submit(body({"output_all": [2], "c": [0, 1]})), "probabilities")["registers"]

    assert found == {"output_all": {"0": 0.5, "1": 0.5}, "c": {"00": 0.5, "01": 0.5}}


def test_so_is_that_of_a_program(submit, read):
    text = "OPENQASM 3.0; bit[2] c; bit output_all; qubit[3] q; U(pi, 0, pi) q[0];"
    text += "c[0] = measure q[0]; output_all = measure q[1];"
    job = {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": text}}

    found = read(submit(job), "probabilities")["registers"]

    assert found == {"c": {"01": 1.0}, "output_all": {"0": 1.0}}


WRONG = {
    "beyond": ({"c": [0, 3]}, "names qubit 3, and the circuit has 3"),
    "below": ({"d": [0], "c": [-1]}, "names qubit -1"),
    "a half": ({"c": [0.5]}, "names qubit 0.5"),
    "a number": ({"c": 1}, "expected lists of qubits"),
    "text": ({"c": ["0"]}, "expected lists of qubits"),
}


@pytest.mark.parametrize(("registers", "problem"), WRONG.values(), ids=WRONG)
def test_what_is_no_qubit_of_the_circuit_is_refused(client, n_jobs, registers, problem):
    entries = [{"circuit": GATES}, {"circuit": GATES, "registers": registers}]
    batch = body(None, type="ionq.multi-circuit.v1", input={"qubits": 3, "circuits": entries})
    for job, place in (
        (body(registers), "registers"),
        (batch, "input.circuits[1].registers"),
    ):
        answer = client.post("/v0.4/jobs", json=job)

        assert answer.status_code == 400, answer.text
        assert problem in answer.json()["message"]
        assert answer.json()["validation"]["keys"] == [place]
        with pytest.raises(Refusal, match="registers"):
            run(json.dumps(job).encode())
    assert n_jobs() == 0
