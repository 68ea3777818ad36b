"""Searches in the store: an iteration waits for those before it, and follows from what they showed."""

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from harness.functions import circuits_of
from harness.jobs import children, file_of, new_job, reread, run
from harness.schemas import go_back

from paultrap.admission import PlannedChunk
from paultrap.functions.qaoa import CIRCUITS, ITERATIONS, Qaoa, unpacked
from paultrap.jobs import Sampling, Status
from paultrap.machines import Machines
from paultrap.worker.stages import with_circuits

GRAPH = nx.petersen_graph()
SAMPLING = Sampling(200, 5, Machines.shipped().models["aria-1"])
DONE, READY, STARTED = Status.COMPLETED, Status.READY, Status.STARTED


def search_job(store, *, parts: int = 1, sampling: Sampling | None = None, **fields):
    """Return a search whose iterations are ``parts`` chunks each."""
    source = json.dumps({"problem_type": "maxcut", "problem": nx.adjacency_data(GRAPH)}).encode()
    bounds = np.linspace(0, CIRCUITS, parts + 1).astype(int).tolist()
    chunks = [
        PlannedChunk(stage * CIRCUITS + first, stage * CIRCUITS + stop, 1e3, stage=stage)
        for stage in range(ITERATIONS)
        for first, stop in pairwise(bounds)
    ]
    shared = {"type": Qaoa.type, "child_type": Qaoa.child_type, "source": source}
    plain = new_job(store, shots=200, sampling=sampling, **shared, **fields)
    batch = circuits_of(Qaoa(source))
    return replace(plain, batch=batch, chunks=chunks)


def lease(store, owner: str = "worker"):
    return store.queue.lease(owner, 60_000)


def run_all(store) -> None:
    while (found := lease(store)) is not None:
        assert run(store, found)


def shown(store, job) -> list[list[float]]:
    return [unpacked(findings).means for findings in store.jobs.findings(job.id)]


def test_an_iteration_waits_for_the_one_before_it(store):
    job = store.jobs.add(search_job(store))
    for done in range(ITERATIONS):
        found = lease(store)
        assert (found.first, found.stop) == (done * CIRCUITS, (done + 1) * CIRCUITS)
        assert lease(store) is None
        statuses = [child.status for child in children(store, job)[::CIRCUITS]]
        assert statuses == [DONE] * done + [STARTED] + [READY] * (ITERATIONS - done - 1)
        assert run(store, found)
        assert len(store.jobs.findings(job.id)) == done + 1
    assert lease(store) is None
    assert reread(store, job).status is DONE


def test_it_waits_for_all_chunks_of_the_one_before_it(store):
    job = store.jobs.add(search_job(store, parts=3))
    first, second, third = (lease(store) for _ in range(3))
    assert run(store, second)
    assert run(store, third)
    assert lease(store) is None
    assert run(store, first)
    following = [lease(store) for _ in range(3)]
    assert [found.first for found in following] == [13, 17, 21]
    assert lease(store) is None
    for found in following:
        assert run(store, found)
    run_all(store)
    assert reread(store, job).status is DONE


@pytest.mark.parametrize("sampling", [None, SAMPLING])
def test_its_circuits_follow_from_the_answers_in_whatever_chunks(store, sampling):
    found = []
    for parts in (1, 3, 13):
        job = store.jobs.add(search_job(store, parts=parts, sampling=sampling))
        run_all(store)
        circuits = [store.jobs.circuit(child).params for child in children(store, job)]
        means = [mean for part in shown(store, job) for mean in part]
        found.append((np.concatenate(circuits), means))

    for angles, means in found[1:]:
        assert angles == pytest.approx(found[0][0], abs=1e-6)
        assert means == pytest.approx(found[0][1])
        if sampling is not None:
            assert means == found[0][1]
    firsts = found[0][0].reshape(ITERATIONS, -1)
    assert len({tuple(row) for row in firsts.round(6)}) == ITERATIONS


def test_what_was_stored_of_a_circuit_is_what_ran(store):
    job = store.jobs.add(search_job(store))
    assert run(store, lease(store))
    second = lease(store)
    child = children(store, job)[CIRCUITS + 2]
    assert store.jobs.circuit(child) is None, "it depends on what is not there yet"
    assert run(store, second)

    kept = store.jobs.circuit(child)

    assert kept.params.tolist() == with_circuits(second).program.slice(2, 3).params.tolist()
    assert kept.params.tolist() != store.jobs.circuit(children(store, job)[2]).params.tolist()


def test_a_chunk_that_is_leased_anew_runs_the_same(store, clock):
    store.jobs.add(search_job(store, sampling=SAMPLING))
    assert run(store, lease(store))
    lost = lease(store, "lost")
    clock.tick(60_001)
    again = lease(store, "again")

    assert again.first == lost.first
    params = [with_circuits(each).program.params.tolist() for each in (again, lost)]
    assert params[0] == params[1] != again.program.params.tolist()
    assert not run(store, lost), "its answer came too late"
    assert run(store, again)


def test_an_answer_counts_once(store):
    job = store.jobs.add(search_job(store))
    first = lease(store)
    assert run(store, first)
    assert run(store, first)
    assert len(store.jobs.findings(job.id)) == 1
    assert reread(store, job).progress.done == CIRCUITS
    run_all(store)
    assert reread(store, job).progress.done == CIRCUITS * ITERATIONS


def test_a_server_that_dies_between_iterations_goes_on(store, open_store):
    job = store.jobs.add(search_job(store, sampling=SAMPLING))
    other = store.jobs.add(search_job(store, sampling=SAMPLING))
    run_all(store)
    assert shown(store, job) == shown(store, other)
    third = store.jobs.add(search_job(store, sampling=SAMPLING))
    assert run(store, lease(store))
    assert run(store, lease(store))
    lease(store, "a worker that dies with it")
    store.close()
    again = open_store(as_server=True)

    run_all(again)

    assert reread(again, third).status is DONE
    assert shown(again, third) == shown(again, job)


@pytest.mark.parametrize("running", [False, True])
def test_a_canceled_search_goes_no_further(store, running):
    job = store.jobs.add(search_job(store, parts=2))
    assert run(store, lease(store))
    assert run(store, lease(store))
    found = lease(store) if running else None

    assert store.jobs.cancel(job.project_id, [job.id]) == [job.id]

    assert lease(store) is None
    if found is not None:
        assert not store.queue.extend(found, 60_000)
        assert not run(store, found)
    assert lease(store) is None
    assert reread(store, job).status is Status.CANCELED
    statuses = [child.status for child in children(store, job)]
    assert statuses == [DONE] * CIRCUITS + [Status.CANCELED] * (CIRCUITS * (ITERATIONS - 1))


def test_a_deleted_search_goes_no_further(store):
    job = store.jobs.add(search_job(store))
    found = lease(store)
    store.jobs.delete(job.project_id, [job.id])

    assert not run(store, found)
    assert lease(store) is None


@pytest.mark.parametrize("parts", [1, 2])
def test_a_chunk_that_fails_fails_what_waits_for_it(store, parts):
    job = store.jobs.add(search_job(store, parts=parts))
    for _ in range(parts):
        assert run(store, lease(store))
    assert store.queue.fail(lease(store), "SimulationError", ": no luck")
    if parts == 2:
        assert reread(store, job).status is STARTED
        assert run(store, lease(store))

    failed = reread(store, job)
    assert failed.status is Status.FAILED
    assert re.fullmatch(r"circuits? \d+( to \d+)?: no luck", failed.failure_message)
    last = children(store, job)[-1]
    assert (last.status, last.failure_message) == (Status.FAILED, failed.failure_message)
    assert lease(store) is None


def test_a_small_job_goes_before_the_next_iteration(store, clock):
    store.jobs.add(search_job(store))
    first = lease(store)
    clock.tick(10)
    small = store.jobs.add(new_job(store))
    clock.tick(10)
    assert run(store, first)

    assert lease(store).job_id == small.id


def test_a_dry_run_waits_for_nothing(store):
    job = store.jobs.add(search_job(store, dry_run=True))

    assert reread(store, job).status is DONE
    assert lease(store) is None


@pytest.mark.engine("sqlite")
def test_an_unfinished_search_of_the_schema_before_runs_to_its_end(store, open_store):
    planned = replace(
        search_job(store), chunks=[PlannedChunk(0, 40, 1e3), PlannedChunk(40, 78, 1e3)]
    )
    job = store.jobs.add(planned)
    assert run(store, lease(store))
    store.close()
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        go_back(connection, "0005")
    again = open_store()

    run_all(again)

    assert reread(again, job).status is DONE
