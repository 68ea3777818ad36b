"""What is not understood within the input of a quantum function."""

import copy

import pytest
from harness.jobs import run

from paultrap import Limits, Refusal
from paultrap import run as run_here

ANSATZ = "OPENQASM 3.0;\nqubit[2] q;\nU(0.3, 0, 0) q[0];\n"
ENERGY = {
    "type": "quantum-function",
    "backend": "simulator",
    "input": {
        "data": {
            "type": "hamiltonian-energy",
            "data": {
                "hamiltonian": [{"pauli_string": "ZI", "coefficient": 1}],
                "ansatz": {"data": ANSATZ},
                "linear_constraints": [{"coeffs": [1, 1], "rhs": 1}],
                "quadratic_constraints": [
                    {"quadratic_coeff": [[1, 1], [1, 1]], "linear_coeff": [1, 1], "rhs": 1}
                ],
            },
        },
    },
}
SEARCH = {
    "type": "qctrl.qaoa.v1",
    "backend": "simulator",
    "shots": 10,
    "input": {
        "problem_type": "maxcut",
        "problem": {
            "directed": False,
            "graph": {"name": "made by networkx"},
            "nodes": [{"id": 0}, {"id": 1}],
            "adjacency": [[{"id": 1}], [{"id": 0}]],
        },
    },
    "external_settings": {"api_credentials": "any", "external_organization": "mine"},
}
DATA = ("input", "data", "data")
PROBLEM = ("input", "problem")
OBJECTS = [
    (ENERGY, ("input",), "parms", "params"),
    (ENERGY, ("input", "data"), "Params", "params"),
    (ENERGY, DATA, "penality", "penalty"),
    (ENERGY, DATA, "cvar_alhpa", "cvar_alpha"),
    (ENERGY, (*DATA, "hamiltonian", 0), "note", None),
    (ENERGY, (*DATA, "ansatz"), "format", None),
    (ENERGY, (*DATA, "linear_constraints", 0), "name", None),
    (ENERGY, (*DATA, "quadratic_constraints", 0), "name", None),
    (SEARCH, ("input",), "solver", None),
    (SEARCH, PROBLEM, "multigraf", "multigraph"),
    (SEARCH, (*PROBLEM, "nodes", 1), "x", None),
    (SEARCH, (*PROBLEM, "adjacency", 0, 0), "wieght", "weight"),
    (SEARCH, ("external_settings",), "region", None),
]


def told(answer):
    return answer.headers.get_list("paultrap-warning")


def within(job, path, member):
    job = copy.deepcopy(job)
    place = job
    for each in path:
        place = place[each]
    place |= member
    return job


def shown(path, name):
    parts = [f"[{each}]" if isinstance(each, int) else f".{each}" for each in path]
    return f"{''.join(parts)}.{name}".removeprefix(".")


@pytest.mark.parametrize("job", [ENERGY, SEARCH])
def test_all_of_these_jobs_is_understood(client, job):
    answer = client.post("/v0.4/jobs", json=job, headers={"paultrap-strict": "true"})
    assert answer.is_success
    assert told(answer) == []


@pytest.mark.parametrize("member", OBJECTS)
def test_a_field_that_is_not_understood_is_told(client, member):
    job, path, *_ = member
    odd = within(job, path, {"remark_of_a_stranger": {"a": [1]}})
    text = f"{shown(path, 'remark_of_a_stranger')}: not understood"
    answer = client.post("/v0.4/jobs", json=odd)
    assert answer.is_success
    assert told(answer) == [f"{text}, so ignored"]

    refused = client.post("/v0.4/jobs", json=odd, headers={"paultrap-strict": "true"})
    assert refused.status_code == 400
    assert text in refused.json()["message"]


@pytest.mark.parametrize("member", OBJECTS)
def test_a_field_that_was_surely_meant_is_refused(client, member, n_jobs):
    job, path, near, meant = member
    answer = client.post("/v0.4/jobs", json=within(job, path, {near: 1}))
    if meant is None:
        assert answer.is_success
        assert told(answer)[0].startswith(f"{shown(path, near)}: not understood, so ignored")
        return
    assert answer.status_code == 400
    message = f'{shown(path, near)}: there is no such field; did you mean "{meant}"?'
    assert answer.json()["message"] == message
    assert answer.json()["validation"] == {"source": "body", "keys": [shown(path, near)]}
    assert n_jobs() == 0


@pytest.mark.parametrize("job", [ENERGY, SEARCH])
@pytest.mark.parametrize("field", ["shots", "noise", "error_mitigation"])
def test_what_counts_for_the_whole_job_is_refused_in_its_input(client, job, field, n_jobs):
    answer = client.post("/v0.4/jobs", json=within(job, ("input",), {field: {"model": "ideal"}}))
    assert answer.status_code == 400
    assert f"input.{field}" in answer.json()["message"]
    assert n_jobs() == 0


def test_many_names_that_are_nearly_known_are_refused_in_bounded_time(client):
    odd = within(ENERGY, DATA, {f"name_{number}": 1 for number in range(5_000)})
    answer = client.post("/v0.4/jobs", json=odd)
    assert answer.status_code == 400
    assert "more than 1000 different names" in answer.json()["message"]


@pytest.mark.parametrize("path", [("input",), DATA, (*DATA, "hamiltonian", 0)])
def test_what_is_told_has_no_effect(client, bench, store, path):
    bench.works = False
    expected = run_here(ENERGY).results
    submitted = client.post("/v0.4/jobs", json=within(ENERGY, path, {"remark": 1}))
    run(store, store.queue.lease("bench", 60_000))
    assert client.get(f"/v0.4/jobs/{submitted.json()['id']}").json()["results"] == expected


def test_it_is_told_without_a_server_too():
    odd = within(SEARCH, PROBLEM, {"remark": 1})
    assert run_here(odd).warnings == ("input.problem.remark: not understood, so ignored",)
    with pytest.raises(Refusal, match=r"\(strict\): input\.problem\.remark"):
        run_here(odd, limits=Limits(strict=True))
