"""Flipped bits anywhere in a database: each answer is the right one, or an honest error.

`FLIPPED_COPIES=20 FLIPPED_BITS=25` are those that a release is tried with.
"""

import json
import os
import random
import shutil
import sqlite3
from contextlib import closing

import pytest
from harness.jobs import file_of
from litestar.testing import TestClient
from unit.api.conftest import BELL, FOUNDING_JOB, KEY, Bench
from unit.api.test_functions import ANSATZ

from paultrap.api.app import create_app
from paultrap.machines import Machines
from paultrap.settings import Settings
from paultrap.store import Store, StoreError

COPIES = int(os.environ.get("FLIPPED_COPIES", "3"))
BITS = int(os.environ.get("FLIPPED_BITS", "25"))
# What clients take for an answer: 500, 502 and 503 are asked again for ever.
HONEST = {401, 404, 410}

QASM = 'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;'
ROTATIONS = [{"circuit": [{"gate": "ry", "target": k % 6, "rotation": k / 7}]} for k in range(40)]
WIDE = [{"gate": "ry", "target": k, "rotation": 0.3 + k} for k in range(15)]


def bodies():
    """Return jobs of many kinds, each with the path that it is sent to."""
    shared = {"backend": "simulator", "metadata": {"who": "somebody"}}
    single = {"type": "ionq.circuit.v1", **shared, "input": {"qubits": 2, "circuit": BELL}}
    many = {
        "type": "ionq.multi-circuit.v1",
        **shared,
        "input": {"qubits": 6, "circuits": ROTATIONS},
    }
    noisy = {"shots": 200, "noise": {"model": "aria-1", "seed": 7}, "name": "noisy"}
    data = {
        "hamiltonian": [{"pauli_string": "ZI", "coefficient": 0.5}],
        "ansatz": {"data": ANSATZ},
        "penalty": 0.0,
    }
    energy = {
        "type": "quantum-function",
        "backend": "simulator",
        "shots": 100,
        "input": {"data": {"type": "hamiltonian-energy", "data": data}, "params": [0.3, -0.2]},
    }
    yield "v0.3", FOUNDING_JOB
    yield "v0.3", {"target": "qpu.aria-1", "shots": 500, "input": {"qubits": 2, "circuit": BELL}}
    for job in (single, many, single | noisy, many | noisy, single | {"dry_run": True}):
        yield "v0.4", job
    yield "v0.4", {**shared, "type": "ionq.qasm3.v1", "input": {"data": QASM}}
    yield "v0.4", {**single, "name": "wide", "input": {"qubits": 15, "circuit": WIDE}}
    yield "v0.4", energy


def opened(store):
    return TestClient(
        create_app(Settings(), store, Bench(store), machines=Machines.shipped()),
        raise_server_exceptions=False,
    )


def paths_of(client, ids):
    """Return all that can be read of jobs in both versions."""
    yield from ("/v0.3/jobs?limit=100", "/v0.4/jobs?limit=100")
    for job_id in ids:
        one = f"/v0.4/jobs/{job_id}"
        yield from (f"/v0.3/jobs/{job_id}", f"/v0.3/jobs/{job_id}/results", one)
        yield from (
            f"{one}/results/probabilities",
            f"{one}/results/histogram",
            f"{one}/results/shots",
        )
        yield from (
            f"{one}/artifacts",
            f"{one}/artifacts/ionq.qasm3.v1",
            f"{one}/children?limit=100",
        )
        yield from (
            f"{one}/results/probabilities/aggregated",
            f"/paultrap/jobs/{job_id}",
            f"{one}/cost",
        )
        children = client.get(f"/v0.3/jobs/{job_id}").json().get("children") or []
        for child in [*children[:2], *children[-1:]]:
            yield f"/v0.3/jobs/{job_id}/results?after={child}"
            yield f"/v0.4/jobs/{child}/results/probabilities/aggregated"
            yield from (f"/v0.3/jobs/{child}", f"/v0.3/jobs/{child}/results", f"/v0.4/jobs/{child}")
            yield f"/v0.4/jobs/{child}/results/probabilities"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return a database and what is answered of all in it."""
    path = tmp_path_factory.mktemp("sound") / "paultrap.db"
    store = Store.open(path)
    with opened(store) as client:
        client.headers.update(KEY)
        ids = []
        for version, body in bodies():
            answer = client.post(f"/{version}/jobs", json=body)
            assert answer.is_success, answer.text
            ids.append(answer.json()["id"])
        session = client.post("/v0.4/sessions", json={"backend": "simulator", "limits": {}})
        assert session.is_success, session.text
        paths = [*paths_of(client, ids), f"/v0.4/sessions/{session.json()['id']}"]
        answers = {path: client.get(path) for path in paths}
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found = {where: (answer.status_code, content(answer)) for where, answer in answers.items()}
    assert sum(status == 200 for status, _ in found.values()) > 80
    return path, found


def content(answer):
    """Return a body as JSON, where it says that it is."""
    is_json = answer.headers["content-type"].startswith("application/json")
    return json.loads(answer.content) if is_json else answer.text


def is_right(found, expected):
    """Return whether an answer is the expected one; of a list, all of it that is there."""
    known, answered = without_requests(expected), without_requests(found)
    if isinstance(known, dict) and "jobs" in known and "jobs" in answered:
        return all(each in known["jobs"] for each in answered["jobs"])
    return answered == known


def without_requests(body):
    """Return a body without what is of its request alone."""
    if not isinstance(body, dict):
        return body
    return {key: value for key, value in body.items() if key not in {"requestId", "next"}}


@pytest.mark.parametrize("seed", range(COPIES))
def test_what_is_damaged_is_not_answered(sound, tmp_path, seed):
    path, expected = sound
    copy = tmp_path / "paultrap.db"
    shutil.copy(path, copy)
    data = bytearray(copy.read_bytes())
    rng = random.Random(seed)
    for _ in range(BITS):
        # Not all in the pages of programs and results, which are most.
        place = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(len(data) // 2)
        data[place] ^= 1 << rng.randrange(8)
    copy.write_bytes(data)
    try:
        store = Store.open(copy)
    except StoreError as error:
        assert "cannot be used as a database" in str(error)  # noqa: PT017  # an honest answer too
        return
    with opened(store) as client:
        client.headers.update(KEY)
        for where, (status, body) in expected.items():
            answer = client.get(where)
            found = content(answer)
            if answer.status_code == status and is_right(found, body):
                continue
            assert answer.status_code in HONEST, (where, answer.status_code, found, body)
            assert set(found) >= {"error", "message", "statusCode"}
    store.close()


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("jobs", "shots = 7"),
        ("jobs", "qubits = qubits + 1"),
        ("jobs", "circuits_done = 1"),
        ("jobs", "status = 'failed'"),
        ("jobs", "status = 'no status'"),
        ("jobs", "metadata = x'7b7d'"),
        ("jobs", "checksum = NULL"),
        ("circuits", "name = 'another'"),
        ("circuits", "id = substr(id, 1, 35) || 'x'"),
        ("chunks", "stop = stop + 1"),
        ("chunks", "execution_us = 7"),
        ("result_slices", "data = substr(data, 1, 60)"),
        ("result_slices", "first = first + 1"),
    ],
)
def test_damage_is_a_410_that_names_the_job(client, store, submit, table, change):
    job_id = submit(FOUNDING_JOB)
    other = submit(FOUNDING_JOB)
    own_child = client.get(f"/v0.3/jobs/{job_id}").json()["children"][0]
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        column = "id" if table == "jobs" else "job_id"
        connection.execute(f"UPDATE {table} SET {change} WHERE {column} = ?", [job_id])

    child = client.get(f"/v0.3/jobs/{other}").json()["children"][0]
    answers = [
        client.get(f"/v0.3/jobs/{job_id}"),
        client.get(f"/v0.3/jobs/{job_id}/results"),
        client.get(f"/v0.4/jobs/{job_id}/results/probabilities/aggregated"),
        client.get(f"/v0.3/jobs/{own_child}"),
    ]

    damaged = [answer for answer in answers if answer.status_code == 410]
    assert damaged
    for answer in damaged:
        assert {job_id, own_child} & set(answer.json()["message"].split('"'))
    assert all(answer.status_code in {200, 404, 410} for answer in answers)
    assert client.get(f"/v0.3/jobs/{other}/results").status_code == 200
    assert client.get(f"/v0.3/jobs/{child}/results").status_code == 200
    listed = [job["id"] for job in client.get("/v0.3/jobs").json()["jobs"]]
    # Without children that are not there, the list of v0.3 would show wrong ids.
    is_left_out = table == "jobs" or change.startswith("id")
    assert listed == ([other] if is_left_out else [other, job_id])
    assert job_id in [damage.owner_id for damage in store.check().damage]
    assert store.load().damaged > 0


def damage(store, statement, *values):
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        connection.execute(statement, values)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE circuit_failures SET job_id = ? WHERE position = 0",
        "UPDATE circuit_failures SET position = 9 WHERE position = 0 AND job_id != ?",
        "DELETE FROM circuit_failures WHERE position = 0 AND job_id != ?",
        "UPDATE circuit_failures SET message = 'why' WHERE position = 0 AND job_id != ?",
    ],
)
def test_a_failure_that_is_damaged_or_missing_is_a_410(client, store, bench, submit, change):
    other = submit(FOUNDING_JOB)
    bench.fails_with = ("InternalError", ": the trap was warm")
    job_id = submit(FOUNDING_JOB)
    bench.fails_with = None
    child = client.get(f"/v0.3/jobs/{job_id}").json()["children"][0]
    assert client.get(f"/v0.3/jobs/{child}").json()["status"] == "failed"

    damage(store, change, other)

    answers = [
        client.get(f"/v0.3/jobs/{child}"),
        client.get(f"/v0.3/jobs/{child}/results"),
        client.get(f"/v0.4/jobs?parent_job_id={job_id}"),
        client.get(f"/v0.4/jobs/{job_id}/progress"),
        client.post(f"/paultrap/jobs/{job_id}/retry"),
    ]
    assert [answer.status_code for answer in answers] == [410] * 5
    assert client.get(f"/v0.3/jobs/{job_id}").json()["status"] == "failed"
    assert client.get(f"/v0.3/jobs/{job_id}/results").status_code == 404
    assert job_id in [damage.owner_id for damage in store.check().damage]


@pytest.mark.parametrize("bad", [{0}, {1}, {4}, {0, 1, 2}, {1, 2, 3}, set(range(5)), {2, 5}])
@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_pages_go_on_behind_a_damaged_job(client, store, submit, version, bad):
    ids = [submit(FOUNDING_JOB) for _ in range(6)][::-1]
    for index in bad:
        damage(store, "UPDATE jobs SET qubits = qubits + 1 WHERE id = ?", ids[index])

    seen, query = [], {"limit": 2}
    while True:
        page = client.get(f"/{version}/jobs", params=query).json()
        seen += [job["id"] for job in page["jobs"]]
        if page.get("next") is None:
            break
        query["next"] = page["next"]

    assert seen == [each for index, each in enumerate(ids) if index not in bad]


def test_a_list_of_searches_leaves_out_the_one_whose_findings_are_damaged(
    client, store, submit, qaoa_job
):
    bad, good = submit(qaoa_job), submit(qaoa_job)
    damage(store, "UPDATE chunks SET findings = x'00' WHERE job_id = ?", bad)

    assert client.get(f"/v0.4/jobs/{bad}").status_code == 410
    listed = client.get("/v0.4/jobs").json()["jobs"]
    assert [job["id"] for job in listed] == [good]
    assert listed[0]["results"] is not None
    assert client.get(f"/v0.4/jobs/{good}").json()["results"] == listed[0]["results"]


@pytest.mark.parametrize("table", ["circuits", "chunks", "jobs"])
def test_children_that_are_named_are_listed_without_the_damaged_one(client, store, submit, table):
    bad, good = submit(FOUNDING_JOB), submit(FOUNDING_JOB)
    children = {each: client.get(f"/v0.3/jobs/{each}").json()["children"] for each in (bad, good)}
    change = {"circuits": "qubits = 9", "chunks": "stop = stop + 1", "jobs": "shots = 9"}[table]
    which = "id" if table == "jobs" else "position = 0 AND job_id"
    damage(store, f"UPDATE {table} SET {change} WHERE {which} = ?", bad)

    for version, name in (("v0.3", "id"), ("v0.4", "ids")):
        asked = {name: ",".join(children[bad] + children[good])}
        listed = client.get(f"/{version}/jobs", params=asked)
        assert listed.status_code == 200
        sound = children[bad][1:] if table == "circuits" else []
        assert [job["id"] for job in listed.json()["jobs"]] == sorted(
            sound + children[good], reverse=True
        )
    # A list of all children of a job has no holes.
    assert client.get("/v0.4/jobs", params={"parent_job_id": bad}).status_code == 410


def test_a_damaged_program_fails_its_job_alone(client, store, bench, submit, bell_v03):
    bench.works = False
    bad, good = submit(bell_v03), submit(bell_v03)
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        connection.execute("UPDATE chunk_programs SET data = zeroblob(50) WHERE job_id = ?", [bad])
    bench.works = True
    bench.wake()

    failed = client.get(f"/v0.3/jobs/{bad}").json()
    assert failed["status"] == "failed"
    assert "damaged" in failed["failure"]["error"]
    assert client.get(f"/v0.3/jobs/{good}").json()["status"] == "completed"
