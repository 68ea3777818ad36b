"""The failed circuits of a job run again, in their places."""

import pytest
from harness.jobs import (
    answers,
    children,
    expected,
    finish,
    finish_all,
    new_job,
    reread,
    right_answer,
)

from paultrap.admission import PlannedChunk
from paultrap.circuits import Distributions
from paultrap.jobs import CircuitFailure, Status
from paultrap.store import JobNotFoundError, NothingToRetryError, Retry

LEASE_MS = 30_000
NO = CircuitFailure("SimulationError", ": no")


def answer_but(store, bad):
    """Answer all that is queued, but for some circuits, which fail."""
    while (lease := store.queue.lease("worker", LEASE_MS)) is not None:
        good = [index for index in range(lease.first, lease.stop) if index not in bad]
        found = Distributions.concatenate([right_answer(index, index + 1) for index in good])
        failures = {index: NO for index in bad if lease.first <= index < lease.stop}
        assert store.queue.finish(lease, found, 1_000, failures=failures)


def retry(store, job, size=100):
    """Retry a job in chunks of so many circuits at most."""
    failed = store.jobs.failed_circuits(job.project_id, job.id)
    chunks = [
        PlannedChunk(first, min(first + size, each.first + each.program.n_circuits), 1e3)
        for each in failed
        for first in range(each.first, each.first + each.program.n_circuits, size)
    ]
    store.jobs.retry(job.project_id, job.id, Retry(failed, chunks))
    return chunks


@pytest.mark.parametrize("bad", [{3}, {0, 1, 2, 3, 4}, {3, 4, 5, 6}, set(range(12)), {0, 11}])
def test_the_job_is_as_if_nothing_had_failed(store, bad):
    new = new_job(store, 12, chunks=3)
    job = store.jobs.add(new)
    ids = store.jobs.child_ids(job.id)
    answer_but(store, bad)
    failed = reread(store, job)
    assert failed.progress == (12 - len(bad), 12, len(bad))

    chunks = retry(store, job, size=2)

    assert {index for chunk in chunks for index in range(chunk.first, chunk.stop)} == bad
    running = reread(store, job)
    assert (running.status, running.completed_at) == (Status.STARTED, None)
    assert (running.failure_code, running.progress) == (None, (12 - len(bad), 12, 0))
    statuses = [child.status for child in children(store, job)]
    assert [k for k, status in enumerate(statuses) if status is Status.READY] == sorted(bad)
    leases = []
    while (lease := store.queue.lease("worker", LEASE_MS)) is not None:
        leases.append((lease.first, lease.stop))
        same = new.batch.program.slice(lease.first, lease.stop)
        assert lease.program.to_bytes() == same.to_bytes()
        assert finish(store, lease)
    assert leases == [(chunk.first, chunk.stop) for chunk in chunks]

    done = reread(store, job)
    assert (done.status, done.progress) == (Status.COMPLETED, (12, 12, 0))
    assert store.jobs.child_ids(job.id) == ids
    assert answers(store, done) == expected(12)
    assert [answers(store, child) for child in children(store, job)] == [[k] for k in expected(12)]
    assert store.jobs.admitted(done).batch.program.to_bytes() == new.batch.program.to_bytes()
    assert store.jobs.circuit(children(store, job)[3]).n_circuits == 1


def test_what_fails_again_can_be_retried_again(store):
    job = store.jobs.add(new_job(store, 8, chunks=2))
    answer_but(store, {1, 2, 6})
    retry(store, job)
    answer_but(store, {2})
    again = reread(store, job)
    assert (again.status, again.progress) == (Status.FAILED, (7, 8, 1))
    assert again.failure_message.startswith("1 of 8 circuits failed; circuit 2")

    retry(store, job)
    finish_all(store)

    assert answers(store, reread(store, job)) == expected(8)


def test_a_retried_circuit_that_kills_its_worker_is_found_alone(store):
    job = store.jobs.add(new_job(store, 8, chunks=1))
    answer_but(store, {2, 3, 4, 5})
    retry(store, job)
    while (lease := store.queue.lease("worker", LEASE_MS)) is not None:
        if lease.first <= 4 < lease.stop:
            store.queue.release("worker")
        else:
            finish(store, lease)

    assert reread(store, job).progress == (7, 8, 1)
    assert [child.progress.failed for child in children(store, job)] == [0, 0, 0, 0, 1, 0, 0, 0]


def test_a_job_of_one_circuit_runs_again(store):
    job = store.jobs.add(new_job(store, 1, single=True))
    answer_but(store, {0})
    assert reread(store, job).failure_message == "circuit 0: no"

    retry(store, job)
    finish_all(store)

    assert reread(store, job).status is Status.COMPLETED
    assert answers(store, job) == expected(1)


@pytest.mark.parametrize("state", ["ready", "completed", "canceled", "deleted", "stranger"])
def test_what_cannot_run_again_is_refused(store, state):
    job = store.jobs.add(new_job(store, 2))
    project = job.project_id
    if state == "completed":
        finish_all(store)
    elif state == "canceled":
        store.jobs.cancel(project, [job.id])
    elif state == "deleted":
        store.jobs.delete(project, [job.id])
    elif state == "stranger":
        project = "another"

    error = JobNotFoundError if state in {"deleted", "stranger"} else NothingToRetryError
    with pytest.raises(error, match=state if error is NothingToRetryError else "not found"):
        store.jobs.failed_circuits(project, job.id)
    with pytest.raises(error):
        store.jobs.retry(project, job.id, Retry([], []))


def test_of_two_who_retry_one_does(store):
    job = store.jobs.add(new_job(store, 4, chunks=1))
    answer_but(store, {1})
    failed = store.jobs.failed_circuits(job.project_id, job.id)
    again = Retry(failed, [PlannedChunk(1, 2, 1e3)])
    store.jobs.retry(job.project_id, job.id, again)

    with pytest.raises(NothingToRetryError, match="has not ended yet"):
        store.jobs.retry(job.project_id, job.id, again)
    assert finish_all(store) == 1
