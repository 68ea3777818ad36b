"""Sessions in the store: which jobs they take, what ends them, and what an end does."""

from contextlib import ExitStack
from functools import partial

import pytest
from harness.clock import Host
from harness.jobs import finish, finish_all, new_job, new_session, reread
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from paultrap.jobs import Status
from paultrap.store import (
    SessionClosedError,
    SessionNotFoundError,
    Store,
)

MINUTE = 60_000


@pytest.fixture
def session(store):
    return partial(new_session, store)


def now(store, session):
    return store.sessions.get(session.project_id, session.id)


def test_a_session_starts_with_its_first_job(store, session, clock):
    made = session(minutes_limit=2)
    assert now(store, made) == made
    clock.tick(5)

    store.jobs.add(new_job(store, session_id=made.id))

    started = now(store, made)
    assert (started.jobs, started.started_at) == (1, clock.now)
    assert started.expires_at == clock.now + 2 * MINUTE
    clock.tick(5)
    store.jobs.add(new_job(store, session_id=made.id))
    assert now(store, made).expires_at == started.expires_at


def test_ending_cancels_what_waits_alone(store, session, clock):
    made = session()
    running = store.jobs.add(new_job(store, chunks=2, session_id=made.id))
    lease = store.queue.lease("worker", 30_000)
    waiting = store.jobs.add(new_job(store, session_id=made.id))
    elsewhere = store.jobs.add(new_job(store))
    clock.tick(7)

    store.sessions.end(made.project_id, made.id, "somebody")

    ended = now(store, made)
    assert (ended.ended_at, ended.ender_id) == (clock.now, "somebody")
    assert reread(store, waiting).status is Status.CANCELED
    assert reread(store, elsewhere).status is Status.READY
    assert finish(store, lease)
    finish_all(store)
    assert reread(store, running).status is Status.COMPLETED


def test_an_end_is_not_changed_by_another(store, session, clock):
    made = session()
    store.sessions.end(made.project_id, made.id, "one")
    before = now(store, made)
    clock.tick(1)

    store.sessions.end(made.project_id, made.id, "another")

    assert now(store, made) == before


def test_a_job_for_no_open_session_leaves_nothing(store, session):
    made = session()
    store.sessions.end(made.project_id, made.id, "somebody")

    with pytest.raises(SessionClosedError, match="has ended"):
        store.jobs.add(new_job(store, session_id=made.id))
    with pytest.raises(SessionNotFoundError, match="unheard-of"):
        store.jobs.add(new_job(store, session_id="unheard-of"))
    with pytest.raises(SessionClosedError, match=r'for "simulator", the job for "qpu.aria-1"'):
        store.jobs.add(new_job(store, session_id=session().id, backend="qpu.aria-1"))

    assert store.queue.lease("worker", 30_000) is None


def test_sessions_of_other_projects_are_not_there(store, session):
    made = session()
    _, other = store.keys.create("other", "another project")

    for ask in (
        lambda: store.sessions.get(other.project_id, made.id),
        lambda: store.sessions.end(other.project_id, made.id, "somebody"),
        lambda: store.jobs.add(new_job(store, session_id=made.id, project_id=other.project_id)),
    ):
        with pytest.raises(SessionNotFoundError):
            ask()
    assert store.sessions.list_newest(other.project_id, 10) == []
    assert now(store, made) == made


def test_a_full_session_ends_with_its_last_job(store, session):
    made = session(job_limit=2)
    for _ in range(2):
        store.jobs.add(new_job(store, session_id=made.id))

    with pytest.raises(SessionClosedError, match="2 jobs, which is its limit"):
        store.jobs.add(new_job(store, session_id=made.id))

    assert now(store, made).ended_at is None
    finish_all(store)
    assert now(store, made).ended_at is not None


def test_a_deleted_job_still_counts(store, session):
    made = session(job_limit=1)
    job = store.jobs.add(new_job(store, session_id=made.id))

    store.jobs.delete(job.project_id, [job.id])

    with pytest.raises(SessionClosedError):
        store.jobs.add(new_job(store, session_id=made.id))
    assert now(store, made).ended_at is not None


def test_time_ends_a_session_though_nobody_asks(store, session, clock):
    made = session(minutes_limit=1)
    started = clock.now
    job = store.jobs.add(new_job(store, session_id=made.id))
    clock.tick(MINUTE)

    assert store.queue.lease("worker", 30_000) is None

    assert reread(store, job).status is Status.CANCELED
    clock.tick(MINUTE)
    ended = now(store, made)
    assert (ended.ended_at, ended.ender_id) == (started + MINUTE, None)


def test_a_session_ends_when_its_jobs_have_cost_enough(store, session):
    made = session(backend="qpu.aria-1", usd_limit=2.0)
    fields = {"session_id": made.id, "backend": "qpu.aria-1", "shots": 1000}
    jobs = [store.jobs.add(new_job(store, **fields)) for _ in range(3)]
    prices = [now(store, made).spent_usd]
    for _ in range(2):
        finish(store, store.queue.lease("worker", 30_000))
        prices.append(now(store, made).spent_usd)

    # Five gates on one qubit, 1,000 times, at aria's 0.00022 dollars.
    assert prices == [0.0, pytest.approx(1.1), pytest.approx(2.2)]
    assert store.queue.lease("worker", 30_000) is None
    found = [reread(store, job).status for job in jobs]
    assert found == [Status.COMPLETED, Status.COMPLETED, Status.CANCELED]


class _Model(RuleBasedStateMachine):
    """One session with all limits, beside a plain model of it."""

    def __init__(self, engine) -> None:
        super().__init__()
        self.clock = Host()
        self.resources = ExitStack()
        self.store = Store.open(self.resources.enter_context(engine()), clock=self.clock)
        self.session = new_session(self.store, job_limit=4, minutes_limit=1)
        self.jobs = {}
        self.leases = {}
        self.taken = 0
        self.expires = None
        self.is_open = True

    def teardown(self) -> None:
        self.store.close()
        self.resources.close()

    def settle(self) -> None:
        full = self.taken == 4 and not any(
            status in {Status.READY, Status.STARTED} for status in self.jobs.values()
        )
        if self.is_open and (
            full or (self.expires is not None and self.clock.monotonic() >= self.expires)
        ):
            self.close()

    def close(self) -> None:
        self.is_open = False
        for job, status in self.jobs.items():
            if status is Status.READY:
                self.jobs[job] = Status.CANCELED

    @rule()
    def submit(self) -> None:
        self.settle()
        try:
            job = self.store.jobs.add(new_job(self.store, session_id=self.session.id))
        except SessionClosedError:
            assert not self.is_open or self.taken == 4
        else:
            assert self.is_open
            self.taken += 1
            self.jobs[job.id] = Status.READY
            if self.expires is None:
                self.expires = self.clock.monotonic() + MINUTE

    @rule()
    def run(self) -> None:
        self.settle()
        lease = self.store.queue.lease("worker", 30 * MINUTE)
        assert (lease is not None) == (Status.READY in self.jobs.values())
        if lease is not None:
            assert self.jobs[lease.job_id] is Status.READY
            self.jobs[lease.job_id] = Status.STARTED
            self.leases[lease.job_id] = lease

    @precondition(lambda self: self.leases)
    @rule(which=st.integers(0, 3))
    def finish(self, which) -> None:
        job = [*self.leases][which % len(self.leases)]
        assert finish(self.store, self.leases.pop(job)) == (self.jobs[job] is Status.STARTED)
        if self.jobs[job] is Status.STARTED:
            self.jobs[job] = Status.COMPLETED

    @precondition(lambda self: self.jobs)
    @rule(which=st.integers(0, 3))
    def cancel(self, which) -> None:
        job = [*self.jobs][which % len(self.jobs)]
        self.store.jobs.cancel(self.session.project_id, [job])
        if self.jobs[job] in {Status.READY, Status.STARTED}:
            self.jobs[job] = Status.CANCELED

    @rule(milliseconds=st.sampled_from([1, MINUTE // 3]))
    def wait(self, milliseconds) -> None:
        self.clock.tick(milliseconds)

    @rule(milliseconds=st.sampled_from([-60 * MINUTE, MINUTE]))
    def set_the_wall_clock(self, milliseconds) -> None:
        self.clock.step(milliseconds)

    @rule()
    def end(self) -> None:
        self.store.sessions.end(self.session.project_id, self.session.id, "somebody")
        self.settle()
        if self.is_open:
            self.close()

    @invariant()
    def agree(self) -> None:
        self.settle()
        found = self.store.sessions.get(self.session.project_id, self.session.id)
        assert (found.ended_at is None) == self.is_open
        assert found.jobs == self.taken
        for job, status in self.jobs.items():
            assert self.store.jobs.get(self.session.project_id, job).status is status


def test_sessions_agree_with_a_model(engine):
    limits = settings(max_examples=25, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(lambda: _Model(engine), settings=limits)
