"""A server and `paultrap.run` give one verdict, one message and one answer.

Bodies of all job types go to both: made from the documents of both versions, or written here, then
mutated. `PAULTRAP_VERDICT_BODIES` sets how many; a long search wants 20,000. The official document is
one more source where `PAULTRAP_OFFICIAL_OPENAPI` names its file.
"""

import base64
import json
import logging
import os
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pyqir
import pytest
from harness.bodies import Body, generated, mutated
from litestar.testing import TestClient

import paultrap
from paultrap.admission import (
    AdmittedJob,
    Kind,
    Limits,
    Refusal,
    UnreadFunction,
    UnreadProgram,
    admit,
    admit_clone,
)
from paultrap.api.app import create_app
from paultrap.jobs import PROGRAM_TYPES
from paultrap.languages import Reading
from paultrap.limits import limits_of, named
from paultrap.machines import Machines
from paultrap.settings import Settings
from paultrap.submissions import read_body, read_changes

BODIES = int(os.environ.get("PAULTRAP_VERDICT_BODIES", "60"))
LONG = 20_000
SEED = int(os.environ.get("PAULTRAP_VERDICT_SEED", "1"))
OFFICIAL = os.environ.get("PAULTRAP_OFFICIAL_OPENAPI")
# Of the documents that bodies are made from, so that those are small.
SMALL = {"max_qubits": 4, "max_shots": 600, "max_circuits": 4, "max_gates": 20}
BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
NATIVE = [
    {"gate": "gpi2", "target": 0, "phase": 0.1},
    {"gate": "ms", "targets": [0, 1], "phases": [0, 0]},
]
HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
NOISE = {"model": "aria-1", "seed": 5}
PLAIN = {"qubits": 2, "circuit": BELL}

_log = logging.getLogger(__name__)


def v04(type_: str, job_input: Any, **fields: Any) -> Body:
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


def bell_module() -> str:
    module = pyqir.SimpleModule("bell", 2, 2)
    qis = pyqir.BasicQisBuilder(module.builder)
    qis.h(module.qubits[0])
    qis.cx(module.qubits[0], module.qubits[1])
    for qubit, bit in zip(module.qubits, module.results, strict=True):
        qis.mz(qubit, bit)
    return base64.b64encode(module.bitcode()).decode()


GOOD: dict[str, Body] = {
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
    "QIR": v04("ionq.qir.v1", {"data": bell_module()}),
    "energy": v04("quantum-function", ENERGY, noise=NOISE),
    "qaoa": v04("qctrl.qaoa.v1", GRAPH, external_settings={"api_credentials": "x"}, noise=NOISE),
}
KINDS: Counter[str] = Counter()

HARMLESS: list[Body] = [
    {"shots": 7},
    {"shots": "12"},
    {"name": "a job"},
    {"metadata": {"key": "value"}},
    {"dry_run": True},
    {"noise": {"model": "ideal", "seed": "9"}},
    {"noise": {"model": "forte-1", "seed": 11}},
    {"settings": {"error_mitigation": {"debiasing": False}}},
    {"lang": "json", "extra": [[{}]]},
    {"paultrap": {"pauliexp": "exact"}},
    {"paultrap": None},
]
TOO_LONG = {
    "gate": "pauliexp",
    "targets": [0, 1, 2],
    "terms": ["XYZ", "ZXX", "YYX"],
    "coefficients": [1, 1.3, 0.7],
    "time": 500,
}
EXACTLY = {"pauliexp": "exact"}
MANY_CONTROLS = [
    {"gate": "x", "target": k + 8, "controls": list(range(k, k + 8))} for k in range(0, 17, 2)
] * 12
#: What the mutations find too seldom, with the kind of its refusal.
RARE: list[Body] = [
    v04("ionq.circuit.v1", {"qubits": 26, "circuit": BELL}, backend="qpu.aria-1"),
    v04("ionq.circuit.v1", {"qubits": 600, "circuit": BELL}),
    v04("ionq.circuit.v1", {"gateset": "native", "circuit": NATIVE}, backend="qpu.forte-1"),
    v04("ionq.circuit.v1", {"qubits": 40, "circuit": [*BELL, {"gate": "t", "target": 39}]}),
    v04("ionq.circuit.v1", {"circuit": MANY_CONTROLS}, backend="qpu.aria-1", shots=1_000),
    v04("ionq.circuit.v1", {"qubits": 3, "circuit": [TOO_LONG]}, backend="qpu.aria-1"),
    v04(
        "ionq.circuit.v1",
        {"qubits": 3, "circuit": [TOO_LONG]},
        backend="qpu.aria-1",
        paultrap=EXACTLY,
    ),
    v04("ionq.circuit.v1", PLAIN, paultrap={"pauliexp": "roughly"}),
    v04("ionq.circuit.v1", PLAIN, paultrap={"pauliexpo": "exact"}),
    {"target": "qpu.harmony", "input": PLAIN},
    {"noise": {"model": "aria-9"}, "input": PLAIN},
    {"input": {"format": "qasm", "data": "OPENQASM 3.0;\nqubit q"}},
]


def changed(body: Body, chance: random.Random) -> Body:
    """Return a body that is likely to be taken, one that is not, or one of a rare kind."""
    share = chance.random()
    if share < 0.5:
        return body | chance.choice(HARMLESS)
    return mutated(body, chance) if share < 0.88 else chance.choice(RARE)


def tamed(body: Body, chance: random.Random) -> Body:
    """Return a generated body as it is, mutated, or around what can be run."""
    # Of a session, a server alone can judge.
    body = {key: value for key, value in body.items() if key != "session_id"}
    share = chance.random()
    if share < 0.25:
        return body
    if share < 0.5:
        return mutated(body, chance)
    # Few generated circuits are right in all of their gates, and few names are of something.
    alike = [each for each in GOOD.values() if each.get("type") == body.get("type")]
    known = chance.choice(alike or [*GOOD.values()])
    kept = {key: value for key, value in body.items() if chance.random() < 0.5}
    return kept | {key: known[key] for key in ("input", "backend", "target") if key in known}


@pytest.fixture
def settings() -> Settings:
    """Return settings under which nothing takes long, whatever is generated."""
    return Settings(memory_limit=1 << 30)


@pytest.fixture
def sources(store, bench, machines) -> dict[str, list[Body]]:
    """Return bodies that were written by hand, and those that the documents allow."""
    found = {"by hand": [*GOOD.values()]}
    documents = {}
    small = create_app(Settings(**SMALL), store, bench, machines=machines)
    with TestClient(small) as client:
        for version in ("v0.3", "v0.4"):
            documents[version] = client.get(f"/{version}/api-docs").json()
    if OFFICIAL is not None:
        documents["official"] = json.loads(Path(OFFICIAL).read_text())
    for name, document in documents.items():
        found[name] = generated(document, max(10, BODIES // 10), SEED)
    return found


@pytest.fixture
def on_server(client):
    """Return what a server says of a body: refused, failed or done, with the message or answer."""

    def ask(body: Body) -> tuple[str, Any]:
        is_v04 = body.get("type") is not None or body.get("backend") is not None
        version = "v0.4" if is_v04 else "v0.3"
        answer = client.post(f"/{version}/jobs", content=json.dumps(body))
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            return "refused", answer.json()["message"]
        job = client.get(f"/v0.4/jobs/{answer.json()['id']}").json()
        if job["failure"] is not None:
            return "failed", job["failure"]["message"]
        assert job["status"] == "completed"
        if job["dry_run"]:
            return "done", []
        if job["type"] in {"quantum-function", "qctrl.qaoa.v1"}:
            return "done", job["results"]
        ids = job["child_job_ids"] or [job["id"]]
        return "done", [
            client.get(f"/v0.4/jobs/{each}/results/probabilities").json() for each in ids
        ]

    return ask


def in_this_process(body: Body, settings: Settings) -> tuple[str, Any]:
    try:
        found = paultrap.run(json.dumps(body).encode(), limits=limits_of(settings))
    except paultrap.Refusal as refusal:
        KINDS[refusal.kind] += 1
        return "refused", named(refusal.message)
    except paultrap.FailedJobError as error:
        return "failed", named(error.message)
    if found.results is not None:
        return "done", found.results
    answers = [found.as_dict(index) for index in range(found.n_circuits)]
    return "done", [{str(state): share for state, share in each.items()} for each in answers]


def is_random(body: Body) -> bool:
    """Return whether a body leaves its seed to chance."""
    noise = body.get("noise")
    sampled = isinstance(noise, dict) and noise.get("model") not in {None, "ideal"}
    is_qpu = any(str(body.get(key)).startswith("qpu") for key in ("target", "backend"))
    has_seed = isinstance(noise, dict) and noise.get("seed") is not None
    return (sampled or is_qpu) and not has_seed


def check(body: Body, settings: Settings, on_server: Any) -> str:
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


REFUSED = {
    "a large seed": {"noise": {"model": "aria-1", "seed": 2**40}},
    "a large seed of an exact answer": {"noise": {"seed": 2**40}},
    "a null for the model": {"noise": {"model": None}},
    "a null for the model, with a seed": {"noise": {"model": None, "seed": 5}},
    "no shots of an exact answer": {"shots": 0, "noise": {"model": "ideal"}},
    "no shots": {"shots": 0, "noise": NOISE},
    "too many shots": {"shots": 2_000_000},
    "shots of 401 digits": {"shots": 10**400},
    "a seed of 401 digits": {"noise": {"model": "aria-1", "seed": 10**400}},
}
TAKEN = {
    "shots as text": {"shots": " 5 ", "noise": NOISE},
    "shots as text of an exact answer": {"shots": " 5 "},
    "shots with a point": {"shots": 5.0, "noise": NOISE},
    "a seed with a point": {"noise": {"model": "aria-1", "seed": 5.0}},
    "a seed as text": {"noise": {"model": "aria-1", "seed": "9"}},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("name", ["v0.3 circuit", "circuit"])
def test_bodies_that_were_judged_twice_are_refused_by_both(settings, on_server, name, change):
    assert check(GOOD[name] | change, settings, on_server) == "refused"


@pytest.mark.parametrize("change", TAKEN.values(), ids=TAKEN)
@pytest.mark.parametrize("name", ["v0.3 circuit", "circuit"])
def test_bodies_that_were_judged_twice_are_taken_by_both(settings, on_server, name, change):
    assert check(GOOD[name] | change, settings, on_server) == "done"


def test_any_body_has_one_verdict_one_message_and_one_answer(settings, on_server, sources):
    chance = random.Random(SEED)
    counts: Counter[str] = Counter()
    KINDS.clear()
    for _ in range(BODIES):
        source = "by hand" if chance.random() < 0.5 else chance.choice([*sources])
        body = chance.choice(sources[source])
        body = changed(body, chance) if source == "by hand" else tamed(body, chance)
        verdict = check(body, settings, on_server)
        counts.update([verdict, f"{source}: {verdict}"])
        if verdict == "done":
            counts[str(body.get("type", "v0.3"))] += 1
    _log.info("verdicts: %s; refusals of this process: %s", dict(counts), dict(KINDS))
    assert counts["done"] >= 0.3 * BODIES
    if BODIES >= LONG:
        assert min(KINDS[kind] for kind in Kind) >= 50


class Trap:
    name, qubits, gateset, entangler = "qpu.trap", 3, "qis", "ms"

    def run(self, chunk):
        raise NotImplementedError


#: What may differ in a clone, and settings that it meets.
CHANGES: list[Body] = [
    {},
    {"backend": "simulator"},
    {"backend": "qpu.aria-1"},
    {"backend": "qpu.forte-1", "shots": 600},
    {"backend": "qpu.trap"},
    {"noise": {"model": "aria-1"}},
    {"noise": {"model": "forte-1"}, "shots": 600},
    {"settings": {"error_mitigation": {"debiasing": True}}, "backend": "qpu.aria-1"},
    {"shots": 2_000_000},
    {"shots": 70, "name": "again"},
    {"metadata": {"a": 1}},
    {"dry_run": True},
]
TIGHT: list[dict[str, Any]] = [
    {},
    {"max_circuits": 1},
    {"max_gates": 1},
    {"max_gates": 7},
    {"max_qubits": 1},
    {"max_qubits": 1, "max_clifford_qubits": 1},
    {"max_qubits": 3},
    {"max_shots": 60},
    {"memory_limit": 4_000},
    {"max_predicted_seconds": 1e-7},
]
MIDWAY = "qubit[3] q; bit[2] c; x q[0]; c[1] = measure q[0]; x q[0]; c[0] = measure q[0]; h q[1];"
PROGRAMS: dict[str, Body] = {
    "measured within": v04("ionq.qasm3.v1", {"data": HEADER + MIDWAY}),
    "measured nowhere": v04("ionq.qasm3.v1", {"data": f"{HEADER}qubit[2] q; h q[0];"}),
    "one bit of many": v04("ionq.qasm3.v1", {"data": f"{HEADER}qubit[9] q; bit c = measure q[8];"}),
}


def judged(body: Body, limits: Limits, machines: Machines) -> AdmittedJob | None:
    """Return what a submission becomes, or None where it cannot be run."""
    try:
        found = admit(read_body(json.dumps(body).encode()), limits, machines)
    except Refusal:
        return None
    assert not isinstance(found, UnreadFunction)
    if isinstance(found, UnreadProgram):
        found = found.read(Reading(60))
    return None if found.failure else found


def facts(job: AdmittedJob | None) -> dict[str, Any] | None:
    """Return what is the same of two jobs of the same circuits with other seeds."""
    if job is None:
        return None
    names = ("backend", "shots", "name", "metadata", "settings", "registers", "readout", "bill")
    found = {name: getattr(job, name) for name in (*names, "dry_run", "type")}
    sampling = job.sampling and msgspec.structs.replace(job.sampling, seed=0)
    return found | {
        "chunks": [*job.chunks],
        "qubits": job.batch.qubits,
        "sampling": sampling,
        "model": json.loads(job.noise)["model"],
    }


@pytest.fixture
def with_trap(machines) -> Machines:
    devices = {name: each for name, each in machines.backends.items() if name != "simulator"}
    return Machines(machines.models, devices, {Trap.name: Trap()})


@pytest.fixture
def stored(client, bench, store):
    """Submit a body; return the job that waits, or None."""
    bench.works = False
    project = store.keys.find_open("a-key").project_id

    def submit(body: Body) -> Any:
        version = "v0.4" if {"type", "backend"} & body.keys() else "v0.3"
        answer = client.post(f"/{version}/jobs", content=json.dumps(body))
        if not answer.is_success:
            return None
        job = store.jobs.get(project, answer.json()["id"])
        is_function = job.type in {"quantum-function", "qctrl.qaoa.v1"}
        return None if is_function else store.jobs.admitted(job)

    return submit


def check_clone(
    body: Body, change: Body, limits: Limits, machines: Machines, original: Any
) -> bool:
    """Compare a clone with the submission that says the same; return whether both are taken."""
    is_v04 = bool({"type", "backend"} & body.keys())
    if original.type in PROGRAM_TYPES:
        # Where a program is read, measurements count as gates, which nothing else knows of.
        limits = replace(limits, gates=150_000)
    fresh = dict(body)
    backend = change.get("backend", original.backend)
    if backend != original.backend and "noise" not in change:
        fresh.pop("noise", None)
    kept = {"backend" if is_v04 else "target": backend, "shots": original.shots}
    fresh |= kept | {key: value for key, value in change.items() if key != "backend"}
    wanted = facts(judged(fresh, limits, machines))
    try:
        changes = read_changes(json.dumps(change).encode())
        found = facts(admit_clone(changes, original, limits, machines))
    except Refusal:
        found = None
    assert found == wanted, (body, change, limits)
    return found is not None


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_clone_is_judged_as_a_submission(stored, with_trap, change):
    for body in [*GOOD.values(), *PROGRAMS.values()]:
        if (original := stored(body)) is not None:
            for settings in TIGHT:
                check_clone(body, change, limits_of(Settings(**settings)), with_trap, original)


def test_a_clone_of_any_body_is_judged_as_a_submission(stored, with_trap, sources):
    chance = random.Random(SEED)
    counts: Counter[str] = Counter()
    bodies = [each for source in sources.values() for each in source] + [*PROGRAMS.values()]
    for _ in range(BODIES):
        body = tamed(chance.choice(bodies), chance)
        if (original := stored(body)) is None:
            continue
        if original.sampling is None:  # An exact job keeps what its settings say alone.
            body.pop("error_mitigation", None)
        change, limits = chance.choice(CHANGES), limits_of(Settings(**chance.choice(TIGHT)))
        counts[str(check_clone(body, change, limits, with_trap, original))] += 1
    _log.info("clones: %s", dict(counts))
    assert min(counts.values()) >= 0.05 * BODIES
