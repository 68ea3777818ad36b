"""Leases share one bound on memory: what does not fit waits, and what never fits fails."""

from dataclasses import replace

import pytest
from harness.jobs import children, finish, new_job, reread

from paultrap.admission import PlannedChunk
from paultrap.jobs import Status
from paultrap.store import (
    HostBackend,
    HostKind,
    HostRegistration,
    WorkerBackends,
    Workers,
    checksums,
    tables,
)

LEASE_MS = 3_600_000
LIMIT = 1000


@pytest.fixture
def submit(store, clock):
    """Store a job of one circuit for each figure in bytes, each in a separate chunk."""

    def add(*memory, **fields):
        chunks = [PlannedChunk(at, at + 1, 1e3, needed) for at, needed in enumerate(memory)]
        job = store.jobs.add(replace(new_job(store, len(memory), **fields), chunks=chunks))
        clock.tick(1)
        return job

    return add


@pytest.fixture
def lease(store):
    return lambda owner="worker": store.queue.lease(owner, LEASE_MS, LIMIT)


def test_what_has_no_room_beside_what_runs_waits(store, submit, lease):
    first, second = submit(600), submit(401)
    running = lease("one")
    assert running.job_id == first.id

    assert lease("two") is None
    assert reread(store, second).status is Status.READY
    finish(store, running)
    assert lease("two").job_id == second.id


def test_as_many_run_together_as_fit(submit, lease):
    submit(400, 400, 200, 200)

    assert [lease(str(at)).chunk for at in range(3)] == [0, 1, 2]
    assert lease("last") is None


@pytest.mark.parametrize("end", ["fail", "cancel", "die"])
def test_memory_is_free_again_however_a_chunk_ends(store, submit, lease, end):
    first, second = submit(1000), submit(1000)
    running = lease("one")
    assert lease("two") is None

    if end == "fail":
        store.queue.fail(running, "InternalError", "no reason")
    elif end == "cancel":
        store.jobs.cancel(first.project_id, [first.id])
    else:
        store.queue.release("one")
        store.jobs.cancel(first.project_id, [first.id])

    assert lease("two").job_id == second.id


def test_what_fits_goes_first_but_not_for_ever(store, clock, submit, lease):
    submit(800)
    large = submit(900)
    small = [submit(100) for _ in range(3)]
    running = lease("one")

    overtaking = lease("two")
    assert overtaking.job_id == small[0].id
    finish(store, overtaking)

    clock.tick(30_001)
    assert lease("two") is None
    finish(store, running)
    assert lease("two").job_id == large.id
    assert lease("three").job_id == small[1].id


def test_what_can_never_fit_fails_and_says_why(store, submit, lease):
    job = submit(LIMIT + 1, 10)

    assert lease().chunk == 1
    first, _ = children(store, job)
    assert first.status is Status.FAILED
    assert first.failure_code == "QuantumCircuitComplexityError"
    assert first.failure_message == (
        'circuit 0 ("circuit 0") (5 qubits): this simulation needs up to 1001 bytes of memory and may use 1000 '
        "bytes: use fewer qubits, send fewer circuits at a time, or raise the memory limit"
    )


def test_a_single_circuit_that_can_never_fit_names_its_qubits(store, submit, lease):
    job = submit(LIMIT + 1, single=True)

    assert lease() is None
    assert reread(store, job).failure_message.startswith("circuit 0 (5 qubits): this simulation")


def test_without_a_limit_everything_fits(store, submit):
    submit(10**15, 10**15)

    assert store.queue.lease("one", LEASE_MS) is not None
    assert store.queue.lease("two", LEASE_MS) is not None


@pytest.fixture
def register(store):
    """Register a host of this limit, which could also run plug-ins."""

    def add(limit, *plugins, shipped=True):
        has = [HostBackend(name=name, qubits=9, gateset="qis", entangler="ms") for name in plugins]
        Workers(store._database, f"host of {limit}").register(
            HostRegistration(
                kind=HostKind.WORKER,
                host=f"{limit}",
                hostname="elsewhere",
                pid=1,
                version="1",
                slots=1,
                threads=1,
                memory_limit=limit,
                runs_shipped=shipped,
                backends=has,
            )
        )

    return add


def test_what_another_host_could_hold_is_left_to_it_and_holds_nothing_up(
    store, clock, submit, lease, register
):
    register(3 * LIMIT)
    large = submit(2 * LIMIT, 2 * LIMIT)
    small = submit(10, 20)
    clock.tick(60_000)

    assert [lease("one").chunk, lease("two").chunk] == [0, 1]
    assert lease("three") is None
    assert reread(store, small).status is Status.STARTED
    assert reread(store, large).status is Status.READY
    elsewhere = store.queue.lease("far", LEASE_MS, 3 * LIMIT, host="far")
    assert (elsewhere.job_id, elsewhere.chunk) == (large.id, 0)


def test_what_no_host_could_hold_names_the_largest_limit(store, submit, lease, register):
    register(3 * LIMIT)
    job = submit(4 * LIMIT, single=True)

    assert lease() is None
    assert "may use 2.9 KiB" in reread(store, job).failure_message


def test_a_host_that_cannot_run_it_does_not_count(store, submit, lease, register):
    register(3 * LIMIT, "trap", shipped=False)
    job = submit(2 * LIMIT, single=True)

    assert lease() is None
    assert reread(store, job).status is Status.FAILED


def for_a_trap(store, job):
    def change(connection):
        which = tables.chunks.c.job_id == job.id
        checksums.change(connection, tables.chunks, {"backend": "trap"}, which)

    store._database.change(change)


@pytest.mark.engine("sqlite")
def test_the_only_host_takes_what_it_has_no_backend_for_and_can_say_so(store, submit):
    trap = submit(1)
    for_a_trap(store, trap)

    found = store.queue.lease("worker", LEASE_MS, backends=WorkerBackends(("other",), True))

    assert found.job_id == trap.id


@pytest.mark.engine("postgresql")
def test_a_worker_takes_only_what_it_has_a_backend_for(store, submit):
    shipped, trap = submit(1), submit(1)
    for_a_trap(store, trap)

    def lease(*plugins, shipped=True):
        backends = WorkerBackends(plugins, shipped)
        found = store.queue.lease("worker", LEASE_MS, backends=backends)
        return None if found is None else found.job_id

    assert lease(shipped=False) is None
    assert lease("other", shipped=False) is None
    assert lease("other", "trap", shipped=False) == trap.id
    assert lease("other") == shipped.id
    assert lease("trap") is None


def test_a_worker_that_ends_soon_takes_only_what_is_cheap(store, submit):
    submit(1)

    assert store.queue.lease("worker", LEASE_MS, most_cost=999.0) is None
    assert store.queue.lease("worker", LEASE_MS, most_cost=1000.0) is not None
