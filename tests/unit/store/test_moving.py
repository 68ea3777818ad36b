"""A database moves from SQLite to PostgreSQL: all rows as they were, read by the drivers themselves."""

import sqlite3
from contextlib import closing

import psycopg
import pytest
from harness import databases
from harness.jobs import (
    answers,
    expected,
    file_of,
    finish,
    finish_all,
    new_job,
    new_session,
    reread,
)
from harness.schemas import go_back

from paultrap.store import (
    DatabaseInUseError,
    NotEmptyError,
    NotSharedError,
    OldSchemaError,
    Store,
    StoreError,
    move,
    moving,
    tables,
)

pytestmark = pytest.mark.engine("sqlite")
STEADY = {"due_at", "lease_until", "answered_at", "expires_at", "deadline"}
CHANGED = {"chunks": {"checksum"}, "sessions": {"checksum"}}


@pytest.fixture
def target():
    with databases.shared().new(is_empty=True) as url:
        yield url


@pytest.fixture
def source(open_store):
    """Return a store, a job that is done, one that waits, a key, and a lease of the second job."""
    store = open_store(clock=None, as_server=True)
    done = store.jobs.add(new_job(store, 300, chunks=3))
    finish_all(store)
    new_session(store, minutes_limit=5)
    secret, _ = store.keys.create("laptop", "default")
    waiting = store.jobs.add(new_job(store, 4, chunks=2))
    lease = store.queue.lease("worker", 60_000)
    assert lease is not None
    return store, done, waiting, secret, lease


def _rows(run, table):
    """Return the rows of a table but for what may change, in the order of their keys."""
    left_out = STEADY | CHANGED.get(table.name, set())
    names = [column.name for column in table.c if column.name not in left_out]
    return sorted(
        map(
            repr,
            (
                [_plain(value) for value in row]
                for row in run(f"SELECT {', '.join(names)} FROM {table.name}")
            ),
        )
    )


def _plain(value):
    return int(value) if isinstance(value, bool) else value


def test_everything_is_there_as_it_was(source, target):
    store, done, _, secret, lease = source
    assert finish(store, lease)
    file = file_of(store)
    store.close()
    seen = []

    moved = move(file, target, lambda table, rows: seen.append((table, rows)))

    assert moved.damaged == 0
    assert moved.rows["result_slices"] > 0
    assert ("jobs", 2) in seen
    with closing(sqlite3.connect(file)) as old, psycopg.connect(target) as new:
        for table in tables.METADATA.sorted_tables:
            if table not in {tables.boots, tables.processes, tables.workers}:
                assert _rows(old.execute, table) == _rows(new.execute, table), table.name
    with closing(Store.open(target)) as there:
        assert there.check().damage == []
        assert answers(there, reread(there, done)) == expected(300)
        assert there.keys.find(secret) is not None


def test_what_was_leased_runs_again_there(source, target):
    store, _, waiting, *_ = source
    file = file_of(store)
    store.close()

    move(file, target, lambda *_: None)

    with psycopg.connect(target) as new:
        assert new.execute("SELECT count(*) FROM chunks WHERE status = 'leased'").fetchone() == (0,)
        due = new.execute("SELECT max(abs(due_at - extract(epoch FROM now()) * 1000)) FROM chunks")
        assert due.fetchone()[0] < 600_000
    with closing(Store.open(target)) as there:
        assert finish_all(there) == 2
        assert answers(there, reread(there, waiting)) == expected(4)


def test_what_cannot_be_moved_is_refused_and_changes_nothing(source, target, tmp_path):
    store, *_ = source
    file = file_of(store)
    with pytest.raises(DatabaseInUseError):
        move(file, target, lambda *_: None)
    store.close()
    with pytest.raises(NotSharedError):
        move(file, tmp_path / "other.db", lambda *_: None)
    with pytest.raises(StoreError, match="no SQLite file"), databases.shared().new() as other:
        move(other, target, lambda *_: None)
    with databases.shared().new() as other, pytest.raises(NotEmptyError):
        move(file, other, lambda *_: None)
    with closing(sqlite3.connect(file)) as old:
        go_back(old, "0017")
        old.commit()
    with pytest.raises(OldSchemaError):
        move(file, target, lambda *_: None)
    assert _tables(target) == []


def test_one_that_is_interrupted_leaves_the_target_empty(source, target):
    store, *_ = source
    file = file_of(store)
    store.close()

    def interrupt(table, _):
        if table == "chunks":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(file, target, interrupt)
    assert _tables(target) == []

    assert move(file, target, lambda *_: None).damaged == 0


def test_what_was_damaged_stays_damaged(source, target):
    store, done, *_ = source
    file = file_of(store)
    store.close()
    with closing(sqlite3.connect(file)) as old:
        old.execute(
            "UPDATE chunks SET stop = stop + 1 WHERE job_id = ? AND position = 1", [done.id]
        )
        old.commit()

    assert move(file, target, lambda *_: None).damaged > 0


def test_rows_come_some_megabytes_at_a_time(source, target, monkeypatch):
    store, *_ = source
    file = file_of(store)
    store.close()
    monkeypatch.setattr(moving, "_BYTES", 1)
    monkeypatch.setattr(moving, "_ROWS_OF_BYTES", 2)
    monkeypatch.setattr(moving, "_ROWS", 7)

    seen = []
    move(file, target, lambda table, rows: seen.append((table, rows)))

    assert [rows for table, rows in seen if table == "executions"] == [1]
    assert len([rows for table, rows in seen if table == "circuits"]) > 30


def _tables(url):
    with psycopg.connect(url) as connection:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return connection.execute(query).fetchall()
