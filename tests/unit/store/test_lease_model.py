"""Any order of leases, heartbeats, deaths, answers and cancels: no job is lost or run twice.

A plain model of the rules runs beside the store, and both must agree at every step.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
from harness.clock import Host
from harness.jobs import batch_of, new_job
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
from paultrap.jobs import (
    EXPIRIES_PER_DEATH,
    HALVING_DEATHS,
    MAX_DEATHS,
    CircuitFailure,
    Status,
)
from paultrap.store import JobFilter, Lease, Store

LEASE_MS = 1_000
WORKERS = st.sampled_from(["ann", "bob", "cat"])


@dataclass
class ModelChunk:
    first: int
    stop: int
    state: str = "queued"
    lease: Lease | None = None
    until: int = 0
    deaths: int = 0
    expiries: int = 0
    answer: int | None = None
    failed: set[int] = field(default_factory=set)
    started: bool = False

    @property
    def size(self) -> int:
        return self.stop - self.first

    @property
    def all(self) -> set[int]:
        return set(range(self.first, self.stop))

    def fail(self, failed: set[int]) -> None:
        self.state = "failed" if failed == self.all else "done"
        self.failed = failed


@dataclass
class ModelJob:
    id: str
    project_id: str
    chunks: list[ModelChunk]
    canceled: bool = False
    started: bool = False

    @property
    def status(self) -> Status:
        states = {chunk.state for chunk in self.chunks}
        if self.canceled:
            return Status.CANCELED
        if states & {"queued", "leased"}:
            return Status.STARTED if self.started else Status.READY
        return Status.FAILED if self.failed else Status.COMPLETED

    @property
    def failed(self) -> set[int]:
        return set().union(*(chunk.failed for chunk in self.chunks))

    def answers(self) -> dict[int, int]:
        """Return which attempt has answered each circuit that is done."""
        return {
            index: chunk.answer
            for chunk in sorted(self.chunks, key=lambda each: each.first)
            if chunk.state == "done"
            for index in sorted(chunk.all - chunk.failed)
        }

    def free(self, chunk: ModelChunk, *, blame: bool) -> None:
        chunk.deaths += blame
        chunk.lease = None
        chunk.state = "queued"
        if chunk.size > 1 and chunk.deaths >= HALVING_DEATHS:
            middle = chunk.first + chunk.size // 2
            self.chunks.append(ModelChunk(middle, chunk.stop, deaths=1, started=True))
            chunk.stop, chunk.deaths, chunk.expiries = middle, 1, 0
        elif chunk.deaths >= MAX_DEATHS:
            chunk.fail(chunk.all)

    def expire(self, chunk: ModelChunk) -> None:
        chunk.expiries += 1
        self.free(chunk, blame=chunk.expiries % EXPIRIES_PER_DEATH == 0)


def marked(lease: Lease, circuits: int) -> Distributions:
    """Return answers that show which attempt they came from."""
    states = np.full(circuits, lease.attempt, np.uint64)
    return Distributions(np.arange(circuits + 1), states, np.ones(circuits))


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

    def leased(self) -> list[tuple[ModelJob, ModelChunk]]:
        return [
            (job, chunk)
            for job in self.jobs.values()
            for chunk in job.chunks
            if chunk.state == "leased"
        ]

    def chunk_of(self, lease: Lease) -> ModelChunk:
        return self.jobs[lease.job_id].chunks[lease.chunk]

    def holds(self, lease: Lease) -> bool:
        chunk = self.chunk_of(lease)
        return chunk.state == "leased" and chunk.lease == lease

    @rule(chunks=st.integers(1, 3), size=st.sampled_from([1, 2, 5]))
    def submit(self, chunks, size):
        job = self.store.jobs.add(new_job(self.store, chunks * size, chunks))
        made = [ModelChunk(size * at, size * (at + 1)) for at in range(chunks)]
        self.jobs[job.id] = ModelJob(job.id, job.project_id, made)

    @rule(target=leases, worker=WORKERS)
    def lease(self, worker):
        for job, chunk in self.leased():
            if chunk.until <= self.steady:
                job.expire(chunk)
        lease = self.store.queue.lease(worker, LEASE_MS)
        queued = any(c.state == "queued" for job in self.jobs.values() for c in job.chunks)
        assert (lease is not None) == queued
        if lease is None:
            return multiple()
        chunk = self.chunk_of(lease)
        assert (chunk.state, chunk.first, chunk.stop) == ("queued", lease.first, lease.stop)
        whole = batch_of(lease.stop).program
        assert lease.program.to_bytes() == whole.slice(lease.first, lease.stop).to_bytes()
        chunk.state, chunk.lease, chunk.until = "leased", lease, self.steady + LEASE_MS
        chunk.started = True
        self.jobs[lease.job_id].started = True
        return lease

    @rule(lease=leases)
    def heartbeat(self, lease):
        assert self.store.queue.extend(lease, LEASE_MS) == self.holds(lease)
        if self.holds(lease):
            self.chunk_of(lease).until = self.steady + LEASE_MS

    @rule(lease=leases, some=st.sets(st.integers(0, 4)))
    def finish(self, lease, some):
        chunk, circuits = self.chunk_of(lease), range(lease.first, lease.stop)
        failed = {circuits[place] for place in some if place < len(circuits)}
        ends_as = "failed" if len(failed) == len(circuits) else "done"
        again = chunk.state == ends_as and chunk.lease == lease
        answers = marked(lease, len(circuits) - len(failed))
        failures = dict.fromkeys(failed, CircuitFailure("SimulationError", ": no"))
        accepted = self.store.queue.finish(lease, answers, 10, failures=failures)
        assert accepted == (self.holds(lease) or again)
        if self.holds(lease):
            chunk.fail(failed)
            chunk.answer = lease.attempt

    @rule(lease=leases)
    def fail(self, lease):
        chunk = self.chunk_of(lease)
        again = chunk.state == "failed" and chunk.lease == lease
        accepted = self.store.queue.fail(lease, "SimulationError", ": no")
        assert accepted == (self.holds(lease) or again)
        if self.holds(lease):
            chunk.fail(chunk.all)

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
        for job, chunk in self.leased():
            if chunk.lease.owner == worker:
                job.free(chunk, blame=blame)

    @rule()
    def server_dies_and_another_starts(self):
        self.store.close()
        self.store = self.open()
        for job, chunk in self.leased():
            job.free(chunk, blame=False)

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
            answers = job.answers()
            assert found.progress == (len(answers), found.circuits, len(job.failed))
            states = [
                state
                for part in self.store.jobs.results(found)
                for state in part.distributions.states
            ]
            assert states == list(answers.values())
            wanted = JobFilter(parent_id=job.id)
            for index, child in enumerate(self.store.jobs.page(job.project_id, wanted, 100).jobs):
                assert child.status is self.status_of(job, index)
                assert child.progress == (index in answers, 1, index in job.failed)

    def status_of(self, job: ModelJob, index: int) -> Status:
        [chunk] = [chunk for chunk in job.chunks if chunk.first <= index < chunk.stop]
        if index in chunk.failed:
            return Status.FAILED
        if chunk.state == "done":
            return Status.COMPLETED
        if chunk.state == "canceled":
            return Status.CANCELED
        return Status.STARTED if chunk.started else Status.READY

    def drain(self):
        while (lease := self.store.queue.lease("last", 10**9)) is not None:
            answers = marked(lease, lease.stop - lease.first)
            assert self.store.queue.finish(lease, answers, 10)

    def teardown(self):
        self.drain()
        self.clock.tick(10**9)
        self.drain()
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
