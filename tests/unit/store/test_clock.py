"""Steps of the wall clock, suspends and boots: they fail no job, and change no order."""

import time

import pytest
from harness.clock import Host
from harness.jobs import finish, finish_all, new_job, new_session, reread

from paultrap.jobs import EXPIRIES_PER_DEATH, MAX_DEATHS, Status
from paultrap.store import JobFilter, SessionClosedError
from paultrap.store.clock import SystemClock

LEASE_MS = 30_000
MINUTE = 60_000
HOUR = 60 * MINUTE


def lease(store, owner="worker"):
    return store.queue.lease(owner, LEASE_MS)


def listed(store, job):
    return [found.id for found in store.jobs.page(job.project_id, JobFilter(), 100).jobs]


def test_three_steps_of_a_minute_cost_no_lease(store, clock):
    job = store.jobs.add(new_job(store))
    held = lease(store)
    for _ in range(3):
        clock.step(MINUTE)
        assert lease(store, "another") is None

    assert finish(store, held)
    assert reread(store, job).status is Status.COMPLETED


def test_a_suspend_costs_no_lease(store, clock):
    store.jobs.add(new_job(store))
    held = lease(store)
    clock.suspend(HOUR)

    assert lease(store, "another") is None
    assert store.queue.extend(held, LEASE_MS)
    assert finish(store, held)


def test_leases_that_run_out_are_no_deaths(store, clock):
    job = store.jobs.add(new_job(store))
    for number in range(EXPIRIES_PER_DEATH - 1):
        assert lease(store, f"silent {number}") is not None
        clock.tick(LEASE_MS)
    for number in range(MAX_DEATHS - 1):
        assert lease(store, f"killed {number}") is not None
        store.queue.release(f"killed {number}")
    finish_all(store)

    assert reread(store, job).status is Status.COMPLETED


def test_ten_leases_that_run_out_are_one_death(store, clock):
    job = store.jobs.add(new_job(store, 1))
    for number in range(MAX_DEATHS - 1):
        assert lease(store, f"killed {number}") is not None
        store.queue.release(f"killed {number}")
    for number in range(EXPIRIES_PER_DEATH):
        assert reread(store, job).status is not Status.FAILED
        assert lease(store, f"silent {number}") is not None
        clock.tick(LEASE_MS)

    assert lease(store) is None
    assert reread(store, job).status is Status.FAILED


def test_a_job_that_comes_after_a_step_back_waits_behind_the_others(store, clock):
    first = store.jobs.add(new_job(store))
    clock.tick(1)
    clock.step(-HOUR)
    second = store.jobs.add(new_job(store))

    assert second.requested_at < first.requested_at
    assert listed(store, first) == [second.id, first.id]
    assert [lease(store).job_id for _ in range(2)] == [first.id, second.id]


def test_large_jobs_take_turns_whatever_the_wall_clock_does(store, clock):
    one = store.jobs.add(new_job(store, 3, chunks=3))
    clock.step(-HOUR)
    two = store.jobs.add(new_job(store, 3, chunks=3))

    assert [lease(store).job_id for _ in range(6)] == [one.id, two.id] * 3


# A host that boots again: the time of PostgreSQL is its own.
@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("step", [-HOUR, 0, HOUR])
@pytest.mark.parametrize("is_rebooted", [True, False])
def test_an_order_outlives_the_server(open_store, clock, step, is_rebooted):
    store = open_store(as_server=True)
    jobs = [store.jobs.add(new_job(store))]
    store.close()
    clock.step(step)
    if is_rebooted:
        clock.reboot(MINUTE)
    store = open_store(as_server=True)
    jobs.append(store.jobs.add(new_job(store)))

    ids = [job.id for job in jobs]
    assert listed(store, jobs[0]) == ids[::-1]
    assert [lease(store).job_id for _ in range(2)] == ids


def test_an_order_outlives_the_process(open_store, clock):
    store = open_store(as_server=True)
    first = store.jobs.add(new_job(store, 3))
    store.close()
    clock.step(-HOUR)
    store = open_store(as_server=True)
    second = store.jobs.add(new_job(store, 3))

    assert listed(store, first) == [second.id, first.id]
    ids = [each for job in (first, second) for each in (job.id, *store.jobs.child_ids(job.id))]
    assert ids == sorted(ids)


@pytest.mark.engine("sqlite")
def test_a_boot_whose_name_is_not_known_begins_with_each_server(open_store, clock, monkeypatch):
    monkeypatch.setattr(Host, "boot", lambda _: None)
    store = open_store(as_server=True)
    first = store.jobs.add(new_job(store))
    assert lease(store) is not None
    store.close()
    clock.reboot(-HOUR)
    store = open_store(as_server=True)
    second = store.jobs.add(new_job(store))
    tool = open_store()

    assert [lease(each).job_id for each in (store, tool)] == [first.id, second.id]
    assert lease(store) is None


def test_a_session_is_as_long_as_it_says(store, clock):
    made = new_session(store, minutes_limit=1)
    store.jobs.add(new_job(store, session_id=made.id))
    started_at = clock.now
    for step in (HOUR, -2 * HOUR):
        clock.step(step)
        store.jobs.add(new_job(store, session_id=made.id))
    clock.suspend(HOUR)
    clock.tick(MINUTE - 1)
    store.jobs.add(new_job(store, session_id=made.id))
    clock.tick(1)

    with pytest.raises(SessionClosedError):
        store.jobs.add(new_job(store, session_id=made.id))
    found = store.sessions.get(made.project_id, made.id)
    assert (found.started_at, found.ended_at) == (started_at, started_at + MINUTE)


def test_what_is_shown_is_wall_clock_time(store, clock):
    clock.step(-HOUR)
    job = store.jobs.add(new_job(store))
    clock.step(HOUR)
    finish_all(store)
    found = reread(store, job)

    assert (found.requested_at, found.completed_at) == (clock.now - HOUR, clock.now)


def test_the_clocks_of_this_host_run():
    clock = SystemClock()
    first = clock.monotonic()
    wall = time.time_ns() // 1_000_000

    assert wall <= clock.wall()
    assert first <= clock.monotonic()
    assert clock.boot() == clock.boot()
