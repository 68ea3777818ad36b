"""Any order of leases, heartbeats, deaths, answers and cancels: no job is lost or run twice.

A plain model of the rules runs beside the store, and both must agree at every step.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
from harness.clock import Host
from harness.jobs import new_job
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from paultrap.circuits import Distributions
from paultrap.jobs import EXPIRIES_PER_DEATH, MAX_DEATHS, Status
from paultrap.store import Lease, Store

LEASE_MS = 1_000
WORKERS = st.sampled_from(["ann", "bob", "cat"])


@dataclass
class ModelChunk:
    state: str = "queued"
    lease: Lease | None = None
    until: int = 0
    deaths: int = 0
    expiries: int = 0
    answer: int | None = None

    def expire(self) -> None:
        self.expiries += 1
        self.free(blame=self.expiries % EXPIRIES_PER_DEATH == 0)

    def free(self, *, blame: bool) -> None:
        self.deaths += blame
        self.lease = None
        self.state = "failed" if self.deaths >= MAX_DEATHS else "queued"


@dataclass
class ModelJob:
    id: str
    project_id: str
    chunks: list[ModelChunk]
    canceled: bool = False
    started: bool = False
    answers: list[int] = field(default_factory=list)

    @property
    def status(self) -> Status:
        states = {chunk.state for chunk in self.chunks}
        if self.canceled:
            return Status.CANCELED
        if states & {"queued", "leased"}:
            return Status.STARTED if self.started else Status.READY
        return Status.FAILED if "failed" in states else Status.COMPLETED


def marked(lease: Lease) -> Distributions:
    """Return an answer that shows which attempt it came from."""
    n = lease.stop - lease.first
    states = np.full(n, lease.attempt, np.uint64)
    return Distributions(np.arange(n + 1), states, np.ones(n))


class LeaseMachine(RuleBasedStateMachine):
    leases = Bundle("leases")

    def __init__(self, engine):
        super().__init__()
        self.clock = Host()
        self.resources = ExitStack()
        self.place = self.resources.enter_context(engine())
        self.store = self.open()
        self.jobs: dict[str, ModelJob] = {}

    @property
    def steady(self) -> int:
        return self.clock.monotonic()

    def open(self) -> Store:
        return Store.open(self.place, as_server=True, clock=self.clock)

    def leased(self):
        return [
            chunk for job in self.jobs.values() for chunk in job.chunks if chunk.state == "leased"
        ]

    def chunk_of(self, lease: Lease) -> ModelChunk:
        return self.jobs[lease.job_id].chunks[lease.chunk]

    def holds(self, lease: Lease) -> bool:
        chunk = self.chunk_of(lease)
        return chunk.state == "leased" and chunk.lease == lease

    @rule(chunks=st.integers(1, 3))
    def submit(self, chunks):
        job = self.store.jobs.add(new_job(self.store, chunks, chunks))
        made = [ModelChunk() for _ in range(chunks)]
        self.jobs[job.id] = ModelJob(job.id, job.project_id, made)

    @rule(target=leases, worker=WORKERS)
    def lease(self, worker):
        for chunk in self.leased():
            if chunk.until <= self.steady:
                chunk.expire()
        lease = self.store.queue.lease(worker, LEASE_MS)
        queued = any(c.state == "queued" for job in self.jobs.values() for c in job.chunks)
        assert (lease is not None) == queued
        if lease is None:
            return multiple()
        chunk = self.chunk_of(lease)
        assert chunk.state == "queued"
        chunk.state, chunk.lease, chunk.until = "leased", lease, self.steady + LEASE_MS
        self.jobs[lease.job_id].started = True
        return lease

    @rule(lease=leases)
    def heartbeat(self, lease):
        assert self.store.queue.extend(lease, LEASE_MS) == self.holds(lease)
        if self.holds(lease):
            self.chunk_of(lease).until = self.steady + LEASE_MS

    @rule(lease=leases)
    def finish(self, lease):
        chunk = self.chunk_of(lease)
        again = chunk.state == "done" and chunk.lease == lease
        assert self.store.queue.finish(lease, marked(lease), 10) == (self.holds(lease) or again)
        if self.holds(lease):
            chunk.state, chunk.answer = "done", lease.attempt

    @rule(lease=leases)
    def fail(self, lease):
        chunk = self.chunk_of(lease)
        again = chunk.state == "failed" and chunk.lease == lease
        accepted = self.store.queue.fail(lease, "SimulationError", "no")
        assert accepted == (self.holds(lease) or again)
        if self.holds(lease):
            chunk.state = "failed"

    @rule(milliseconds=st.sampled_from([1, LEASE_MS - 1, LEASE_MS]))
    def time_passes(self, milliseconds):
        self.clock.tick(milliseconds)

    @rule(milliseconds=st.sampled_from([-3_600_000, 60_000, 10 * LEASE_MS]))
    def the_wall_clock_is_set(self, milliseconds):
        self.clock.step(milliseconds)

    @rule(milliseconds=st.sampled_from([1, 3_600_000]))
    def the_host_sleeps(self, milliseconds):
        self.clock.suspend(milliseconds)

    @rule(worker=WORKERS, blame=st.booleans())
    def worker_ends(self, worker, blame):
        self.store.queue.release(worker, blame=blame)
        for chunk in self.leased():
            if chunk.lease.owner == worker:
                chunk.free(blame=blame)

    @rule()
    def server_dies_and_another_starts(self):
        self.store.close()
        self.store = self.open()
        for chunk in self.leased():
            chunk.free(blame=False)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data):
        job = data.draw(st.sampled_from(list(self.jobs.values())))
        was_open = not job.status.is_final
        assert self.store.jobs.cancel(job.project_id, [job.id]) == [job.id] * was_open
        if was_open:
            job.canceled = True
            for chunk in job.chunks:
                if chunk.state in {"queued", "leased"}:
                    chunk.state = "canceled"

    @invariant()
    def every_job_is_as_its_chunks_are(self):
        for job in self.jobs.values():
            found = self.store.jobs.get(job.project_id, job.id)
            assert found.status is job.status
            assert (found.completed_at is not None) == job.status.is_final
            answers = [chunk.answer for chunk in job.chunks if chunk.state == "done"]
            assert found.progress.done == len(answers)
            parts = list(self.store.jobs.results(found))
            assert [int(part.distributions.states[0]) for part in parts] == answers

    def teardown(self):
        while (lease := self.store.queue.lease("last", 10**9)) is not None:
            assert self.store.queue.finish(lease, marked(lease), 10)
        self.clock.tick(10**9)
        while (lease := self.store.queue.lease("last", 10**9)) is not None:
            assert self.store.queue.finish(lease, marked(lease), 10)
        for job in self.jobs.values():
            assert self.store.jobs.get(job.project_id, job.id).status.is_final
        self.store.close()
        self.resources.close()


def test_leases(engine):
    limits = settings(
        max_examples=25,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(lambda: LeaseMachine(engine), settings=limits)
