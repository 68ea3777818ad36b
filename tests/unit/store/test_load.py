"""What a store says of its queue: what waits, since when, what runs, and how large it is."""

from dataclasses import replace

import pytest
from harness.hosts import about
from harness.jobs import finish, new_job

from paultrap.admission import PlannedChunk
from paultrap.store import BackendLoad

LEASE_MS = 3_600_000


def test_an_empty_store_has_nothing_to_do(store, clock):
    load = store.load()

    assert (load.at, load.backends) == (clock.now, {})
    assert load.database_bytes > 0
    assert load.read_s > 0


def test_what_waits_is_counted_by_backend_since_the_oldest(store, clock):
    first = clock.now
    for _ in range(3):
        store.jobs.add(new_job(store, 4, chunks=2))
        clock.tick(1_000)
    later = clock.now
    store.jobs.add(new_job(store, 1, backend="qpu.aria-1"))
    clock.tick(5_000)
    load = store.load()

    assert load.backends == {
        "simulator": BackendLoad(waiting_jobs=3, oldest_at=first, queued_chunks=6),
        "qpu.aria-1": BackendLoad(waiting_jobs=1, oldest_at=later, queued_chunks=1),
    }
    assert load.at - first == 8_000


def test_a_job_that_has_begun_waits_no_more_and_its_chunks_do(store, clock):
    planned = [PlannedChunk(0, 1, 1e3, 700), PlannedChunk(1, 2, 1e3, 300)]
    store.jobs.add(replace(new_job(store, 2), chunks=planned))
    clock.tick(1)
    first = store.queue.lease("one", LEASE_MS)

    running = store.load().backends["simulator"]
    assert running == BackendLoad(queued_chunks=1, running_chunks=1, leased_bytes=700)
    second = store.queue.lease("two", LEASE_MS)
    assert store.load().backends["simulator"].leased_bytes == 1000
    finish(store, first)
    assert store.load().backends["simulator"].leased_bytes == 300
    finish(store, second)

    assert store.load().backends == {}


def test_what_is_canceled_deleted_or_only_checked_does_not_wait(store):
    canceled, deleted = (store.jobs.add(new_job(store)) for _ in range(2))
    store.jobs.add(new_job(store, dry_run=True))
    store.jobs.cancel(canceled.project_id, [canceled.id])
    store.jobs.delete(deleted.project_id, [deleted.id])

    assert store.load().backends == {}


@pytest.mark.engine("sqlite")  # which says what it will do in words
def test_counting_reads_nothing_that_has_ended(store):
    """Whatever was kept of a million jobs must not be read every few seconds."""
    from paultrap.store import monitoring

    with store._database.read() as connection:
        for query in (monitoring._QUEUED, monitoring._RUNNING):
            text = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
            tables = [line for line in plan if " chunks " in line or " jobs " in line]
            assert len(tables) == 2, plan
            assert any("chunks_by_due_time (status=?" in line for line in tables), plan
            assert all(line.startswith("SEARCH ") for line in tables), plan
            assert any("jobs USING INDEX sqlite_autoindex_jobs_1 (id=?)" in line for line in tables)


def test_memory_is_counted_with_the_threads_of_the_host_that_runs_a_chunk(open_store):
    store = open_store(as_server=True)
    store.workers.register(about("here", threads=4, memory_limit=1_000))
    for more in (50, 500):
        chunk = PlannedChunk(0, 1, 1e3, 100, thread_memory=more)
        store.jobs.add(replace(new_job(store, 1), chunks=[chunk]))

    store.queue.lease("one", LEASE_MS)
    assert store.load().backends["simulator"].leased_bytes == 250
    store.queue.lease("two", LEASE_MS)
    # All of the host, where it would be more.
    assert store.load().backends["simulator"].leased_bytes == 1_250
