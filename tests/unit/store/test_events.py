"""Events of jobs: what is published, when, and what it says."""

import msgspec
import pytest
from harness.jobs import children, finish, finish_all, new_job, new_session

from paultrap.jobs import MAX_DEATHS, Failure
from paultrap.store import EventKind, EventReason, JobEvent, SessionClosedError

NAMED = {"request_id": "request-7", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}


@pytest.fixture
def heard(store):
    events = []
    store.on_event(events.append)
    yield events
    # A server hears of its workers' events as lines, and takes none that differs from its type.
    for event in events:
        assert msgspec.json.decode(msgspec.json.encode(event), type=JobEvent) == event


def kinds(events):
    return [str(event.kind) for event in events]


def test_the_life_of_a_job_is_told(store, heard, clock):
    job = store.jobs.add(new_job(store, 4, chunks=2, **NAMED))
    clock.tick(30)
    finish_all(store)

    assert kinds(heard) == [
        "submitted",
        "leased",
        "chunk_done",
        "leased",
        "chunk_done",
        "completed",
    ]
    assert {(e.job_id, e.project_id, e.backend) for e in heard} == {
        (job.id, job.project_id, "simulator")
    }
    assert {(e.request_id, e.traceparent) for e in heard} == {tuple(NAMED.values())}
    submitted, first, done, second, _, completed = heard
    assert (submitted.circuits, submitted.gates_1q) == (4, job.gates_1q)
    assert (first.starts_job, second.starts_job) == (True, False)
    assert (second.chunk, second.first, second.circuits) == (1, 2, 2)
    assert (second.owner, second.attempt) == ("finisher", 1)
    assert (first.elapsed_ms, completed.elapsed_ms) == (30, 30)
    assert (done.execution_ms, completed.execution_ms) == (1.0, 2.0)
    assert (completed.circuits, completed.gates_1q) == (4, job.gates_1q)


def test_a_lease_names_the_request_that_submitted_its_job(store):
    job = store.jobs.add(new_job(store, **NAMED))
    lease = store.queue.lease("worker", 60_000)

    assert (lease.request_id, lease.traceparent) == tuple(NAMED.values())
    assert (lease.project_id, lease.backend) == (job.project_id, "simulator")
    read = store.jobs.get(job.project_id, job.id)
    assert (read.request_id, read.traceparent) == tuple(NAMED.values())
    assert children(store, job)[0].request_id == "request-7"


def test_a_job_that_fails_says_why(store, heard):
    store.jobs.add(new_job(store, 2, chunks=2))
    store.queue.fail(store.queue.lease("worker", 60_000), "SimulationError", ": no")
    store.queue.fail(store.queue.lease("worker", 60_000), "InternalError", ": oh")

    _, _, first, _, second, failed = heard
    assert kinds([first, second, failed]) == ["chunk_failed", "chunk_failed", "failed"]
    assert (second.code, second.message) == (
        "InternalError",
        'circuit 1 ("circuit 1"): oh',
    )
    assert (first.circuits_failed, failed.circuits_failed) == (1, 2)
    # The first failure speaks for the job.
    assert (failed.code, failed.message) == (
        "SimulationError",
        '2 of 2 circuits failed; circuit 0 ("circuit 0"): no',
    )


def test_a_job_that_ends_when_it_is_submitted_says_so(store, heard):
    dry = store.jobs.add(new_job(store, dry_run=True))
    failure = Failure("ProgramError", "line 3: no such gate")
    store.jobs.add(new_job(store, chunks=0, failure=failure))

    assert kinds(heard) == ["submitted", "completed", "submitted", "failed"]
    assert [event.dry_run for event in heard] == [True, True, False, False]
    assert heard[1].job_id == dry.id
    assert (heard[3].code, heard[3].message) == (failure.code, failure.message)


def test_what_is_run_again_says_why(store, heard, clock):
    store.jobs.add(new_job(store, single=True, circuits=1))
    store.queue.lease("silent", 1_000)
    clock.tick(1_000)
    store.queue.lease("dying", 1_000)
    store.queue.release("dying")
    store.queue.lease("leaving", 1_000)
    store.queue.release("leaving", blame=False)

    retried = [event for event in heard if event.kind is EventKind.RETRIED]
    assert [(event.reason, event.owner, event.attempt) for event in retried] == [
        (EventReason.LEASE_EXPIRED, "silent", 1),
        (EventReason.WORKER_DIED, "dying", 2),
        (EventReason.WORKER_STOPPED, "leaving", 3),
    ]


def test_a_chunk_that_kills_its_workers_fails_with_the_last_of_them(store, heard):
    store.jobs.add(new_job(store, 1))
    for number in range(MAX_DEATHS):
        store.queue.lease(f"worker {number}", 60_000)
        store.queue.release(f"worker {number}")

    assert kinds(heard)[-4:] == ["retried", "leased", "chunk_failed", "failed"]
    assert kinds(heard).count("retried") == MAX_DEATHS - 1


def test_what_a_dead_server_ran_is_told_to_the_listener_that_opens(open_store):
    dead = open_store(as_server=True)
    job = dead.jobs.add(new_job(dead, **NAMED))
    dead.queue.lease("orphan", 60_000)
    dead.close()
    heard = []
    open_store(as_server=True, on_event=heard.append)

    [event] = heard
    assert (event.kind, event.reason) == (EventKind.RETRIED, EventReason.SERVER_DIED)
    assert (event.job_id, event.request_id, event.owner) == (job.id, "request-7", "orphan")


def test_canceling_and_deleting_are_told_of_jobs_and_of_children(store, heard):
    job, other = (store.jobs.add(new_job(store, 2, chunks=2)) for _ in range(2))
    child = children(store, job)[0]
    heard.clear()
    store.jobs.cancel(job.project_id, [child.id])
    store.jobs.cancel(job.project_id, [job.id, other.id])
    store.jobs.cancel(job.project_id, [job.id])  # it has ended: nothing happens
    store.jobs.delete(job.project_id, [child.id, job.id])

    assert [(str(e.kind), e.job_id, e.parent_id) for e in heard] == [
        ("canceled", child.id, job.id),
        ("canceled", job.id, None),
        ("canceled", other.id, None),
        ("deleted", child.id, job.id),
        ("deleted", job.id, None),
    ]
    assert [event.circuits for event in heard] == [1, 2, 2, 1, 2]


def test_jobs_that_are_canceled_with_something_else_say_so(store, heard):
    session = new_session(store)
    waiting = store.jobs.add(new_job(store, session_id=session.id))
    moved = store.jobs.add(new_job(store))
    heard.clear()
    store.sessions.end(session.project_id, session.id, session.creator_id)
    store.jobs.move(new_job(store), moved.id)

    assert [(str(e.kind), e.reason) for e in heard] == [
        ("canceled", EventReason.SESSION_ENDED),
        ("submitted", None),
        ("canceled", EventReason.MOVED),
    ]
    assert (heard[0].job_id, heard[2].job_id) == (waiting.id, moved.id)


def test_a_session_that_ends_with_a_job_tells_of_both(store, heard):
    session = new_session(store, usd_limit=1e-9, backend="qpu.aria-1")
    first, second = (
        store.jobs.add(new_job(store, session_id=session.id, backend="qpu.aria-1", shots=100))
        for _ in range(2)
    )
    heard.clear()
    finish(store, store.queue.lease("worker", 60_000))

    ends = [(str(e.kind), e.job_id) for e in heard if e.kind != EventKind.LEASED]
    assert ends == [
        ("chunk_done", first.id),
        ("completed", first.id),
        ("canceled", second.id),
    ]


def test_what_is_not_committed_is_not_told(store, heard):
    session = new_session(store)
    store.sessions.end(session.project_id, session.id, session.creator_id)
    with pytest.raises(SessionClosedError):
        store.jobs.add(new_job(store, session_id=session.id))
    job = store.jobs.add(new_job(store))

    assert [event.job_id for event in heard] == [job.id]


def test_a_listener_sees_what_is_committed_and_may_use_the_store(store):
    seen = []
    store.on_event(lambda event: seen.append(store.jobs.get(event.project_id, event.job_id)))
    job = store.jobs.add(new_job(store))

    assert [found.id for found in seen] == [job.id]


def test_a_listener_that_fails_stops_nothing(store, heard):
    def fail(_):
        raise RuntimeError("no")

    store._database._bus._listeners.insert(0, fail)
    store.jobs.add(new_job(store))

    assert kinds(heard) == ["submitted"]


def test_a_worker_that_lost_its_chunk_can_say_so(store, heard):
    store.jobs.add(new_job(store, **NAMED))
    lease = store.queue.lease("worker", 60_000)
    heard.clear()
    store.queue.note_loss(lease)

    [event] = heard
    assert (event.kind, event.job_id, event.owner) == (EventKind.LOST, lease.job_id, "worker")
    assert event.request_id == "request-7"
