"""Canceling and deleting: parents and children, all of them or none."""

import pytest
from harness.jobs import (
    answers,
    children,
    expected,
    finish,
    finish_all,
    new_job,
    reread,
    rows_of,
)

from paultrap.jobs import Status
from paultrap.store import ChildGoneError, JobFilter, JobNotFoundError


def lease(store):
    return store.queue.lease("worker", 30_000)


def statuses(store, job):
    return [child.status for child in children(store, job)]


def test_a_waiting_job_is_canceled_and_never_run(store, clock):
    job = store.jobs.add(new_job(store))
    clock.tick(4)

    assert store.jobs.cancel(job.project_id, [job.id]) == [job.id]

    canceled = reread(store, job)
    assert (canceled.status, canceled.completed_at) == (Status.CANCELED, clock.now)
    assert statuses(store, job) == [Status.CANCELED] * 2
    assert lease(store) is None


def test_a_running_job_is_canceled_and_its_worker_told(store):
    job = store.jobs.add(new_job(store, 3, chunks=3))
    finish(store, lease(store))
    running = lease(store)

    store.jobs.cancel(job.project_id, [job.id])

    assert not store.queue.extend(running, 30_000)
    assert not finish(store, running)
    assert not store.queue.fail(running, "InternalError", "x")
    assert reread(store, job).status is Status.CANCELED
    assert statuses(store, job) == [Status.COMPLETED, Status.CANCELED, Status.CANCELED]
    assert answers(store, job) == expected(1)


def test_what_has_ended_stays_as_it_is(store):
    done = store.jobs.add(new_job(store))
    finish_all(store)
    failed = store.jobs.add(new_job(store))
    store.queue.fail(lease(store), "SimulationError", "no")
    before = [reread(store, job) for job in (done, failed)]

    assert (
        store.jobs.cancel(done.project_id, [done.id, failed.id, *store.jobs.child_ids(done.id)])
        == []
    )

    assert [reread(store, job) for job in (done, failed)] == before
    assert statuses(store, done) == [Status.COMPLETED] * 2


def test_canceling_twice_changes_nothing(store, clock):
    job = store.jobs.add(new_job(store))
    store.jobs.cancel(job.project_id, [job.id])
    before = reread(store, job)
    clock.tick(9)

    assert store.jobs.cancel(job.project_id, [job.id]) == []
    assert reread(store, job) == before


def test_a_child_alone_is_canceled_and_keeps_its_place(store, clock):
    job = store.jobs.add(new_job(store, 3))
    first, second, third = store.jobs.child_ids(job.id)
    clock.tick(4)

    assert store.jobs.cancel(job.project_id, [second]) == [second]
    finish_all(store)

    canceled = store.jobs.get(job.project_id, second)
    assert (canceled.status, canceled.completed_at) == (Status.CANCELED, clock.now)
    assert store.jobs.child_ids(job.id) == [first, second, third]
    assert reread(store, job).status is Status.COMPLETED
    with pytest.raises(ChildGoneError, match=rf'"{second}" \(circuit 1\) was canceled'):
        answers(store, job)
    with pytest.raises(ChildGoneError):
        store.jobs.check_children(job.id)
    assert answers(store, store.jobs.get(job.project_id, third)) == [{2: 1.0}]


def test_a_child_alone_is_deleted_and_keeps_its_place(store):
    job = store.jobs.add(new_job(store, 4, chunks=2))
    first, second, third, fourth = store.jobs.child_ids(job.id)
    finish_all(store)

    store.jobs.delete(job.project_id, [third])

    assert store.jobs.get(job.project_id, third) is None
    assert store.jobs.child_ids(job.id) == [first, second, third, fourth]
    with pytest.raises(ChildGoneError, match=rf'"{third}" \(circuit 2\) was deleted'):
        answers(store, job)
    with pytest.raises(ChildGoneError):
        store.jobs.check_children(job.id)
    assert answers(store, store.jobs.get(job.project_id, fourth)) == [{3: 1.0}]
    listed = store.jobs.page(job.project_id, JobFilter(parent_id=job.id), 10).jobs
    assert [child.id for child in listed] == [first, second, fourth]
    with pytest.raises(JobNotFoundError):
        store.jobs.delete(job.project_id, [third])


def test_a_deleted_job_leaves_nothing_behind(open_store):
    store = open_store(as_server=True)
    job = store.jobs.add(new_job(store, 4, chunks=2))
    kept = store.jobs.add(new_job(store))
    child_ids = store.jobs.child_ids(job.id)
    finish_all(store)

    store.jobs.delete(job.project_id, [job.id])
    store.maintenance.run()

    assert [store.jobs.get(job.project_id, one) for one in [job.id, *child_ids]] == [None] * 5
    assert rows_of(store) == {
        "jobs": 1,
        "circuits": 2,
        "chunks": 1,
        "chunk_programs": 1,
        "result_slices": 1,
    }
    assert answers(store, kept) == expected(2)


def test_a_parent_can_be_deleted_together_with_its_child(store):
    job = store.jobs.add(new_job(store))
    store.jobs.delete(job.project_id, [store.jobs.child_ids(job.id)[0], job.id, job.id])

    assert store.jobs.get(job.project_id, job.id) is None


@pytest.mark.parametrize("change", ["cancel", "delete"])
def test_one_unknown_id_leaves_all_as_they_were(store, change):
    jobs = [store.jobs.add(new_job(store)) for _ in range(2)]
    project = jobs[0].project_id
    ids = [jobs[0].id, "unknown", jobs[1].id, "stranger"]

    with pytest.raises(JobNotFoundError, match='"unknown", "stranger" not found') as caught:
        getattr(store.jobs, change)(project, ids)

    assert caught.value.ids == ["unknown", "stranger"]
    assert [reread(store, job) for job in jobs] == jobs


@pytest.mark.parametrize("change", ["cancel", "delete"])
def test_other_projects_jobs_are_unknown(store, change):
    job = store.jobs.add(new_job(store))
    _, stranger = store.keys.create("theirs", project="another")

    for wanted in (job.id, store.jobs.child_ids(job.id)[0]):
        with pytest.raises(JobNotFoundError):
            getattr(store.jobs, change)(stranger.project_id, [wanted])


@pytest.mark.parametrize("change", ["cancel", "delete"])
def test_none_and_very_many_ids_are_taken(store, change):
    job = store.jobs.add(new_job(store, 2000))

    getattr(store.jobs, change)(job.project_id, [])
    getattr(store.jobs, change)(job.project_id, [*store.jobs.child_ids(job.id), job.id])
    with pytest.raises(JobNotFoundError, match="and 39995 more"):
        getattr(store.jobs, change)(job.project_id, [f"x{i}" for i in range(40_000)])


def test_a_job_deleted_while_it_is_read_says_so(open_store):
    store = open_store(as_server=True)
    job = store.jobs.add(new_job(store, 4, chunks=4))
    finish_all(store)
    results = store.jobs.results(job)
    next(results)
    store.jobs.delete(job.project_id, [job.id])
    store.maintenance.run()

    with pytest.raises(JobNotFoundError):
        list(results)
