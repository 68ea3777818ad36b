"""A job is computed by the rules that it began with, where a worker has them."""

import sqlite3
from contextlib import closing

import pytest
from harness.jobs import file_of, finish, new_job
from harness.schemas import go_back

from paultrap.engine import ENGINE_VERSION
from paultrap.store import JobEngine, WorkerEngine

OLD = WorkerEngine(["3"], "single")
NEW = WorkerEngine(["4"], "double")
BOTH = WorkerEngine(["4", "3"], "double")


def lease(store, engine: WorkerEngine | None = None):
    return store.queue.lease("worker", 60_000, engine=engine)


def test_the_first_lease_fixes_engine_and_precision(store):
    job = store.jobs.add(new_job(store, circuits=3, chunks=3))
    assert store.jobs.engine_of(job) == JobEngine(None, None, [])

    first = lease(store, OLD)

    assert (first.engine_version, first.precision) == ("3", "single")
    assert store.jobs.engine_of(job) == JobEngine("3", "single", [])
    assert finish(store, first)
    assert store.jobs.engine_of(job) == JobEngine("3", "single", ["3"])


def test_what_is_not_done_runs_by_the_same_rules_where_a_worker_has_them(store):
    job = store.jobs.add(new_job(store, circuits=3, chunks=3))
    assert finish(store, lease(store, OLD))

    second = lease(store, BOTH)

    assert (second.engine_version, second.precision) == ("3", "single")
    assert finish(store, second)
    third = lease(store, NEW)
    assert (third.engine_version, third.precision) == ("4", "single")
    assert finish(store, third)
    assert store.jobs.engine_of(job) == JobEngine("3", "single", ["3", "4"])


def test_a_chunk_that_is_run_again_counts_as_of_the_engine_that_ended_it(store, clock):
    job = store.jobs.add(new_job(store))
    lost = lease(store, OLD)
    clock.tick(60_001)
    again = lease(store, NEW)

    assert not finish(store, lost)
    assert finish(store, again)

    assert store.jobs.engine_of(job) == JobEngine("3", "single", ["4"])


def test_two_jobs_have_rules_of_their_own(store):
    one = store.jobs.add(new_job(store))
    assert finish(store, lease(store, OLD))
    other = store.jobs.add(new_job(store))
    assert finish(store, lease(store))

    assert store.jobs.engine_of(one) == JobEngine("3", "single", ["3"])
    assert store.jobs.engine_of(other) == JobEngine(ENGINE_VERSION, "double", [ENGINE_VERSION])


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("running", [False, True])
def test_of_what_an_earlier_release_has_done_the_engine_is_not_known(store, open_store, running):
    job = store.jobs.add(new_job(store, circuits=3, chunks=3))
    if running:
        assert finish(store, lease(store))
    store.close()
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        go_back(connection, "0011")
    again = open_store()
    while (found := lease(again, BOTH)) is not None:
        assert (found.engine_version, found.precision) == ("4", "double")
        assert finish(again, found)

    expected = [None, "4"] if running else ["4"]
    assert again.jobs.engine_of(job) == JobEngine(None if running else "4", "double", expected)
