"""Leases belong to a server: a new one frees those of dead servers, and of no other."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from harness.jobs import finish, new_job, reread
from harness.waiting import until

from paultrap.admission import PlannedChunk
from paultrap.jobs import Status
from paultrap.store import WorkQueue, maintenance
from paultrap.store.sqlite import database as engine


@pytest.fixture
def open_servers(open_store, monkeypatch):
    """Open several servers of one database, as an engine for several machines allows."""
    held = set()

    @contextmanager
    def duty(_, name, **_options):
        if name in held:
            yield False
            return
        held.add(name)
        try:
            yield True
        finally:
            held.discard(name)

    class NoLock:
        def __init__(self, _):
            pass

        def release(self):
            pass

    monkeypatch.setattr(engine, "ServerLock", NoLock)
    monkeypatch.setattr(engine.SqliteDatabase, "duty", duty)
    return lambda: open_store(as_server=True)


def test_a_second_server_leaves_the_leases_of_the_first(open_servers):
    first = open_servers()
    job = first.jobs.add(new_job(first, 2, chunks=2))
    lease = first.queue.lease("worker of the first", 60_000)

    second = open_servers()
    other = second.queue.lease("worker of the second", 60_000)

    assert first.server != second.server
    assert first.queue.extend(lease, 60_000)
    assert other.chunk != lease.chunk
    second.close()
    third = open_servers()
    assert first.queue.extend(lease, 60_000)
    assert not third.queue.extend(other, 60_000)
    again = third.queue.lease("worker of the third", 60_000)
    assert (again.chunk, again.attempt) == (other.chunk, 2)
    assert finish(first, lease)
    assert finish(third, again)
    assert reread(first, job).status is Status.COMPLETED


def test_a_server_notices_that_another_has_died(open_servers):
    first, second = open_servers(), open_servers()
    first.jobs.add(new_job(first, 3, chunks=3))
    own = first.queue.lease("worker of the first", 60_000)
    lost = second.queue.lease("worker of the second", 60_000)
    by_hand = WorkQueue(first._database).lease("by hand", 60_000)

    first.maintenance.run()
    assert all(first.queue.extend(each, 60_000) for each in (own, lost, by_hand))
    second.close()

    def is_noticed():
        first.maintenance.run()  # It does nothing while the one in the background does it.
        return not first.queue.extend(lost, 60_000)

    until(is_noticed)
    assert first.queue.extend(own, 60_000)
    assert first.queue.extend(by_hand, 60_000)
    again = first.queue.lease("worker of the first", 60_000)
    assert (again.chunk, again.attempt) == (lost.chunk, 2)
    assert finish(first, again)


def test_maintenance_goes_on_after_an_error(open_store, monkeypatch):
    rounds = []

    def fail(_):
        rounds.append(1)
        raise sa.exc.IntegrityError("a statement", None, Exception("unexpected"))

    monkeypatch.setattr(maintenance, "_QUIET_S", 0.001)
    monkeypatch.setattr(maintenance, "remove_some", fail)
    store = open_store(as_server=True)
    until(lambda: rounds)

    before = len(rounds)
    store.maintenance.request()
    until(lambda: len(rounds) > before)


def test_leases_of_workers_without_a_server_are_freed(open_store, open_servers):
    tool = open_store()
    tool.jobs.add(new_job(tool, 1))
    lease = tool.queue.lease("by hand", 60_000)

    open_servers()

    assert tool.server is None
    assert not tool.queue.extend(lease, 60_000)


def test_memory_is_counted_by_host_whoever_has_started_the_worker(open_servers):
    first, second = open_servers(), open_servers()
    for _ in range(4):
        first.jobs.add(replace(new_job(first, 1), chunks=[PlannedChunk(0, 1, 1e3, memory=60)]))

    def lease(server, host):
        return server.queue.lease(f"{server.server} {host}", 60_000, 100, host=host)

    here = lease(first, "here")
    assert here is not None
    assert lease(first, "here") is None
    assert lease(second, "here") is None
    assert lease(second, "there") is not None
    finish(first, here)
    assert lease(second, "here") is not None
