"""What ends by its time alone: leases and sessions, also where no worker asks for work."""

from harness.jobs import new_job

from paultrap.jobs import Status
from paultrap.store import NewSession
from paultrap.store.tables import chunks


def test_a_lease_that_ran_out_is_free_though_nobody_asks_for_work(store, clock):
    job = store.jobs.add(new_job(store))
    assert store.queue.lease("worker", 1_000) is not None
    clock.tick(1_001)

    store.queue.end_overdue()

    with store._database.read() as connection:
        assert connection.execute(chunks.select()).one().owner is None
    assert store.queue.lease("other", 1_000).job_id == job.id


def test_a_session_whose_time_is_over_ends_though_nobody_asks_for_it(store, clock):
    made = new_job(store)
    session = store.sessions.create(
        NewSession(
            project_id=made.project_id,
            creator_id="0" * 24,
            backend="simulator",
            minutes_limit=1,
        )
    )
    waiting = store.jobs.add(new_job(store, session_id=session.id))
    clock.tick(60_001)

    store.queue.end_overdue()

    assert store.jobs.get(waiting.project_id, waiting.id).status is Status.CANCELED


def test_what_has_time_left_stays(store, clock):
    store.jobs.add(new_job(store))
    lease = store.queue.lease("worker", 1_000)
    clock.tick(999)

    store.queue.end_overdue()

    assert store.queue.extend(lease, 1_000)
