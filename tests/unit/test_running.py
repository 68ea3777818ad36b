"""`paultrap.run` with jobs that are dicts."""

import math

import numpy as np
import pytest

import paultrap
from paultrap.admission import Limits, Refusal


def job_of(gate, gateset="qis"):
    return {"input": {"gateset": gateset, "qubits": 2, "circuit": [gate]}}


def test_numbers_of_numpy_are_numbers():
    found = paultrap.run(job_of({"gate": "rx", "target": np.int64(1), "rotation": np.float64(0.6)}))
    wanted = {0: math.cos(0.3) ** 2, 2: math.sin(0.3) ** 2}
    assert found.as_dict(0) == pytest.approx(wanted, abs=1e-12)
    swapped = paultrap.run(job_of({"gate": "swap", "targets": np.array([0, 1])}))
    assert swapped.as_dict(0) == {0: 1.0}


@pytest.mark.parametrize(
    ("gate", "path"),
    [
        ({"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angle": math.nan}, "angle"),
        ({"gate": "ms", "targets": [0, 1], "phases": np.array([0, math.inf])}, "phases[1]"),
        ({"gate": "gpi", "target": 0, "phase": np.float32("nan")}, "phase"),
    ],
)
def test_a_number_that_is_none_is_refused_and_not_taken_for_a_default(gate, path):
    with pytest.raises(Refusal, match="not a finite number") as error:
        paultrap.run(job_of(gate, "native"))
    assert error.value.field == f"input.circuit[0].{path}"


def test_a_phase_that_is_none_is_no_plain_z():
    with pytest.raises(Refusal, match=r"input\.circuit\[0\]\.rotation is nan"):
        paultrap.run(job_of({"gate": "z", "target": 0, "rotation": math.nan}))


@pytest.mark.parametrize("job", ["{}", None, [], bytearray(b"{}")])
def test_what_is_no_request_body_is_a_type_error(job):
    with pytest.raises(TypeError, match="bytes or a dict"):
        paultrap.run(job)


def test_a_value_that_json_cannot_express_is_a_type_error():
    with pytest.raises(TypeError, match="complex"):
        paultrap.run(job_of({"gate": "rx", "target": 0, "rotation": 1j}))


def test_wide_clifford_circuits_run_and_no_others():
    gates = [{"gate": "h", "target": 0}]
    gates += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(199)]
    job = {"input": {"gateset": "qis", "qubits": 200, "circuit": gates}}
    found = paultrap.run(job)
    assert found.as_dict(0) == {0: 0.5, 2**200 - 1: 0.5}
    with pytest.raises(Refusal, match="200 qubits; the limit is 29"):
        paultrap.run(job, limits=Limits(clifford_qubits=0))
    gates.append({"gate": "t", "target": 199})
    with pytest.raises(Refusal, match="circuit 0, gate 200: not a Clifford gate"):
        paultrap.run(job)


def test_whatever_the_job_is_there_is_a_result():
    plain = job_of({"gate": "x", "target": 1})
    graph = {
        "problem_type": "maxcut",
        "problem": {"nodes": [{"id": 0}, {"id": 1}], "adjacency": [[{"id": 1}], [{"id": 0}]]},
    }
    function = {"type": "qctrl.qaoa.v1", "backend": "simulator", "input": graph}
    function |= {"external_settings": {"api_credentials": "x"}}

    found = {
        name: paultrap.run(job)
        for name, job in {
            "plain": plain,
            "dry": plain | {"dry_run": True},
            "qaoa": function,
        }.items()
    }

    assert {type(each) for each in found.values()} == {paultrap.Result}
    assert all(isinstance(each, paultrap.Distributions) for each in found.values())
    assert {name: each.n_circuits for name, each in found.items()} == {
        "plain": 1,
        "dry": 0,
        "qaoa": 6 * 13,
    }
    assert found["plain"].as_dict(0) == found["plain"].slice(0, 1).as_dict(0) == {2: 1.0}
    assert found["plain"].results is found["dry"].results is None
    assert isinstance(found["qaoa"].results, dict)
