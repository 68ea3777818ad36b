"""The worker's side: leases, heartbeats, deaths, and what they make of a job."""

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

from paultrap.jobs import EXPIRIES_PER_DEATH, MAX_DEATHS, Status
from paultrap.store import Progress

LEASE_MS = 30_000


def lease(store, owner="worker"):
    return store.queue.lease(owner, LEASE_MS)


def test_a_lease_holds_its_slice_of_the_program(store):
    job = store.jobs.add(new_job(store, 5, chunks=2))

    first, second = lease(store), lease(store)

    assert [(one.job_id, one.chunk, one.first, one.stop) for one in (first, second)] == [
        (job.id, 0, 0, 2),
        (job.id, 1, 2, 5),
    ]
    assert (first.program.n_circuits, second.program.n_circuits) == (2, 3)
    assert second.program.n_gates == 3 + 4 + 3  # circuits 2, 3 and 4
    assert lease(store) is None


def test_a_job_lives_from_ready_to_completed(store, clock):
    job = store.jobs.add(new_job(store, 4, chunks=2))
    clock.tick(5)
    first = lease(store)
    started = reread(store, job)
    clock.tick(10)
    assert store.queue.finish(first, right_answer(0, 2), 1_001)
    halfway = reread(store, job)
    clock.tick(10)
    assert store.queue.finish(lease(store), right_answer(2, 4), 500)
    done = reread(store, job)

    assert (started.status, started.started_at) == (Status.STARTED, job.requested_at + 5)
    assert (halfway.status, halfway.progress) == (Status.STARTED, Progress(2, 4))
    assert (done.status, done.progress) == (Status.COMPLETED, Progress(4, 4))
    assert (done.started_at, done.completed_at) == (job.requested_at + 5, job.requested_at + 25)
    assert done.execution_ms == 2
    assert answers(store, done) == expected(4)


def test_children_follow_their_chunk(store, clock):
    job = store.jobs.add(new_job(store, 2, chunks=2))
    leased = lease(store)
    statuses = [[child.status for child in children(store, job)]]
    clock.tick(3)
    finish(store, leased, 1_500)
    statuses.append([child.status for child in children(store, job)])
    done, waiting = children(store, job)

    assert statuses == [[Status.STARTED, Status.READY], [Status.COMPLETED, Status.READY]]
    assert (done.started_at, done.completed_at) == (clock.now - 3, clock.now)
    assert (done.execution_ms, done.progress) == (2, Progress(1, 1))
    assert (waiting.started_at, waiting.completed_at) == (None, None)


def test_finishing_twice_keeps_the_first_answer(store):
    job = store.jobs.add(new_job(store, 2))
    leased = lease(store)

    assert finish(store, leased, 1_000)
    assert store.queue.finish(leased, right_answer(7, 9), 9_000)

    assert answers(store, job) == expected(2)
    assert reread(store, job).execution_ms == 1


def test_failing_what_is_finished_changes_nothing(store):
    job = store.jobs.add(new_job(store))
    leased = lease(store)
    finish(store, leased)

    assert not store.queue.fail(leased, "InternalError", "too late")
    assert reread(store, job).status is Status.COMPLETED


def test_a_failed_chunk_fails_the_job_when_the_others_have_ended(store):
    job = store.jobs.add(new_job(store, 3, chunks=3))
    bad = lease(store)
    assert store.queue.fail(bad, "SimulationError", ": no")
    assert store.queue.fail(bad, "SimulationError", "again")
    assert not finish(store, bad)
    between = reread(store, job)
    finish_all(store)
    failed = reread(store, job)

    assert between.status is Status.STARTED
    assert (failed.status, failed.progress) == (Status.FAILED, Progress(2, 3, 1))
    assert (failed.failure_code, failed.failure_message) == (
        "SimulationError",
        '1 of 3 circuits failed; circuit 0 ("circuit 0"): no',
    )
    assert [child.status for child in children(store, job)] == [
        Status.FAILED,
        Status.COMPLETED,
        Status.COMPLETED,
    ]
    assert [child.failure_code for child in children(store, job)] == ["SimulationError", None, None]
    assert [answers(store, child) for child in children(store, job)] == [[], [{1: 1.0}], [{2: 1.0}]]
    assert answers(store, failed) == expected(3)[1:]


def test_an_expired_lease_goes_to_another_worker(store, clock):
    job = store.jobs.add(new_job(store))
    lost = lease(store, "one")
    clock.tick(LEASE_MS - 1)
    assert lease(store, "two") is None
    clock.tick(1)
    taken = lease(store, "two")

    assert (taken.chunk, taken.attempt, lost.attempt) == (lost.chunk, 2, 1)
    assert not store.queue.extend(lost, LEASE_MS)
    assert not finish(store, lost)
    assert not store.queue.fail(lost, "InternalError", "mine")
    assert finish(store, taken)
    assert reread(store, job).status is Status.COMPLETED


def test_the_same_workers_older_lease_does_not_count(store, clock):
    store.jobs.add(new_job(store))
    old = lease(store)
    clock.tick(LEASE_MS)
    new = lease(store)

    assert not finish(store, old)
    assert finish(store, new)


def test_a_heartbeat_keeps_the_lease(store, clock):
    store.jobs.add(new_job(store))
    leased = lease(store)
    for _ in range(5):
        clock.tick(LEASE_MS - 1)
        assert store.queue.extend(leased, LEASE_MS)

    assert lease(store, "two") is None
    assert finish(store, leased)


def test_a_late_heartbeat_counts_while_nobody_has_the_chunk(store, clock):
    store.jobs.add(new_job(store))
    leased = lease(store)
    clock.tick(10 * LEASE_MS)

    assert store.queue.extend(leased, LEASE_MS)


def test_a_dead_workers_chunk_is_free_at_once(store):
    job = store.jobs.add(new_job(store, 4, chunks=2))
    lost, kept = lease(store, "dead"), lease(store, "alive")
    store.queue.release("dead")
    waiting = children(store, job)[0]
    again = lease(store, "new")

    assert (again.chunk, again.attempt) == (lost.chunk, 2)
    assert waiting.status is Status.STARTED  # A status never goes back.
    assert not finish(store, lost)
    assert finish(store, kept)
    assert finish(store, again)
    assert answers(store, job) == expected(4)


@pytest.mark.parametrize("died", ["killed", "silent"])
def test_the_third_death_with_a_circuit_fails_it_and_the_rest_goes_on(store, clock, died):
    ends = MAX_DEATHS if died == "killed" else MAX_DEATHS * EXPIRIES_PER_DEATH
    job = store.jobs.add(new_job(store, 3, chunks=3))
    finish(store, lease(store))
    for number in range(ends):
        poison = lease(store, f"worker {number}")
        assert (poison.first, poison.stop) == (1, 2)
        if died == "killed":
            store.queue.release(f"worker {number}")
        else:
            clock.tick(LEASE_MS)
    finish_all(store)
    failed = reread(store, job)

    assert (failed.status, failed.failure_code) == (Status.FAILED, "InternalError")
    assert failed.failure_message.startswith(
        '1 of 3 circuits failed; circuit 1 ("circuit 1") stopped the worker 3 times'
    )
    statuses = [child.status for child in children(store, job)]
    assert statuses == [Status.COMPLETED, Status.FAILED, Status.COMPLETED]
    assert len(answers(store, failed)) == 2


def test_a_worker_that_was_stopped_is_not_blamed_on_its_chunk(store):
    job = store.jobs.add(new_job(store))
    for number in range(10):
        lease(store, f"worker {number}")
        store.queue.release(f"worker {number}", blame=False)
    finish_all(store)

    assert reread(store, job).status is Status.COMPLETED


def test_a_worker_without_leases_can_be_released(store):
    store.jobs.add(new_job(store))
    store.queue.release("nobody")

    assert lease(store) is not None


def test_jobs_that_come_together_take_turns(store):
    one = store.jobs.add(new_job(store, 3, chunks=3))
    two = store.jobs.add(new_job(store, 3, chunks=3))

    order = [(lease(store).job_id) for _ in range(6)]

    assert order == [one.id, two.id] * 3


def test_a_small_job_overtakes_the_rest_of_a_large_one(store, clock):
    large = store.jobs.add(new_job(store, 10, chunks=10))
    lease(store)
    clock.tick(500)
    small = store.jobs.add(new_job(store, 1))

    assert [lease(store).job_id for _ in range(2)] == [small.id, large.id]


def test_small_jobs_do_not_hold_up_a_large_one_for_ever(store, clock):
    large = store.jobs.add(new_job(store, 4, chunks=4))
    order = []
    for _ in range(8):
        store.jobs.add(new_job(store, 1))
        order.append(lease(store).job_id)
        clock.tick(1_500)

    assert order.count(large.id) >= 3


def test_oldest_first_among_small_jobs(store, clock):
    jobs = []
    for _ in range(4):
        jobs.append(store.jobs.add(new_job(store)).id)
        clock.tick(1)

    assert [lease(store).job_id for _ in range(4)] == jobs


def test_a_job_deleted_under_its_worker_leaves_nothing(store):
    job = store.jobs.add(new_job(store))
    leased = lease(store)
    store.jobs.delete(job.project_id, [job.id])

    assert not store.queue.extend(leased, LEASE_MS)
    assert not finish(store, leased)
    assert not store.queue.fail(leased, "InternalError", "x")
