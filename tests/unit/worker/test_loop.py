"""The work loop in this process, over a real store that may be out of reach for a while."""

import json
import threading
from dataclasses import replace

import pytest
from harness.functions import circuits_of
from harness.jobs import answers, children, expected, new_job, reread, right_answer
from harness.log import log

from paultrap import logs
from paultrap.admission import PlannedChunk
from paultrap.circuits import SimulationError
from paultrap.engine import simulate
from paultrap.functions.qaoa import CIRCUITS, Qaoa
from paultrap.jobs import Status
from paultrap.store import EventKind, Store, StoreUnavailableError
from paultrap.worker.loop import LeaseTerms, WorkLoop

__all__ = ["log"]


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "paultrap.db")
    yield store
    store.close()


def failing_at_first(call, times):
    """Return ``call``, which the store refuses so many times before it takes it."""
    left = iter(range(times))

    def refused_at_first(*arguments, **options):
        if next(left, None) is not None:
            raise StoreUnavailableError("the disk is full")
        return call(*arguments, **options)

    return refused_at_first


def run_until_finished(store, executions):
    def execute(_):
        executions.append(1)
        return right_answer(0, 2)

    work(store, execute)


def work(store, execute):
    """Run a loop until a chunk has ended."""
    loop = WorkLoop(
        store.queue,
        LeaseTerms(owner="worker", lease_ms=60_000, retry_s=0.01),
        execute,
        on_stuck=lambda: pytest.fail("the lease was lost"),
    )
    ends = {EventKind.CHUNK_DONE, EventKind.CHUNK_FAILED}
    store.on_event(lambda event: event.kind in ends and loop.stop())
    thread = threading.Thread(target=loop.run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


def test_an_answer_that_the_store_refuses_at_first_is_kept(store, monkeypatch):
    job = store.jobs.add(new_job(store))
    executions = []
    monkeypatch.setattr(store.queue, "finish", failing_at_first(store.queue.finish, 3))

    run_until_finished(store, executions)

    assert reread(store, job).status is Status.COMPLETED
    assert answers(store, job) == expected(2)
    assert len(executions) == 1


def test_a_store_that_has_no_work_to_give_is_asked_again(store, monkeypatch):
    job = store.jobs.add(new_job(store))
    monkeypatch.setattr(store.queue, "lease", failing_at_first(store.queue.lease, 3))

    run_until_finished(store, [])

    assert reread(store, job).status is Status.COMPLETED


def test_a_store_that_is_out_of_reach_for_long_does_not_fill_the_log(store, monkeypatch, log):
    store.jobs.add(new_job(store))
    monkeypatch.setattr(store.queue, "lease", failing_at_first(store.queue.lease, 50))

    run_until_finished(store, [])
    logs.flush()

    lost, back = [line for line in log.lines if "to be had" in line["event"]]
    assert (lost["event"], lost["level"]) == ("no work to be had", "warning")
    assert "the disk is full" in lost["exception"]
    assert back["event"] == "the store is to be had again"


def test_an_answer_that_cannot_be_packed_is_a_failure(store, monkeypatch):
    def no_memory(*_):
        raise MemoryError

    job = store.jobs.add(new_job(store))
    monkeypatch.setattr(store.queue, "finish", no_memory)

    run_until_finished(store, [])

    assert reread(store, job).status is Status.FAILED
    assert "out of memory" in reread(store, job).failure_message


def test_what_the_engine_refuses_is_a_failure_that_names_the_circuit_of_the_job(store):
    job = store.jobs.add(new_job(store, circuits=4, chunks=2))
    work(store, lambda lease: right_answer(lease.first, lease.stop))

    def refuse(lease):
        if lease.first <= 3 < lease.stop:
            raise SimulationError(
                " (pauliexp): the time is too long", circuit=3 - lease.first, gate=0
            )
        return right_answer(lease.first, lease.stop)

    work(store, refuse)

    failed = reread(store, job)
    assert failed.status is Status.FAILED
    assert failed.failure_code == "SimulationError"
    named = 'circuit 3 ("circuit 3"), gate 0 (pauliexp): the time is too long'
    assert failed.failure_message == f"1 of 4 circuits failed; {named}"
    *good, bad = children(store, failed)
    assert [answers(store, child) for child in good] == [[each] for each in expected(3)]
    assert (bad.status, bad.failure_message) == (Status.FAILED, named)


def test_a_function_that_finds_no_next_stage_fails_its_job_and_not_the_worker(store, monkeypatch):
    graph = {"nodes": [{"id": 0}, {"id": 1}], "adjacency": [[{"id": 1}], [{"id": 0}]]}
    source = json.dumps({"problem_type": "maxcut", "problem": graph}).encode()
    batch = circuits_of(Qaoa(source))
    chunks = [
        PlannedChunk(stage * CIRCUITS, (stage + 1) * CIRCUITS, 1e3, stage=stage)
        for stage in range(Qaoa.stages)
    ]
    new = replace(new_job(store, type=Qaoa.type, source=source), batch=batch, chunks=chunks)
    job = store.jobs.add(new)
    monkeypatch.setattr(Qaoa, "next_stage", lambda *_: 1 / 0)

    for _ in range(2):
        work(store, lambda lease: simulate(lease.program))

    failed = reread(store, job)
    assert (failed.status, failed.failure_code) == (Status.FAILED, "InternalError")
    assert failed.progress.done == CIRCUITS
