"""SQLite files give the space of deleted jobs back, and stay sound meanwhile."""

import os
import sqlite3
from contextlib import closing

import pytest
from harness.jobs import answers, expected, file_of, finish_all, new_job, reread
from harness.waiting import until

from paultrap.store import Store, checksums, maintenance, tables
from paultrap.store.sqlite import upkeep

pytestmark = pytest.mark.engine("sqlite")

_SLICE_BYTES = 1 << 20


def test_a_new_file_is_one_that_can_shrink(store):
    assert _pragma(file_of(store), "auto_vacuum") == 2
    assert _pragma(file_of(store), "page_size") == 1 << 14


def test_a_file_shrinks_when_jobs_are_deleted(open_store, monkeypatch):
    monkeypatch.setattr(maintenance, "_QUIET_S", 0.01)
    monkeypatch.setattr(upkeep, "_SPARE_BYTES", 1 << 20)
    store = open_store(as_server=True)
    kept = store.jobs.add(new_job(store, 12, chunks=2))
    finish_all(store)
    gone = [_large_job(store, 8) for _ in range(4)]
    last = _large_job(store, 4)
    until(lambda: file_of(store).stat().st_size > 36 * _SLICE_BYTES)

    store.jobs.delete(kept.project_id, [job.id for job in gone])

    # The last job was at the end of the file: its pages have moved.
    until(lambda: file_of(store).stat().st_size < 7 * _SLICE_BYTES)
    assert answers(store, reread(store, kept)) == expected(12)
    with store._database.read() as connection:
        assert len(checksums.check(connection, tables.result_slices, last.id)) == 4
    store.close()
    assert _pragma(file_of(store), "integrity_check") == "ok"


def test_it_does_not_shrink_while_the_log_cannot_be_emptied(open_store, monkeypatch):
    monkeypatch.setattr(upkeep, "_SPARE_BYTES", 1 << 20)
    monkeypatch.setattr(upkeep, "_LONG_LOG_BYTES", 1 << 20)
    store = open_store()
    job = _large_job(store, 16)
    store.jobs.delete(job.project_id, [job.id])
    with closing(sqlite3.connect(file_of(store))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchone()
        store.maintenance.run()
        with store._database.write() as connection:
            while maintenance.remove_some(connection):
                pass
        unused = _pragma(file_of(store), "freelist_count")
        assert unused > 500
        assert not store._database.maintain()
        assert _pragma(file_of(store), "freelist_count") == unused

    while store._database.maintain():
        pass
    assert _pragma(file_of(store), "freelist_count") < 100


def test_a_file_of_an_earlier_release_is_left_as_long_as_it_is(open_store, monkeypatch):
    monkeypatch.setattr(upkeep, "_SPARE_BYTES", 1 << 20)
    store = open_store()
    store.close()
    with closing(sqlite3.connect(file_of(store))) as connection:
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("VACUUM")
    store = open_store()
    job = _large_job(store, 8)
    store.jobs.delete(job.project_id, [job.id])
    with store._database.write() as connection:
        while maintenance.remove_some(connection):
            pass

    assert not store._database.maintain()
    assert _pragma(file_of(store), "freelist_count") > 500


def _large_job(store: Store, slices: int):
    """Store a job whose result, of random bytes, is of no meaning."""
    job = store.jobs.add(new_job(store))
    first = {"job_id": job.id, "position": 0, "part": 0, "stop": 1}
    rows = [{**first, "first": k, "data": os.urandom(_SLICE_BYTES)} for k in range(slices)]
    with store._database.write() as connection:
        checksums.insert(connection, tables.result_slices, rows)
    return job


def _pragma(file, name):
    with closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute(f"PRAGMA {name}").fetchone()
    return found
