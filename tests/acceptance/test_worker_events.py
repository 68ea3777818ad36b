"""What a server hears of its worker processes."""

from harness.jobs import ended, new_job
from harness.waiting import until

from paultrap.jobs import Status
from paultrap.store import EventKind


def test_the_server_hears_of_what_its_workers_commit(store, supervise):
    supervisor = supervise()
    heard = []
    supervisor.on_event(heard.append)
    job = store.jobs.add(new_job(store, 4, chunks=2, request_id="request-7"))
    supervisor.wake()
    until(lambda: any(event.kind is EventKind.COMPLETED for event in heard))

    assert [str(event.kind) for event in heard] == [
        "leased",
        "chunk_done",
        "leased",
        "chunk_done",
        "completed",
    ]
    assert {(event.job_id, event.request_id) for event in heard} == {(job.id, "request-7")}
    assert heard[0].owner.startswith("worker-")


def test_a_listener_that_fails_stops_no_worker(store, supervise):
    def fail(_):
        raise RuntimeError("no")

    supervisor = supervise()
    heard = []
    supervisor.on_event(fail)
    supervisor.on_event(heard.append)
    job = store.jobs.add(new_job(store))
    supervisor.wake()

    assert ended(store, job).status is Status.COMPLETED
    until(lambda: any(event.kind is EventKind.COMPLETED for event in heard))


def test_a_canceled_chunk_is_told_as_lost(store, supervise):
    supervisor = supervise("endless_on_circuit_0")
    heard = []
    supervisor.on_event(heard.append)
    job = store.jobs.add(new_job(store))
    supervisor.wake()
    until(lambda: heard)
    store.jobs.cancel(job.project_id, [job.id])
    supervisor.check_leases()

    until(lambda: len(heard) > 1)
    assert (heard[1].kind, heard[1].job_id) == (EventKind.LOST, job.id)
