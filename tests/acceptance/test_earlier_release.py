"""A database that 89ef299 left with unfinished jobs: they complete, with the answers that it gives.

`release_89ef299/paultrap.db.xz` was made by `make.py` beside it with the code of that
release, through its HTTP application in
one process and without workers: a job of each kind was submitted, and of some the first chunks were
run, with chunks of four circuits so that small jobs have several. One chunk stayed leased. Then a copy
was run to its end by the same code. `answers.json.xz` says of each job its id, whether it is seeded, its
results where it is a function, and the distribution of each circuit, or of each variant of one.
"""

import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.jobs import answers, run

from paultrap.engine import ENGINE_VERSION
from paultrap.jobs import Status
from paultrap.service import FunctionResults
from paultrap.store import JobEngine, JobRecord, Store

pytestmark = pytest.mark.engine("sqlite")

FOLDER = Path(__file__).parent / "release_89ef299"
CHILDREN = {"search": "qctrl.qaoa-circuit.v1", "noisy circuits": "ionq.circuit.v1"}
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    lzma.decompress((FOLDER / "answers.json.xz").read_bytes())
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("earlier") / "paultrap.db"
    path.write_bytes(lzma.decompress((FOLDER / "paultrap.db.xz").read_bytes()))
    store = Store.open(path, as_server=True)
    while (lease := store.queue.lease("worker", 600_000)) is not None:
        assert run(store, lease)
    yield store
    store.close()


def job_of(store: Store, job_id: str) -> JobRecord:
    key = store.keys.find_open("any")
    assert key is not None
    found = store.jobs.get(key.project_id, job_id)
    assert found is not None
    return found


def test_no_job_is_missing(store):
    kinds = {job_of(store, each["id"]).type for each in EXPECTED.values()}
    assert kinds == {
        "ionq.circuit.v1",
        "ionq.multi-circuit.v1",
        "ionq.qasm3.v1",
        "ionq.qir.v1",
        "quantum-function",
        "qctrl.qaoa.v1",
    }
    assert len(EXPECTED) == 18


@pytest.mark.parametrize(("name", "kind"), CHILDREN.items())
def test_children_are_what_they_were(store, name, kind):
    job = job_of(store, EXPECTED[name]["id"])
    assert {job_of(store, child).type for child in store.jobs.child_ids(job.id)} == {kind}


def test_of_what_that_release_has_done_the_engine_is_not_known(store):
    begun = store.jobs.engine_of(job_of(store, EXPECTED["noisy search"]["id"]))
    assert begun == JobEngine(None, "double", [None, ENGINE_VERSION])
    waiting = store.jobs.engine_of(job_of(store, EXPECTED["circuit"]["id"]))
    assert waiting == JobEngine(ENGINE_VERSION, "double", [ENGINE_VERSION])


@pytest.mark.parametrize("name", EXPECTED)
def test_a_job_completes_with_the_answers_of_the_release_that_began_it(store, name):
    expected = EXPECTED[name]
    job = job_of(store, expected["id"])

    assert job.status is Status.COMPLETED
    found = answers(store, job)
    wanted = [{int(state): p for state, p in each.items()} for each in expected["answers"]]
    assert len(found) == len(wanted)
    if expected["seeded"]:
        assert found == wanted
    else:
        for one, other in zip(found, wanted, strict=True):
            states = sorted(one.keys() | other.keys())
            difference = [one.get(state, 0.0) - other.get(state, 0.0) for state in states]
            assert np.abs(difference).max() < 1e-13
    if expected["results"] is not None:
        results = FunctionResults(store.jobs).of(job)
        is_rounded = not expected["seeded"] and "value" in results
        exact = expected["results"]
        assert results == (pytest.approx(exact, rel=1e-12) if is_rounded else exact)
