"""Small jobs do not wait behind large ones: a worker for short work stands beside that for everything."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from acceptance.workers import kill, worker_pids
from harness.circuits import C, G, program_of
from harness.jobs import answers, ended, new_job, reread
from harness.waiting import until

from paultrap.admission import PlannedChunk
from paultrap.circuits import Opcode
from paultrap.formats import CircuitBatch
from paultrap.jobs import Status

pytestmark = pytest.mark.processes

LARGE_QUBITS = 24


def batch_of(*circuits: C) -> CircuitBatch:
    program = program_of(circuits)
    n = program.n_circuits
    widest = int(program.widths.max())
    return CircuitBatch(program, [None] * n, ["qis"] * n, [None] * n, n > 1, widest)


def large(qubits: int = LARGE_QUBITS, depth: int = 150) -> CircuitBatch:
    """Return a circuit that runs for a minute or more."""
    layer = [G(Opcode.RX, (k,), (), (0.3 + k,)) for k in range(qubits)]
    layer += [G(Opcode.YY, (k, k + 1), (), (0.2,)) for k in range(qubits - 1)]
    return batch_of(C(qubits, tuple(layer * depth)))


def small() -> CircuitBatch:
    return batch_of(C(1, (G(Opcode.X, (0,)),)))


def add(store, batch, cost, memory=1 << 16):
    chunks = [PlannedChunk(0, batch.program.n_circuits, cost, memory)]
    return store.jobs.add(replace(new_job(store, batch=batch), chunks=chunks))


@pytest.fixture
def busy(store, supervise):
    """Return a supervisor whose worker for everything runs a job for long, and that job."""
    supervisor = supervise()
    job = add(store, large(), 1e12)
    supervisor.wake()
    until(lambda: reread(store, job).status is Status.STARTED)
    return supervisor, job


def short_workers(supervisor) -> list[int]:
    every = [each.pid for slot in supervisor._slots for each in slot._workers.values()]
    return [pid for pid in every if pid not in worker_pids(supervisor)]


def test_a_small_job_is_done_while_a_large_one_runs(store, busy):
    supervisor, job = busy
    for _ in range(5):
        quick = add(store, small(), 10.0)
        supervisor.wake()

        assert ended(store, quick).status is Status.COMPLETED
        assert reread(store, job).status is Status.STARTED


def test_what_is_not_short_waits(store, busy):
    supervisor, job = busy
    waiting, quick = add(store, small(), 6e9), add(store, small(), 4e9)
    supervisor.wake()

    assert ended(store, quick).status is Status.COMPLETED
    assert reread(store, waiting).status is Status.READY
    assert reread(store, job).status is Status.STARTED


def test_one_that_dies_is_replaced_and_the_large_job_goes_on(store, busy):
    supervisor, job = busy
    (pid,) = until(lambda: short_workers(supervisor))
    before = worker_pids(supervisor)

    kill(pid)

    until(lambda: short_workers(supervisor) not in ([], [pid]))
    assert supervisor.load().restarts == 1
    quick = add(store, small(), 10.0)
    supervisor.wake()
    assert ended(store, quick).status is Status.COMPLETED
    assert worker_pids(supervisor) == before
    assert reread(store, job).status is Status.STARTED


def test_a_canceled_run_ends_between_groups_of_gates_and_its_worker_lives_on(store, supervise):
    supervisor = supervise()
    (pid,) = worker_pids(supervisor)
    job = add(store, large(qubits=27, depth=20), 1e12)
    supervisor.wake()
    until(lambda: resident_bytes(pid) > STATE_OF_27 / 2)  # It is within the run.

    store.jobs.cancel(job.project_id, [job.id])
    supervisor.check_leases()

    assert reread(store, job).status is Status.CANCELED
    until(lambda: resident_bytes(pid) < STATE_OF_27 / 4)
    batch = batch_of(C(2, (G(Opcode.X, (0,)),)), C(2, (G(Opcode.X, (1,)),)))
    others = [add(store, batch, 1e12) for _ in range(3)]
    supervisor.wake()
    for other in others:
        assert ended(store, other).status is Status.COMPLETED
        assert answers(store, other) == [{1: 1.0}, {2: 1.0}]
    assert worker_pids(supervisor) == [pid]
    assert supervisor.load().restarts == 0


STATE_OF_27 = 2**31  # bytes


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_both_end_with_the_server(supervise):
    supervisor = supervise()
    both = [*worker_pids(supervisor), *until(lambda: short_workers(supervisor))]

    supervisor.stop()

    for pid in both:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_both_end_with_the_process_that_has_forked_them(supervise):
    supervisor = supervise()
    both = [*worker_pids(supervisor), *until(lambda: short_workers(supervisor))]

    os.kill(supervisor._slots[0]._process.pid, signal.SIGKILL)

    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in both))
    until(lambda: supervisor.is_alive() and short_workers(supervisor))


def test_of_several_workers_one_is_for_short_work(supervise):
    supervisor = supervise(workers=2)

    until(lambda: supervisor.load().ready == 2)

    assert len(worker_pids(supervisor)) == 2
    assert len(until(lambda: short_workers(supervisor))) == 1


def test_it_takes_a_few_megabytes(supervise):
    supervisor = supervise()
    (pid,) = until(lambda: short_workers(supervisor))
    time.sleep(0.5)

    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_"))

    assert own < 40 << 10  # of some hundred that a start of its own takes
