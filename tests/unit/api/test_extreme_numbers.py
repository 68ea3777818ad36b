"""Jobs with extreme numbers: refused with their place, or run to an answer; never a 500."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from harness.circuits import read_job
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paultrap import run
from paultrap.admission import PlannedChunk, Refusal
from paultrap.circuits import Program
from paultrap.formats import CircuitLimits
from paultrap.jobs.sampling import Sampling
from paultrap.machines import Machines
from paultrap.store import NewJob

H = {"gate": "h", "target": 0}


def pauliexp(time, **terms):
    """Return a pauliexp on as many qubits as each term's name has letters."""
    width = len(next(iter(terms)))
    gate = {"gate": "pauliexp", "targets": list(range(width)), "time": time}
    return gate | {"terms": list(terms), "coefficients": list(terms.values())}


TOO_LONG = pauliexp(1e6, X=1, Z=0.5)
TOO_LARGE = pauliexp(1e308, X=1e308)
RUNS = pauliexp(1e6, XX=1e6, ZZ=-1e9)  # its terms commute
WAYS = {
    "alone": {},
    "dry run": {"dry_run": True},
    "noise": {"noise": {"model": "aria-1"}, "shots": 50},
    "noise, dry run": {"noise": {"model": "forte-1"}, "shots": 50, "dry_run": True},
    "aria": {"backend": "qpu.aria-1", "shots": 50},
    "forte": {"backend": "qpu.forte-1", "shots": 50},
    "debiased": {"backend": "qpu.aria-1", "shots": 600},
}


def bodies(gate, way):
    """Yield the job alone and in a batch in both versions: its version, body and place."""
    backend = way.get("backend", "simulator")
    rest = {key: value for key, value in way.items() if key != "backend"}
    circuit = {"qubits": 2, "circuit": [H, gate]}
    batch = {"qubits": 2, "circuits": [{"circuit": [H]}, {"circuit": [H, gate]}, {"circuit": []}]}
    for job_input, kind, where in (
        (circuit, "circuit", ""),
        (batch, "multi-circuit", "circuit 1, "),
    ):
        head = {"type": f"ionq.{kind}.v1", "backend": backend}
        yield "v0.4", head | rest | {"input": job_input}, where
        yield "v0.3", {"target": backend} | rest | {"input": job_input}, where


@pytest.mark.parametrize("gate", [TOO_LONG, TOO_LARGE], ids=["too long", "too large"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_pauliexp_that_cannot_be_computed_is_refused_in_every_way(client, n_jobs, gate, way):
    for version, body, where in bodies(gate, way):
        answer = client.post(f"/{version}/jobs", json=body)

        assert answer.status_code == 400, answer.text
        message = answer.json()["message"]
        assert message.startswith(f"{where}gate 1 (pauliexp): the time times ")
        assert message.endswith('(field "time")')
        [place] = answer.json()["validation"]["keys"]
        assert place.endswith("circuit[1].time")
        with pytest.raises(Refusal, match=r"gate 1 \(pauliexp\): the time times"):
            run(body)
    assert n_jobs() == 0


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_one_whose_terms_commute_runs_however_long_it_is(client, way):
    for version, body, _ in bodies(RUNS, way):
        answer = client.post(f"/{version}/jobs", json=body)

        assert answer.is_success, answer.text
        job = client.get(f"/{version}/jobs/{answer.json()['id']}").json()
        assert job["status"] == "completed"
        assert "failure" not in job or job["failure"] is None


def as_zero_time(program: Program) -> Program:
    """Return the program with the time of its last gate, which is 0, made 1e308."""
    params = program.params.copy()
    params[program.param_offsets[-2]] = 1e308
    return replace(program, params=params)


@pytest.fixture
def kept(store):
    """Return the id of a job with such a gate, as an earlier release took it."""

    def keep(sampling=None, backend="simulator"):
        key = store.keys.find_open("any")
        circuit = [H, pauliexp(0, X=1e308, Z=1.0)]
        batch = read_job(json.dumps({"input": {"circuit": circuit}}).encode(), CircuitLimits())
        return store.jobs.add(
            NewJob(
                project_id=key.project_id,
                submitter_id=key.submitter_id,
                backend=backend,
                batch=replace(batch, program=as_zero_time(batch.program)),
                chunks=[PlannedChunk(0, 1, 1e3)],
                shots=100,
                sampling=sampling,
            )
        ).id

    return keep


@pytest.mark.parametrize("how", ["clone", "move"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_an_earlier_release_took_cannot_be_run_again(client, n_jobs, kept, how, way):
    changes = way | {"backend": way.get("backend", "simulator")}

    answer = client.post(f"/v0.4/jobs/{kept()}/{how}", json=changes)

    assert answer.status_code == 400
    message = answer.json()["message"]
    assert message.startswith("input: circuit 0, gate 1 (pauliexp): the time times a coefficient")
    assert n_jobs() == 1


def test_its_native_gates_are_not_found(client, kept):
    sampling = Sampling(100, 1, Machines.shipped().models["aria-1"])
    job_id = kept(sampling, "qpu.aria-1")

    answer = client.get(f"/v0.4/jobs/{job_id}/artifacts/ionq.native.v1")

    assert answer.status_code == 404
    assert "circuit 0, gate 1 (pauliexp): the time times" in answer.json()["message"]


EXTREMES = (0.0, -0.0, 5e-324, -1e-320, 1e-160, 0.25, -1.0, 7.0, 1e3, -1e6, 1e8, 1e16, 1e30, 1e154)
LARGEST = (1e155, -1e200, 9e307, 1e308, -1.7976931348623157e308)
NUMBERS = st.sampled_from(EXTREMES + LARGEST) | st.floats(allow_nan=False, allow_infinity=False)
ROTATED = ("rx", "ry", "rz", "x", "y", "z")


@st.composite
def qis_gates(draw):
    qubits = draw(st.permutations(range(3)))
    kind = draw(st.sampled_from((*ROTATED, "xx", "yy", "zz", "pauliexp", "pauliexp", "h")))
    targets = {"xx": 2, "yy": 2, "zz": 2, "pauliexp": draw(st.integers(1, 3))}.get(kind, 1)
    gate = {"gate": kind, "targets": qubits[:targets]}
    if kind == "pauliexp":
        names = st.text("IXYZ", min_size=targets, max_size=targets)
        gate["terms"] = draw(st.lists(names, min_size=1, max_size=3))
        gate["coefficients"] = [draw(NUMBERS) for _ in gate["terms"]]
        gate["time"] = abs(draw(NUMBERS))
    elif kind != "h":
        gate["rotation"] = draw(NUMBERS)
    controls = qubits[targets : targets + draw(st.integers(0, 3 - targets))]
    return gate | ({"controls": controls} if controls else {})


@st.composite
def native_gates(draw, entangler):
    qubits = draw(st.permutations(range(3)))
    kind = draw(st.sampled_from(("gpi", "gpi2", entangler)))
    if kind == "ms":
        phases = [draw(NUMBERS), draw(NUMBERS)]
        return {"gate": kind, "targets": qubits[:2], "phases": phases, "angle": draw(NUMBERS)}
    if kind == "zz":
        return {"gate": kind, "targets": qubits[:2], "angle": draw(NUMBERS)}
    return {"gate": kind, "target": qubits[0], "phase": draw(NUMBERS)}


@st.composite
def extreme_jobs(draw):
    way = draw(st.sampled_from(list(WAYS.values())))
    is_native = draw(st.booleans())
    entangler = "ms" if "aria" in way.get("backend", "aria") else "zz"
    gates = native_gates(entangler) if is_native else qis_gates()
    circuits = draw(st.lists(st.lists(gates, min_size=1, max_size=4), min_size=1, max_size=2))
    head = {"qubits": 3, "gateset": "native" if is_native else "qis"}
    if len(circuits) == 1:
        body = {"type": "ionq.circuit.v1", "input": head | {"circuit": circuits[0]}}
    else:
        entries = [{"circuit": gates} for gates in circuits]
        body = {"type": "ionq.multi-circuit.v1", "input": head | {"circuits": entries}}
    return {"backend": "simulator"} | way | body


@given(job=extreme_jobs())
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_numbers_are_refused_with_their_place_or_run_to_an_answer(client, job):
    answer = client.post("/v0.4/jobs", json=job)
    if answer.status_code == 400:
        assert "gate " in answer.json()["message"]
        assert "pauliexp" in answer.json()["message"]
        return
    assert answer.status_code == 201, answer.text
    found = client.get(f"/v0.4/jobs/{answer.json()['id']}").json()
    assert found["status"] == "completed", found["failure"]
    if found["dry_run"]:
        return
    for job_id in found["child_job_ids"] or [found["id"]]:
        shares = client.get(f"/v0.4/jobs/{job_id}/results/probabilities").json()
        assert all(map(math.isfinite, shares.values()))
        assert np.sum([*shares.values()]) == pytest.approx(1, abs=1e-8)


ANSATZ = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nrx(0.3) q[0];\n'


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_energy_that_could_be_no_number_is_refused_in_every_way(client, n_jobs, way):
    terms = [{"pauli_string": name, "coefficient": 1e308} for name in ("ZI", "IZ")]
    data = {
        "type": "hamiltonian-energy",
        "data": {"hamiltonian": terms, "ansatz": {"data": ANSATZ}},
    }
    job = {"type": "quantum-function", "backend": "simulator"} | way | {"input": {"data": data}}

    answer = client.post("/v0.4/jobs", json=job)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("input.data.data.hamiltonian: the sum of the |coeff")
    assert answer.json()["validation"]["keys"] == ["input.data.data.hamiltonian"]
    assert n_jobs() == 0
