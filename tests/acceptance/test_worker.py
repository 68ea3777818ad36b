"""Real worker processes: prompt, killed at random moments, poisoned, orphaned, drained."""

import os
import random
import signal
import subprocess
import sys
import threading

import pytest
from acceptance.workers import STAND_IN, TESTS, kill, worker_pids
from harness.jobs import (
    answers,
    batch_of,
    children,
    ended,
    expected,
    finish,
    finish_all,
    new_job,
    reread,
)
from harness.places import rows_of
from harness.waiting import until

from paultrap.engine import ENGINE_VERSION
from paultrap.jobs import Status
from paultrap.store import JobEngine, Store, WorkerEngine
from paultrap.worker import Supervisor

EARLIER_ENGINE = "3"  # of which this release has no rules


def test_the_engine_runs_what_is_submitted(store, supervise):
    supervisor = supervise()
    for circuits, chunks in ((1, 1), (2, 1), (40, 7)):
        job = store.jobs.add(new_job(store, circuits, chunks))
        supervisor.wake()

        assert ended(store, job).status is Status.COMPLETED
        assert answers(store, job) == expected(circuits)


def test_work_is_found_without_a_call(store, supervise):
    supervise()
    job = store.jobs.add(new_job(store))

    assert ended(store, job).status is Status.COMPLETED


def test_a_job_that_an_earlier_engine_began_is_finished_and_shows_both(store, supervise):
    job = store.jobs.add(new_job(store, 4, chunks=2))
    earlier = WorkerEngine([EARLIER_ENGINE], "single")
    assert finish(store, store.queue.lease("worker", 60_000, engine=earlier))

    supervise(precision="double")

    assert ended(store, job).status is Status.COMPLETED
    ran = [EARLIER_ENGINE, ENGINE_VERSION]
    assert store.jobs.engine_of(job) == JobEngine(EARLIER_ENGINE, "single", ran)


def test_workers_killed_at_random_moments_lose_nothing(store, supervise):
    """Two deaths for each job: no chunk dies often enough to be given up."""
    rng = random.Random(5)
    supervisor = supervise("slow", workers=2)
    for _ in range(4):
        job = store.jobs.add(new_job(store, 60, chunks=20))
        supervisor.wake()
        for _ in range(2):
            some = rng.randrange(10)
            until(lambda job=job, some=some: reread(store, job).progress.done >= some)
            kill(rng.choice(until(lambda: worker_pids(supervisor))))
        done = ended(store, job)
        assert done.status is Status.COMPLETED, done
        assert answers(store, job) == expected(60)


def test_a_circuit_that_kills_its_worker_fails_alone(store, supervise):
    supervisor = supervise("deadly_on_circuit_10")
    job = store.jobs.add(new_job(store, 30, chunks=3))
    supervisor.wake()

    failed = ended(store, job)

    assert (failed.status, failed.failure_code) == (Status.FAILED, "InternalError")
    assert failed.failure_message.startswith(
        '1 of 30 circuits failed; circuit 10 ("circuit 10") stopped the worker 3 times'
    )
    found = children(store, job)
    assert found[10].status is Status.FAILED
    good = [index for index in range(30) if index != 10]
    assert {found[index].status for index in good} == {Status.COMPLETED}
    assert [answers(store, found[index]) for index in good] == [[{k: 1.0}] for k in good]
    after = store.jobs.add(new_job(store))
    supervisor.wake()
    assert ended(store, after).status is Status.COMPLETED


@pytest.mark.parametrize(
    ("executor", "code", "message"),
    [
        ("out_of_memory", "QuantumCircuitComplexityError", ": this simulation needs"),
        ("wrong_value", "SimulationError", ": no such gate"),
        ("no_memory", "QuantumCircuitComplexityError", ": the machine ran out of"),
        ("broken", "InternalError", ": KeyError in the worker"),
        ("wrong_answer", "InternalError", ": AttributeError in the worker"),
    ],
)  # fmt: skip
def test_what_the_engine_refuses_is_not_tried_again(store, supervise, executor, code, message):
    supervisor = supervise(executor)
    (pid,) = worker_pids(supervisor)
    job = store.jobs.add(new_job(store))
    supervisor.wake()

    failed = ended(store, job)

    assert (failed.status, failed.failure_code) == (Status.FAILED, code)
    named = '2 of 2 circuits failed; circuit 0 ("circuit 0")'
    assert failed.failure_message.startswith(named + message)
    assert worker_pids(supervisor) == [pid]


def test_memory_that_is_not_allowed_is_refused_with_the_figure(store, supervise):
    supervisor = supervise(memory_limit=1)
    job = store.jobs.add(new_job(store))
    supervisor.wake()

    failed = ended(store, job)

    assert failed.failure_code == "QuantumCircuitComplexityError"
    assert "may use 1 byte" in failed.failure_message


def test_a_canceled_run_gives_its_core_back(store, supervise):
    supervisor = supervise("endless_on_circuit_0", lease_s=0.3)
    stuck = store.jobs.add(new_job(store, 1))
    supervisor.wake()
    until(lambda: reread(store, stuck).status is Status.STARTED)
    store.jobs.cancel(stuck.project_id, [stuck.id])
    other = store.jobs.add(new_job(store, 1, batch=second_circuit()))

    assert ended(store, other).status is Status.COMPLETED
    assert reread(store, stuck).status is Status.CANCELED


def test_a_canceled_run_is_given_up_at_once_when_the_worker_is_told(store, supervise):
    supervisor = supervise("endless_on_circuit_0", lease_s=600)
    stuck = store.jobs.add(new_job(store, 1))
    supervisor.wake()
    until(lambda: reread(store, stuck).status is Status.STARTED)
    store.jobs.cancel(stuck.project_id, [stuck.id])
    other = store.jobs.add(new_job(store, 1, batch=second_circuit()))

    supervisor.check_leases()

    assert ended(store, other).status is Status.COMPLETED
    assert supervisor.load().restarts == 0  # Nothing died that an operator had to hear of.


def test_being_told_to_check_does_not_end_a_run_that_goes_on(store, supervise):
    supervisor = supervise("slow_start", lease_s=600)
    job = store.jobs.add(new_job(store))
    supervisor.wake()
    until(lambda: reread(store, job).status is Status.STARTED)
    (pid,) = worker_pids(supervisor)

    supervisor.check_leases()

    assert ended(store, job).status is Status.COMPLETED
    assert worker_pids(supervisor) == [pid]


def second_circuit():
    batch = batch_of(2)
    return type(batch)(batch.program.slice(1, 2), ["one"], ["qis"], [None], True, 5)


def test_a_long_run_keeps_its_lease(store, place, supervise):
    supervisor = supervise("endless_on_circuit_0", lease_s=0.3)
    job = store.jobs.add(new_job(store))
    supervisor.wake()
    ends = set()

    def renewed():
        query = "SELECT attempts, lease_until FROM chunks WHERE status = 'leased'"
        ends.update(rows_of(place, query))
        return len(ends) > 3

    until(renewed)
    assert {attempts for attempts, _ in ends} == {1}
    assert reread(store, job).status is Status.STARTED


def test_stopping_lets_the_chunk_at_hand_end_and_leaves_the_rest(store, supervise):
    supervisor = supervise("quite_slow")
    job = store.jobs.add(new_job(store, 60, chunks=60))
    supervisor.wake()
    until(lambda: reread(store, job).progress.done >= 1)
    supervisor.stop(drain_s=60)
    stopped = reread(store, job)

    assert stopped.status is Status.STARTED
    assert 0 < stopped.progress.done < 60
    assert not supervisor.is_alive()
    assert worker_pids(supervisor) == []
    assert finish_all(store) == 60 - stopped.progress.done
    assert answers(store, job) == expected(60)


def test_a_run_that_outlasts_the_drain_is_stopped_without_blame(store, supervise):
    job = store.jobs.add(new_job(store, 1))
    for _ in range(4):
        supervisor = supervise("endless_on_circuit_0")
        until(lambda: reread(store, job).status is Status.STARTED)
        supervisor.stop(drain_s=0)
    finish_all(store)

    assert reread(store, job).status is Status.COMPLETED


def test_a_worker_that_is_told_to_stop_finishes_its_chunk(store, place):
    code = STAND_IN.format(tests=str(TESTS), executor="slow_start")
    command = [sys.executable, "-c", code]
    environment = os.environ | {"PAULTRAP_DATABASE": place}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as worker:
        assert worker.stdout.readline().split()[::3] == ["forked", "everything"]
        assert worker.stdout.readline() == "ready\n"
        job = store.jobs.add(new_job(store))
        worker.stdin.write("\n")
        worker.stdin.flush()
        until(lambda: reread(store, job).status is Status.STARTED)
        worker.stdin.write("s")
        worker.stdin.flush()
        said = worker.stdout.read()

    assert worker.returncode == 0
    assert [line.split(" ", 1)[0] for line in said.splitlines()] == [*["event"] * 3, "ended"]
    assert reread(store, job).status is Status.COMPLETED


def test_ctrl_c_is_the_servers_business(store, supervise):
    supervisor = supervise()
    (pid,) = worker_pids(supervisor)
    os.kill(pid, signal.SIGINT)
    job = store.jobs.add(new_job(store))
    supervisor.wake()

    assert ended(store, job).status is Status.COMPLETED
    assert worker_pids(supervisor) == [pid]


def test_a_worker_told_to_end_finishes_its_chunk_and_is_replaced(store, supervise):
    supervisor = supervise("slow_start")
    (pid,) = worker_pids(supervisor)
    job = store.jobs.add(new_job(store))
    supervisor.wake()
    until(lambda: reread(store, job).status is Status.STARTED)
    os.kill(pid, signal.SIGTERM)

    assert ended(store, job).status is Status.COMPLETED
    until(lambda: worker_pids(supervisor) not in ([], [pid]))


def test_a_worker_that_cannot_start_is_tried_again_with_pauses(store, tmp_path):
    tries = tmp_path / "tries"
    code = f"open({str(tries)!r}, 'a').write('.'); exit(1)"
    supervisor = Supervisor(store, command=[sys.executable, "-c", code])
    supervisor.start()
    until(lambda: tries.exists() and len(tries.read_text()) > 1)

    assert not supervisor.is_alive()
    threading.Thread(target=supervisor.stop).start()
    until(lambda: not supervisor._slots[0]._thread.is_alive())


def test_a_command_that_is_missing_does_not_end_the_supervisor(store):
    supervisor = Supervisor(store, command=["/nowhere/python"])
    supervisor.start()
    supervisor.wake()

    assert not supervisor.is_alive()
    assert supervisor._slots[0]._thread.is_alive()
    supervisor.stop()


def test_a_store_that_cannot_answer_does_not_stop_the_supervisor(store, supervise, monkeypatch):
    supervisor = supervise()
    monkeypatch.setattr(store.queue, "release", lambda *_, **__: 1 / 0)
    (pid,) = worker_pids(supervisor)
    os.kill(pid, signal.SIGKILL)

    until(lambda: worker_pids(supervisor) not in ([], [pid]) and supervisor.is_alive())


def test_what_a_dead_server_left_is_completed_by_the_next(store, place):
    job = store.jobs.add(new_job(store, 6, chunks=3))
    store.queue.lease("of the dead server", 10**9)
    store.close()
    reopened = Store.open(place, as_server=True)
    supervisor = Supervisor(reopened)
    supervisor.start()

    assert ended(reopened, job).status is Status.COMPLETED
    assert answers(reopened, job) == expected(6)
    supervisor.stop()
    reopened.close()


def test_a_supervisor_counts_its_workers_and_those_that_it_replaced(supervise):
    supervisor = supervise(workers=2, memory_limit=1 << 30)
    until(lambda: supervisor.load().ready == 2)
    load = supervisor.load()
    assert (load.workers, load.restarts, load.memory_limit) == (2, 0, 1 << 30)
    assert len(load.resident_bytes) == 2
    assert all(1 << 23 < resident < 1 << 30 for resident in load.resident_bytes)

    kill(worker_pids(supervisor)[0])
    until(lambda: supervisor.load().restarts == 1 and supervisor.load().ready == 2)
    supervisor.stop(drain_s=0)

    load = supervisor.load()
    assert (load.workers, load.ready, load.restarts) == (2, 0, 1)
    assert load.resident_bytes == [0, 0]
