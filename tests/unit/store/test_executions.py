"""What was executed: recorded with the end of its job, and kept when the job is deleted."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from harness.jobs import file_of, finish, finish_all, new_job, new_session, reread
from harness.schemas import go_back

from paultrap.admission import PlannedChunk, bill_of
from paultrap.jobs import OTHER_GROUPS, DayUsage, GroupBy, Status, Usage, total_usage
from paultrap.machines import Machines
from paultrap.store import Retry, ending

ARIA = Machines.shipped().backends["qpu.aria-1"]
DAY_MS = 86_400_000
FOREVER = (date(1970, 1, 1), date(9999, 12, 31))


def used(store, job, group_by=GroupBy.JOB, days=FOREVER) -> list[DayUsage]:
    assert job.project_id == store.keys.find_open("any").project_id
    return store.usage.by_day(store.keys.find_open("any").organization_id, group_by, *days)


def today(clock) -> date:
    return datetime.fromtimestamp(clock.now / 1000, UTC).date()


def test_a_job_is_recorded_once_when_it_completes(store, clock):
    job = store.jobs.add(new_job(store, 4, chunks=2))
    finish(store, store.queue.lease("worker", 30_000), 700)
    assert used(store, job) == []

    clock.tick(DAY_MS)
    finish(store, store.queue.lease("worker", 30_000), 900)

    assert used(store, job) == [DayUsage(today(clock), job.id, Usage(1, 0.0, 1_600))]


def test_an_execution_outlives_its_job(store):
    job = store.jobs.add(new_job(store))
    finish_all(store)
    before = used(store, job)

    store.jobs.delete(job.project_id, [job.id])

    assert store.jobs.get(job.project_id, job.id) is None
    assert used(store, job) == before
    assert len(before) == 1


def test_what_did_not_complete_is_not_recorded(store):
    canceled = store.jobs.add(new_job(store, 2, chunks=2))
    finish(store, store.queue.lease("worker", 30_000))
    store.jobs.cancel(canceled.project_id, [canceled.id])
    failed = store.jobs.add(new_job(store))
    store.queue.fail(store.queue.lease("worker", 30_000), "SimulationError", "no")
    dry = store.jobs.add(new_job(store, dry_run=True))

    states = [reread(store, job).status for job in (canceled, failed, dry)]
    assert states == [Status.CANCELED, Status.FAILED, Status.COMPLETED]
    assert used(store, dry) == []


def test_of_a_failed_job_the_circuits_that_completed_count_until_it_is_retried(store):
    session = new_session(store, backend="qpu.aria-1")
    new = new_job(store, 4, 2, backend="qpu.aria-1", shots=5_000, session_id=session.id)
    job = store.jobs.add(new)
    store.queue.fail(store.queue.lease("worker", 30_000), "SimulationError", ": no")
    finish(store, store.queue.lease("worker", 30_000), 700)

    def spent() -> float:
        return store.sessions.get(job.project_id, session.id).spent_usd

    # Circuits 2 and 3 have three and four of the twelve gates.
    part = bill_of(ARIA, 7, 0, 5_000, 2)
    [found] = used(store, job)
    assert found.usage == Usage(1, part.price_usd, part.machine_us)
    assert spent() == part.price_usd == pytest.approx(new.bill.price_usd * 7 / 12)
    failed_job = reread(store, job)
    assert (failed_job.completed_usd, failed_job.completed_us) == part[:2]

    failed = store.jobs.failed_circuits(job.project_id, job.id)
    store.jobs.retry(job.project_id, job.id, Retry(failed, [PlannedChunk(0, 2, 1e3)]))
    finish_all(store)

    [whole] = used(store, job)
    assert whole.usage == Usage(1, new.bill.price_usd, new.bill.machine_us)
    assert spent() == pytest.approx(new.bill.price_usd)
    done = reread(store, job)
    assert (done.completed_usd, done.completed_us) == (None, None)


@pytest.mark.parametrize("is_old", [True, False])
def test_where_gates_are_not_known_by_circuit_it_is_their_share(store, is_old):
    new = new_job(store, 4, 2, backend="qpu.aria-1", shots=5_000)
    if is_old:
        new = replace(new, bill=new.bill._replace(rates=None))
    else:  # a function without children
        new = replace(new, batch=replace(new.batch, is_multicircuit=False))
    job = store.jobs.add(new)
    store.queue.fail(store.queue.lease("worker", 30_000), "SimulationError", ": no")
    finish(store, store.queue.lease("worker", 30_000), 700)

    [half] = used(store, job)
    assert half.usage.cost_usd == pytest.approx(new.bill.price_usd / 2)
    assert half.usage.execution_us == pytest.approx(new.bill.machine_us / 2, abs=1)


def test_the_minimum_counts_for_what_completed_and_nothing_where_nothing_did(store):
    few = store.jobs.add(new_job(store, 4, 2, backend="qpu.aria-1", shots=1))
    store.queue.fail(store.queue.lease("worker", 30_000), "SimulationError", ": no")
    finish(store, store.queue.lease("worker", 30_000))
    assert reread(store, few).completed_usd == ARIA.prices.minimum
    store.jobs.delete(few.project_id, [few.id])

    none = store.jobs.add(new_job(store, 2, backend="qpu.aria-1", shots=1))
    store.queue.fail(store.queue.lease("worker", 30_000), "SimulationError", ": no")
    assert reread(store, none).completed_usd is None
    assert [each.group for each in used(store, none)] == [few.id]


def test_a_job_completes_with_its_record_or_not_at_all(store, monkeypatch):
    job = store.jobs.add(new_job(store))
    lease = store.queue.lease("worker", 30_000)

    def break_off(*_):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(ending, "_book", break_off)
        with pytest.raises(RuntimeError):
            finish(store, lease)
    assert reread(store, job).status is Status.STARTED
    assert used(store, job) == []

    assert finish(store, lease)
    assert len(used(store, job)) == 1


def test_a_machine_has_its_own_price_and_time(store):
    machine = ARIA
    job = store.jobs.add(new_job(store, 3, backend=machine.name, shots=5_000))
    finish_all(store)

    [found] = used(store, job)

    # Each circuit has two H gates, the second and the third an X gate too.
    assert found.usage.cost_usd == pytest.approx(5_000 * 8 * machine.prices.one_qubit)
    busy = 5_000 * (
        8 * machine.timing.one_qubit + 3 * (machine.timing.readout + machine.timing.reset)
    )
    assert found.usage.execution_us == pytest.approx(1e6 * busy, abs=1_000)


def test_usage_is_by_job_project_and_submitter_within_days(store, clock):
    jobs = []
    for submitter in ("a" * 24, "b" * 24, "a" * 24):
        jobs.append(store.jobs.add(new_job(store, submitter_id=submitter)))
        finish_all(store)
        clock.tick(DAY_MS)
    first = today(clock) - timedelta(days=3)
    days = [first + timedelta(days=n) for n in range(3)]
    project = jobs[0].project_id

    def found(group_by, *between):
        return sorted((each.day, each.group) for each in used(store, jobs[0], group_by, between))

    assert found(GroupBy.JOB, *FOREVER) == list(zip(days, [job.id for job in jobs], strict=True))
    assert found(GroupBy.PROJECT, *FOREVER) == [(day, project) for day in days]
    assert found(GroupBy.USER, days[1], days[2]) == [(days[1], "b" * 24), (days[2], "a" * 24)]
    assert found(GroupBy.JOB, days[1], days[1]) == [(days[1], jobs[1].id)]
    assert total_usage(each.usage for each in used(store, jobs[0])).jobs == 3


def test_jobs_that_are_not_among_the_dearest_of_a_day_are_its_rest(store, clock):
    costs = {}
    for shots in (9_000, 5_000, 8_000, 5_000, 7_000, 5_000, 6_000, 5_000):
        job = store.jobs.add(new_job(store, 2, backend="qpu.aria-1", shots=shots))
        costs[job.id] = shots * 5 * ARIA.prices.one_qubit
        finish_all(store)
    clock.tick(DAY_MS)
    later = store.jobs.add(new_job(store))
    finish_all(store)

    found = {(each.day, each.group): each.usage for each in used(store, later)}

    day, next_day = today(clock) - timedelta(days=1), today(clock)
    # Of those that cost and take the same, the first ones.
    dearest = sorted(costs, key=lambda job_id: (-costs[job_id], job_id))
    assert found.keys() == {
        (next_day, later.id),
        (day, OTHER_GROUPS),
        *((day, j) for j in dearest[:5]),
    }
    for job_id in dearest[:5]:
        assert found[day, job_id].cost_usd == pytest.approx(costs[job_id])
    assert found[day, OTHER_GROUPS].jobs == 3
    assert found[day, OTHER_GROUPS].cost_usd == pytest.approx(
        sum(costs[job_id] for job_id in dearest[5:])
    )
    by_project = used(store, later, GroupBy.PROJECT)
    assert total_usage(found.values()) == pytest.approx(
        total_usage(each.usage for each in by_project)
    )


@pytest.mark.engine("sqlite")
def test_jobs_of_an_older_schema_are_recorded_too(store, open_store):
    machine = store.jobs.add(new_job(store, backend="qpu.aria-1", shots=5_000))
    simulated = store.jobs.add(new_job(store))
    finish_all(store)
    waiting = store.jobs.add(new_job(store, backend="qpu.aria-1", shots=5_000))
    store.jobs.add(new_job(store, dry_run=True))
    before = used(store, machine)
    store.close()
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        go_back(connection, "0007")
        connection.execute("UPDATE jobs SET price_usd = 0")

    again = open_store()

    assert sorted(used(again, machine)) == sorted(before)
    assert {each.group for each in before} == {machine.id, simulated.id}
    finish_all(again)
    costs = {each.group: each.usage.cost_usd for each in used(again, machine)}
    assert costs[waiting.id] == costs[machine.id] > 0
