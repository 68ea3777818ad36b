"""A chunk whose workers die, or that needs too much memory, is halved until one circuit is alone."""

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from harness.circuits import read_job
from harness.functions import circuits_of
from harness.jobs import (
    answers,
    batch_of,
    children,
    expected,
    finish,
    finish_all,
    flipping,
    new_job,
    reread,
)

from paultrap.admission import PlannedChunk
from paultrap.engine import RunOptions
from paultrap.formats import CircuitLimits
from paultrap.functions.qaoa import CIRCUITS, Qaoa
from paultrap.jobs import EXPIRIES_PER_DEATH, MAX_DEATHS, MAX_OUTAGES, Status, method_of
from paultrap.store import EventKind, EventReason, tables

LEASE_MS = 30_000
SOURCE = b'{"problem_type":"maxcut","problem":{"nodes":[{"id":0},{"id":1}],"adjacency":[[{"id":1}],[{"id":0}]]}}'


def lease(store, owner="worker"):
    return store.queue.lease(owner, LEASE_MS)


def run_out(store, deadly, die):
    """Run all that is queued, and die with each chunk that holds a deadly circuit; return how often."""
    deaths = 0
    while (leased := lease(store)) is not None:
        if deadly & set(range(leased.first, leased.stop)):
            deaths += 1
            die()
        else:
            assert finish(store, leased)
    return deaths


@pytest.mark.parametrize("died", ["killed", "silent"])
@pytest.mark.parametrize("deadly", [{13}, {10, 19}])
def test_the_circuit_that_kills_its_workers_fails_alone(store, clock, died, deadly):
    job = store.jobs.add(new_job(store, 30, chunks=3))

    def die():
        if died == "killed":
            store.queue.release("worker")
        else:
            clock.tick(LEASE_MS)

    deaths = run_out(store, deadly, die)

    failed = reread(store, job)
    assert (failed.status, failed.failure_code) == (Status.FAILED, "InternalError")
    first = min(deadly)
    assert failed.failure_message.startswith(
        f'{len(deadly)} of 30 circuits failed; circuit {first} ("circuit {first}") stopped the '
        "worker 3 times; the process was killed"
    )
    found = children(store, job)
    assert {index for index, child in enumerate(found) if child.status is Status.FAILED} == deadly
    good = [index for index in range(30) if index not in deadly]
    assert {found[index].status for index in good} == {Status.COMPLETED}
    assert [answers(store, found[index]) for index in good] == [[expected(30)[k]] for k in good]
    # Two deaths of ten circuits, one each of five, of two or three, and of two, and two alone.
    most = 2 + 3 + 2 if len(deadly) == 1 else 2 + 2 * (3 + 2)
    assert deaths <= most * (1 if died == "killed" else EXPIRIES_PER_DEATH)


def test_the_halves_are_due_when_the_whole_was_and_keep_its_circuits(store, clock):
    new = new_job(store, 9, chunks=1)
    job = store.jobs.add(new)
    chunks = tables.chunks

    def rows():
        with store._database.read() as connection:
            return connection.execute(sa.select(chunks).order_by(chunks.c.first)).all()

    [whole] = rows()
    clock.tick(7)
    for _ in range(2):
        lease(store)
        clock.tick(50)
        store.queue.release("worker")

    first, second = rows()
    assert [(row.first, row.stop) for row in (first, second)] == [(0, 4), (4, 9)]
    for row in (first, second):
        assert (row.due_at, row.stage, row.status) == (whole.due_at, whole.stage, "queued")
        assert (row.deaths, row.owner, row.lease_until) == (1, None, None)
        assert row.memory == whole.memory
    assert first.cost + second.cost == pytest.approx(whole.cost)
    assert {child.status for child in children(store, job)} == {Status.STARTED}
    for _ in range(2):
        leased = lease(store)
        same = new.batch.program.slice(leased.first, leased.stop)
        assert leased.program.to_bytes() == same.to_bytes()
        assert finish(store, leased)
    assert reread(store, job).status is Status.COMPLETED
    assert answers(store, job) == expected(9)
    # What is read by circuit or as a whole does not depend on how the chunks are numbered.
    assert store.jobs.admitted(job).batch.program.to_bytes() == new.batch.program.to_bytes()
    for index, child in enumerate(children(store, job)):
        assert (
            store.jobs.circuit(child).to_bytes()
            == batch_of(9).program.slice(index, index + 1).to_bytes()
        )


def test_a_lease_from_before_the_halving_does_not_count(store):
    job = store.jobs.add(new_job(store, 4, chunks=1))
    lost = []
    for _ in range(2):
        lost.append(lease(store))
        store.queue.release("worker")

    assert not any(store.queue.extend(each, LEASE_MS) or finish(store, each) for each in lost)
    assert finish_all(store) == 2
    assert answers(store, job) == expected(4)


def test_a_halved_chunk_is_told_of_and_counted_as_a_retry(store):
    heard = []
    store.on_event(heard.append)
    store.jobs.add(new_job(store, 4, chunks=1))
    for _ in range(2):
        lease(store)
        store.queue.release("worker")

    *_, halved = heard
    assert (halved.kind, halved.reason) == (EventKind.HALVED, EventReason.WORKER_DIED)
    assert (halved.first, halved.circuits, halved.attempt) == (0, 4, 2)


def test_what_ran_whenever_the_server_died_is_halved_too(open_store):
    store = open_store(as_server=True)
    job = store.jobs.add(new_job(store, 3))
    outages = 0
    while (leased := lease(store, "orphan")) is not None:
        if leased.first <= 1 < leased.stop:
            outages += 1
            store.close()
            store = open_store(as_server=True)
        else:
            assert finish(store, leased)

    assert outages == MAX_OUTAGES + 2 + 2
    found = [child.status for child in children(store, reread(store, job))]
    assert found == [Status.COMPLETED, Status.FAILED, Status.COMPLETED]


def test_chunks_of_a_search_are_not_halved(store):
    chunks = [
        PlannedChunk(stage * CIRCUITS, (stage + 1) * CIRCUITS, 1e3, stage=stage)
        for stage in range(Qaoa.stages)
    ]
    new = new_job(store, type=Qaoa.type, source=SOURCE)
    new = replace(new, batch=circuits_of(Qaoa(SOURCE)), chunks=chunks)
    job = store.jobs.add(new)
    for _ in range(MAX_DEATHS):
        assert lease(store).stop == CIRCUITS
        store.queue.release("worker")

    failed = reread(store, job)
    assert failed.status is Status.FAILED
    assert failed.failure_message.startswith(f"circuits 0 to {CIRCUITS - 1} stopped the worker 3")


def test_what_needs_too_much_memory_together_runs_in_parts(store):
    new = new_job(store, 8, chunks=1)
    method, program = method_of(None), new.batch.program
    alone = max(method.memory(program.slice(k, k + 1), RunOptions()) for k in range(8))
    together = method.memory(program, RunOptions())
    assert alone < together
    limit = (alone + together) // 2
    job = store.jobs.add(replace(new, chunks=[PlannedChunk(0, 8, 1e3, together)]))

    sizes = []
    while (leased := store.queue.lease("worker", LEASE_MS, limit)) is not None:
        sizes.append(leased.stop - leased.first)
        assert finish(store, leased)

    assert len(sizes) > 1
    assert sum(sizes) == 8
    assert reread(store, job).status is Status.COMPLETED
    assert answers(store, job) == expected(8)


def test_only_the_circuit_that_never_fits_fails(store):
    wide = [{"gate": "h", "target": qubit} for qubit in range(24)]
    circuits = [{"circuit": wide if index == 5 else flipping(index)} for index in range(8)]
    body = json.dumps({"input": {"qubits": 24, "circuits": circuits}}).encode()
    batch = read_job(body, CircuitLimits())
    new = new_job(store, 8, batch=batch, chunks=1)
    job = store.jobs.add(replace(new, chunks=[PlannedChunk(0, 8, 1e3, 1 << 40)]))

    while (leased := store.queue.lease("worker", LEASE_MS, 1 << 26)) is not None:
        assert finish(store, leased)

    failed = reread(store, job)
    assert failed.progress == (7, 8, 1)
    assert failed.failure_message.startswith(
        "1 of 8 circuits failed; circuit 5 (24 qubits): this simulation needs"
    )
