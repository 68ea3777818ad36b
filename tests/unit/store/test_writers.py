"""Several writers at once: what SQLite's single writer makes safe by itself, other engines by locks."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa
from harness.jobs import finish, new_job, new_session, reread

from paultrap.admission import PlannedChunk
from paultrap.jobs import Status
from paultrap.store import (
    CreatingRequest,
    FirstAnswer,
    RepeatedRequestError,
    SessionClosedError,
    StoreError,
    StoreUnavailableError,
)
from paultrap.store.submission import Submission
from paultrap.store.tables import chunks, executions, jobs, sessions

WRITERS = 6
LEASE_MS = 600_000


def together(*acts):
    """Run some functions at the same time and return what they return, or the store's errors."""
    gate = threading.Barrier(len(acts))

    def run(act):
        gate.wait(60)
        try:
            return act()
        except StoreError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def stores(open_store):
    """Return as many openings of one database as there are writers."""
    return [open_store() for _ in range(WRITERS)]


def chunk_of(memory, first):
    return PlannedChunk(first, first + 1, 1e3, memory=memory)


def test_workers_of_one_host_never_take_more_memory_than_it_has(stores):
    planned = [chunk_of(40, first) for first in range(30)]
    stores[0].jobs.add(replace(new_job(stores[0], 30), chunks=planned))

    def claim(number):
        def act():
            store, taken = stores[number], 0
            for turn in range(5):
                lease = store.queue.lease(f"w{number} {turn}", LEASE_MS, 100, host="one")
                if lease is None:
                    continue
                with store._database.read() as connection:
                    total = sa.select(sa.func.sum(chunks.c.memory))
                    assert connection.scalar(total.where(chunks.c.status == "leased")) <= 100
                taken += 1
                assert finish(store, lease)
            return taken

        return act

    taken = together(*(claim(number) for number in range(WRITERS)))
    assert all(isinstance(each, int) for each in taken), taken
    assert sum(taken) > 0


def test_a_session_takes_no_more_jobs_than_it_may(stores):
    session = new_session(stores[0], job_limit=3)
    answers = together(
        *(
            lambda store=store: store.jobs.add(new_job(store, session_id=session.id))
            for store in stores
        )
    )

    refused = [each for each in answers if isinstance(each, SessionClosedError)]
    assert len(refused) == WRITERS - 3
    assert stores[0].sessions.get(session.project_id, session.id).jobs == 3


def request_of(**changed):
    known = {
        "key_id": "a",
        "digest": b"d" * 32,
        "idempotency_key": None,
        "keep_ms": 60_000,
        "answer": lambda made: FirstAnswer(200, made.id.encode()),
    }
    return CreatingRequest(**known | changed)


@pytest.mark.parametrize("known", [{"idempotency_key": "once"}, {"window_ms": 60_000}])
def test_a_request_that_comes_to_several_servers_at_once_makes_one_job(stores, known):
    answers = together(
        *(
            lambda store=store: store.jobs.add(new_job(store), request_of(**known))
            for store in stores
        )
    )

    made = [each for each in answers if not isinstance(each, StoreError)]
    repeats = [each for each in answers if isinstance(each, RepeatedRequestError)]
    assert (len(made), len(repeats)) == (1, WRITERS - 1)
    assert {each.creation.made_id for each in repeats} == {made[0].id}
    with stores[0]._database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(jobs)) == 1


def test_the_last_chunks_that_end_together_end_their_job_once(stores):
    for _ in range(4):
        job = stores[0].jobs.add(new_job(stores[0], WRITERS, chunks=WRITERS))
        leases = [store.queue.lease("w", LEASE_MS) for store in stores]
        ended = together(
            *(
                lambda store=store, lease=lease: finish(store, lease)
                for store, lease in zip(stores, leases, strict=True)
            )
        )

        assert ended == [True] * WRITERS
        assert reread(stores[0], job).status is Status.COMPLETED
        with stores[0]._database.read() as connection:
            booked = sa.select(executions.c.circuits).where(executions.c.job_id == job.id)
            assert connection.scalars(booked).all() == [WRITERS]


def test_a_job_that_is_canceled_while_it_ends_is_either(stores):
    seen = set()
    for _ in range(8):
        job = stores[0].jobs.add(new_job(stores[0], 2, chunks=2))
        leases = [store.queue.lease("w", LEASE_MS) for store in stores[:2]]
        *ended, canceled = together(
            *(
                lambda store=store, lease=lease: finish(store, lease)
                for store, lease in zip(stores[:2], leases, strict=True)
            ),
            partial(stores[2].jobs.cancel, job.project_id, [job.id]),
        )

        found = reread(stores[0], job)
        assert found.status is (Status.CANCELED if canceled else Status.COMPLETED)
        assert all(ended) or canceled == [job.id]
        with stores[0]._database.read() as connection:
            booked = sa.select(executions.c.job_id).where(executions.c.job_id == job.id)
            assert len(connection.scalars(booked).all()) == (not canceled)
        seen.add(found.status)
    assert seen


def test_a_chunk_whose_lease_ran_out_is_freed_once_by_all_who_see_it(stores, clock):
    job = stores[0].jobs.add(new_job(stores[0], 4, chunks=4))
    old = [stores[0].queue.lease("gone", 1_000) for _ in range(4)]
    clock.tick(2_000)

    again = together(*(lambda store=store: store.queue.lease("w", LEASE_MS) for store in stores))
    found = [lease for lease in again if lease is not None]
    assert not any(isinstance(each, StoreError) for each in again)
    while (lease := stores[0].queue.lease("w", LEASE_MS)) is not None:
        found.append(lease)
    assert sorted(lease.chunk for lease in found) == [0, 1, 2, 3]
    with stores[0]._database.read() as connection:
        of_job = sa.select(chunks.c.expiries).where(chunks.c.job_id == job.id)
        assert connection.scalars(of_job).all() == [1] * 4
    assert [finish(stores[0], lease) for lease in old] == [False] * 4


def test_a_session_whose_time_is_over_ends_once_and_cancels_what_waits(stores, clock):
    session = new_session(stores[0], minutes_limit=1)
    waiting = [stores[0].jobs.add(new_job(stores[0], session_id=session.id)) for _ in range(3)]
    clock.tick(61_000)

    leased = together(*(lambda store=store: store.queue.lease("w", LEASE_MS) for store in stores))
    assert leased == [None] * WRITERS
    assert {reread(stores[0], job).status for job in waiting} == {Status.CANCELED}
    with stores[0]._database.read() as connection:
        ended = connection.scalars(sa.select(sessions.c.ended_at)).one()
        assert ended == connection.scalars(sa.select(sessions.c.expires_at)).one()


def test_projects_of_one_name_are_one(stores):
    made = together(*(lambda store=store: store.keys.create("k", "together") for store in stores))
    assert not any(isinstance(each, StoreError) for each in made), made
    assert len({record.project_id for _, record in made}) == 1


@pytest.mark.engine("postgresql")
def test_whoever_stops_another_is_run_again(stores):
    """Two transactions that lock two jobs in different orders."""
    one, two = (stores[0].jobs.add(new_job(stores[0])) for _ in range(2))
    both = threading.Barrier(2)
    runs = []

    def lock(first, second):
        def act(connection):
            runs.append(first)
            wait = len(runs) <= 2
            for job_id in (first, second):
                found = sa.select(jobs.c.id).where(jobs.c.id == job_id)
                connection.execute(found.with_for_update())
                if wait and job_id == first:
                    both.wait(60)
            return second

        return act

    answers = together(
        lambda: stores[0]._database.change(lock(one.id, two.id)),
        lambda: stores[1]._database.change(lock(two.id, one.id)),
    )
    assert answers == [two.id, one.id]
    assert len(runs) == 3


@pytest.mark.engine("postgresql")
@pytest.mark.parametrize("is_committed", [True, False])
def test_a_connection_that_is_lost_during_a_commit_leaves_no_doubt(
    stores, monkeypatch, is_committed
):
    store, other = stores[:2]
    commit, losses = sa.engine.Transaction.commit, []
    inserted, insert = [], Submission.insert

    def lose(transaction):
        if losses or not inserted:  # It is about the transaction that inserts the job.
            return commit(transaction)
        losses.append(transaction)
        if is_committed:
            commit(transaction)
            raise sa.exc.OperationalError("COMMIT", None, Exception("closed"), None, True)
        pid = transaction.connection.scalar(sa.text("SELECT pg_backend_pid()"))
        with other._database.read() as connection:
            connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        return commit(transaction)

    def count(submission, *about):
        inserted.append(submission)
        return insert(submission, *about)

    monkeypatch.setattr(Submission, "insert", count)
    monkeypatch.setattr(sa.engine.Transaction, "commit", lose)
    heard = []
    store.on_event(heard.append)
    job = store.jobs.add(new_job(store))

    assert len(losses) == 1
    assert len(inserted) == (1 if is_committed else 2)
    assert [event.job_id for event in heard] == [job.id]
    with other._database.read() as connection:
        assert connection.scalars(sa.select(jobs.c.id)).all() == [job.id]


@pytest.mark.engine("postgresql")
def test_a_process_that_is_held_within_a_transaction_holds_nobody_up_for_ever(stores):
    held, other = stores[:2]

    def lock(connection):
        other._database.lock(connection, "memory")
        return True

    def hold():
        with held._database.write() as connection:
            found = connection.scalar(sa.text("SHOW idle_in_transaction_session_timeout"))
            assert found == "15s"
            connection.execute(sa.text("SET idle_in_transaction_session_timeout = '100ms'"))
            held._database.lock(connection, "memory")
            assert other._database.change(lock)

    with pytest.raises(StoreUnavailableError):
        hold()
