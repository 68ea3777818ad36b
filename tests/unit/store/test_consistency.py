"""What is to be run and cannot be found: its job fails, and a queue that cannot be read is told."""

import sqlite3
from contextlib import closing, contextmanager

import pytest
from harness.jobs import file_of, finish_all, new_job, reread

from paultrap.jobs import Status
from paultrap.store import Store, StoreError
from paultrap.store.consistency import QueueCheck

LEASE_MS = 30_000
INDEX = "chunks_by_due_time"


@pytest.fixture
def store(tmp_path):
    """Return a store whose damage is not looked at behind the test."""
    store = Store.open(tmp_path / "paultrap.db")
    yield store
    store.close()


def look(store):
    """Look at the queue, as a server does now and then."""
    check = QueueCheck(store._database)
    check.look()
    return check.trouble


def damage(store, statement, *values):
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        connection.execute(statement, values)


@contextmanager
def page_of(store, name):
    """Give the bytes of the first page of a table or an index, which are written at the end."""
    with closing(sqlite3.connect(file_of(store))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        [number] = connection.execute(query, [name]).fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
    with file_of(store).open("r+b") as file:
        file.seek((number - 1) * size)
        page = bytearray(file.read(size))
        yield page
        file.seek((number - 1) * size)
        file.write(page)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chunks SET status = 'pueued' WHERE position = 1 AND job_id = ?",
        "UPDATE chunks SET status = 'done' WHERE position = 1 AND job_id = ?",
        "DELETE FROM chunks WHERE position = 1 AND job_id = ?",
        "DELETE FROM chunks WHERE job_id = ?",
        "UPDATE chunks SET job_id = substr(job_id, 1, 35) || 'x' WHERE job_id = ?",
    ],
)
@pytest.mark.parametrize("is_running", [True, False])
def test_a_job_whose_chunk_is_hidden_fails_and_the_others_run(store, statement, is_running):
    bad, good = store.jobs.add(new_job(store, 4, chunks=4)), store.jobs.add(new_job(store, 2))
    if is_running:
        assert store.queue.lease("worker", LEASE_MS).job_id == bad.id
    with closing(sqlite3.connect(file_of(store))) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        with connection:
            connection.execute(statement, [bad.id])

    assert look(store) is None

    failed = reread_even_damaged(store, bad)
    assert failed["status"] == Status.FAILED
    assert "chunks that are to be run" in failed["failure_message"]
    assert store._database.damage.count >= 1
    assert finish_all(store) == 1
    assert reread(store, good).status is Status.COMPLETED


def reread_even_damaged(store, job):
    with closing(sqlite3.connect(file_of(store))) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM jobs WHERE id = ?", [job.id]).fetchone()


def test_a_chunk_that_its_index_does_not_show_fails_its_job(store):
    bad, good = store.jobs.add(new_job(store, 4, chunks=4)), store.jobs.add(new_job(store, 2))
    with page_of(store, INDEX) as page:
        place = page.rindex(bad.id.encode())  # entries are written from the end on
        start = page.rindex(b"queued", 0, place)
        page[start] ^= 1
    reopened = Store.open(file_of(store))

    assert look(reopened) is None

    assert reread_even_damaged(reopened, bad)["status"] == Status.FAILED
    finish_all(reopened)
    assert reread(reopened, good).status is Status.COMPLETED
    assert any(INDEX in each.part for each in reopened.check().damage)
    reopened.close()


def test_a_queue_that_cannot_be_read_is_told_until_it_can(store):
    job = store.jobs.add(new_job(store, 4, chunks=4))
    with page_of(store, INDEX) as page:
        kept = bytes(page)
        page[:] = bytes(len(page))
    with pytest.raises(StoreError, match=r"cannot be used as a database.*`paultrap db check`"):
        Store.open(file_of(store), as_server=True)
    damaged = Store.open(file_of(store))
    assert damaged.trouble() is None

    damaged.maintenance._check.look()

    assert "The queue of jobs cannot be read" in damaged.trouble()
    assert "paultrap db check" in damaged.trouble()
    assert "malformed" in str(damaged.check().damage)
    damaged.close()

    with page_of(store, INDEX) as page:
        page[:] = kept
    again = Store.open(file_of(store))
    assert look(again) is None
    finish_all(again)
    assert reread(again, job).status is Status.COMPLETED
    again.close()


def test_the_command_lists_jobs_that_nobody_would_run(store):
    bad = store.jobs.add(new_job(store, 4, chunks=4))
    damage(store, "DELETE FROM chunks WHERE job_id = ? AND position = 2", bad.id)

    assert (bad.id, "chunks that are to be run") in store.check().damage


def test_a_look_leaves_everything_as_it_is(store):
    job = store.jobs.add(new_job(store, 4, chunks=2))
    noted = []
    store.on_event(noted.append)
    before = [*dump(store)]

    for _ in range(3):
        assert look(store) is None

    assert ([*dump(store)], noted) == (before, [])
    finish_all(store)
    assert reread(store, job).status is Status.COMPLETED


def test_a_look_is_taken_now_and_then(store):
    now = [100.0]
    check = QueueCheck(store._database, lambda: now[0])
    bad = store.jobs.add(new_job(store))
    check.look()
    damage(store, "DELETE FROM chunks WHERE job_id = ?", bad.id)
    check.look()
    assert reread_even_damaged(store, bad)["status"] == Status.READY

    now[0] += 11
    check.look()

    assert reread_even_damaged(store, bad)["status"] == Status.FAILED


def dump(store):
    with closing(sqlite3.connect(file_of(store))) as connection:
        yield from connection.iterdump()
