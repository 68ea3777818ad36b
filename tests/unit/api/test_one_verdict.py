"""A server and `paultrap.run` give one verdict, one message and one answer.

Bodies of all job types, mutated, go to both. `PAULTRAP_VERDICT_BODIES` sets how many; a long search
wants 20,000.
"""

import copy
import json
import logging
import os
import random
from collections import Counter
from typing import Any

import pytest

import paultrap
from paultrap.admission import Kind
from paultrap.limits import limits_of, named
from paultrap.settings import Settings

BODIES = int(os.environ.get("PAULTRAP_VERDICT_BODIES", "60"))
LONG = 20_000
SEED = int(os.environ.get("PAULTRAP_VERDICT_SEED", "1"))
BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
NATIVE = [
    {"gate": "gpi2", "target": 0, "phase": 0.1},
    {"gate": "ms", "targets": [0, 1], "phases": [0, 0]},
]
HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
NOISE = {"model": "aria-1", "seed": 5}
PLAIN = {"qubits": 2, "circuit": BELL}

_log = logging.getLogger(__name__)


def v04(type_: str, job_input: Any, **fields: Any) -> dict[str, Any]:
    return {"type": type_, "backend": "simulator", "shots": 50, "input": job_input} | fields


SEVERAL = {"qubits": 2, "circuits": [{"circuit": BELL}, {"name": "x", "circuit": BELL[:1]}]}
ENERGY = {
    "data": {
        "type": "hamiltonian-energy",
        "data": {
            "hamiltonian": [{"pauli_string": "ZZ", "coefficient": 0.5}],
            "ansatz": {"data": f"{HEADER}qubit[2] q; input float a; ry(a) q[0]; cx q[0], q[1];"},
        },
    },
    "params": [0.3],
}
GRAPH = {
    "problem_type": "maxcut",
    "problem": {"nodes": [{"id": 0}, {"id": 1}], "adjacency": [[{"id": 1}], [{"id": 0}]]},
}
GOOD: dict[str, dict[str, Any]] = {
    "v0.3 circuit": {"target": "simulator", "shots": 50, "input": PLAIN},
    "v0.3 sampled": {"shots": 50, "noise": NOISE, "input": PLAIN},
    "v0.3 batch on a QPU": {"target": "qpu.aria-1", "noise": {"seed": 7}, "input": SEVERAL},
    "v0.3 list": {"input": [{"qubits": 2, "circuit": BELL}]},
    "v0.3 program": {"input": {"format": "qasm", "data": f"{HEADER}qubit[2] q; h q[0];"}},
    "circuit": v04("ionq.circuit.v1", PLAIN),
    "native": v04("ionq.circuit.v1", {"gateset": "native", "qubits": 2, "circuit": NATIVE}),
    "debiased": v04("ionq.circuit.v1", PLAIN, backend="qpu.forte-1", shots=600, noise={"seed": 3}),
    "batch": v04("ionq.multi-circuit.v1", SEVERAL, noise=NOISE),
    "program": v04("ionq.qasm3.v1", {"data": f"{HEADER}qubit[2] q; bit c; c = measure q[0];"}),
    "energy": v04("quantum-function", ENERGY, noise=NOISE),
    "qaoa": v04("qctrl.qaoa.v1", GRAPH, external_settings={"api_credentials": "x"}, noise=NOISE),
}
KINDS: Counter[str] = Counter()
ODD: list[Any] = [None, 0, -1, 1, 5.0, 1.5, 2**40, 2_000_000, " 5 ", "", "x", True, [], {}, 1e308]

HARMLESS: list[dict[str, Any]] = [
    {"shots": 7},
    {"shots": "12"},
    {"name": "a job"},
    {"metadata": {"key": "value"}},
    {"dry_run": True},
    {"noise": {"model": "ideal", "seed": "9"}},
    {"noise": {"model": "forte-1", "seed": 11}},
    {"settings": {"error_mitigation": {"debiasing": False}}},
    {"lang": "json", "extra": [[{}]]},
]
TOO_LONG = {
    "gate": "pauliexp",
    "targets": [0, 1, 2],
    "terms": ["XYZ", "ZXX", "YYX"],
    "coefficients": [1, 1.3, 0.7],
    "time": 500,
}
MANY_CONTROLS = {"gate": "x", "target": 24, "controls": list(range(24))}
#: What the mutations find too seldom, with the kind of its refusal.
RARE: list[dict[str, Any]] = [
    v04("ionq.circuit.v1", {"qubits": 26, "circuit": BELL}, backend="qpu.aria-1"),
    v04("ionq.circuit.v1", {"qubits": 600, "circuit": BELL}),
    v04("ionq.circuit.v1", {"gateset": "native", "circuit": NATIVE}, backend="qpu.forte-1"),
    v04("ionq.circuit.v1", {"qubits": 40, "circuit": [*BELL, {"gate": "t", "target": 39}]}),
    v04("ionq.circuit.v1", {"circuit": [MANY_CONTROLS]}, backend="qpu.aria-1", shots=1_000),
    v04("ionq.circuit.v1", {"qubits": 3, "circuit": [TOO_LONG]}, backend="qpu.aria-1"),
    {"target": "qpu.harmony", "input": PLAIN},
    {"noise": {"model": "aria-9"}, "input": PLAIN},
    {"input": {"format": "qasm", "data": "OPENQASM 3.0;\nqubit q"}},
]


def changed(body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a body that is likely to be taken, one that is not, or one of a rare kind."""
    share = chance.random()
    if share < 0.5:
        return body | chance.choice(HARMLESS)
    return mutated(body, chance) if share < 0.9 else chance.choice(RARE)


def mutated(body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a body in which one value is another, is missing, or has another name."""
    found = copy.deepcopy(body)
    places = [*_places(found)]
    holder, key = chance.choice(places)
    if chance.random() < 0.2 and isinstance(holder, dict):
        holder.pop(key)
    else:
        holder[key] = chance.choice(ODD)
    return found


def _places(value: Any):
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


@pytest.fixture
def on_server(client):
    """Return what a server says of a body: refused, failed or done, with the message or answer."""

    def ask(body: dict[str, Any]) -> tuple[str, Any]:
        is_v04 = body.get("type") is not None or body.get("backend") is not None
        version = "v0.4" if is_v04 else "v0.3"
        answer = client.post(f"/{version}/jobs", json=body)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            return "refused", answer.json()["message"]
        job = client.get(f"/v0.4/jobs/{answer.json()['id']}").json()
        if job["failure"] is not None:
            return "failed", job["failure"]["message"]
        assert job["status"] == "completed"
        if job["dry_run"]:
            return "done", []
        if "functions" not in job["type"] and job["type"] in {"quantum-function", "qctrl.qaoa.v1"}:
            return "done", job["results"]
        ids = job["child_job_ids"] or [job["id"]]
        return "done", [
            client.get(f"/v0.4/jobs/{each}/results/probabilities").json() for each in ids
        ]

    return ask


def in_this_process(body: dict[str, Any], settings: Settings) -> tuple[str, Any]:
    try:
        found = paultrap.run(json.dumps(body).encode(), limits=limits_of(settings))
    except paultrap.Refusal as refusal:
        KINDS[refusal.kind] += 1
        return "refused", named(refusal.message)
    except paultrap.FailedJobError as error:
        return "failed", str(error)
    if isinstance(found, dict):
        return "done", found
    answers = [found.as_dict(index) for index in range(found.n_circuits)]
    return "done", [{str(state): share for state, share in each.items()} for each in answers]


def is_random(body: dict[str, Any]) -> bool:
    """Return whether a body leaves its seed to chance."""
    noise = body.get("noise")
    sampled = isinstance(noise, dict) and noise.get("model") not in {None, "ideal"}
    is_qpu = any(str(body.get(key)).startswith("qpu") for key in ("target", "backend"))
    has_seed = isinstance(noise, dict) and noise.get("seed") is not None
    return (sampled or is_qpu) and not has_seed


def check(body: dict[str, Any], settings: Settings, on_server: Any) -> str:
    verdict, told = on_server(body)
    mine, said = in_this_process(body, settings)
    assert (mine, verdict) == (verdict, verdict), (body, told, said)
    if verdict != "done":
        assert said == told, body
    elif not is_random(body):
        assert said == close(told), body
    return verdict


def close(value: Any) -> Any:
    """Return what compares equal to numbers that differ in their last bits."""
    if isinstance(value, float):
        return pytest.approx(value, abs=1e-13)
    if isinstance(value, dict):
        return {key: close(each) for key, each in value.items()}
    return [close(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_every_kind_of_job_has_one_answer(body, settings, on_server):
    assert check(body, settings, on_server) == "done"


NAMED = {
    "a large seed": {"noise": {"model": "aria-1", "seed": 2**40}},
    "a seed with a point": {"noise": {"model": "aria-1", "seed": 5.0}},
    "no model": {"noise": {"model": None, "seed": 5}},
    "no shots": {"shots": 0},
    "too many shots": {"shots": 2_000_000},
    "shots as text": {"shots": " 5 ", "noise": NOISE},
}


@pytest.mark.parametrize("change", NAMED.values(), ids=NAMED)
@pytest.mark.parametrize("name", ["v0.3 circuit", "circuit"])
def test_bodies_that_were_judged_twice_are_judged_once(settings, on_server, name, change):
    wanted = "done" if change["shots" if "shots" in change else "noise"] == " 5 " else "refused"
    assert check(GOOD[name] | change, settings, on_server) == wanted


def test_any_body_has_one_verdict_one_message_and_one_answer(settings, on_server):
    chance = random.Random(SEED)
    counts: Counter[str] = Counter()
    for _ in range(BODIES):
        name, body = chance.choice([*GOOD.items()])
        counts[check(changed(body, chance), settings, on_server)] += 1
        counts[name] += 1
    _log.info("verdicts: %s; refusals of this process: %s", dict(counts), dict(KINDS))
    assert counts["done"] >= 0.3 * BODIES
    if BODIES >= LONG:
        assert min(KINDS[kind] for kind in Kind) >= 50
