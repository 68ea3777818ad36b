"""Leases share one bound on memory: what does not fit waits, and what never fits fails."""

from dataclasses import replace

import pytest
from harness.jobs import children, finish, new_job, reread

from paultrap.admission import PlannedChunk
from paultrap.jobs import Status

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
