"""Opening: what is made, what is kept, and what a dead server leaves behind."""

import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from harness.jobs import (
    answers,
    expected,
    finish_all,
    new_job,
    reread,
    rows_of,
)

from paultrap.jobs import MAX_OUTAGES, Status
from paultrap.store import (
    DatabaseMissingError,
    JobNotFoundError,
    Store,
    maintenance,
    schema,
    slices,
    tables,
)


def test_what_is_stored_outlives_the_store(store, open_store):
    job = store.jobs.add(new_job(store, 3))
    store.close()
    again = open_store()
    finish_all(again)

    assert answers(again, reread(again, job)) == expected(3)


def test_a_closed_store_says_so(store):
    assert store.is_open()
    store.close()
    assert not store.is_open()
    store.close()


def test_a_server_removes_deleted_jobs_in_the_background(place, monkeypatch):
    monkeypatch.setattr(maintenance, "_QUIET_S", 0.01)
    monkeypatch.setattr(maintenance, "_SLICES", 2)
    monkeypatch.setattr(maintenance, "_CIRCUITS", 3)
    monkeypatch.setattr(slices, "_MOST_CIRCUITS", 2)
    with closing(Store.open(place, as_server=True)) as store:
        kept, gone = (store.jobs.add(new_job(store, 12, chunks=2)) for _ in range(2))
        finish_all(store)

        store.jobs.delete(gone.project_id, [gone.id])

        assert store.jobs.get(gone.project_id, gone.id) is None
        with pytest.raises(JobNotFoundError):
            store.jobs.cancel(gone.project_id, store.jobs.child_ids(gone.id) or [gone.id])
        deadline = time.monotonic() + 20
        while tuple(rows_of(store).values()) != (1, 12, 2, 2, 6) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert tuple(rows_of(store).values()) == (1, 12, 2, 2, 6)
        assert answers(store, kept) == expected(12)


def test_a_writer_that_fails_leaves_nothing(store):
    with pytest.raises(sa.exc.IntegrityError):
        store.jobs.add(new_job(store, project_id="unknown"))

    assert set(rows_of(store).values()) == {0}
    assert store.queue.lease("worker", 1000) is None


def test_errors_do_not_show_what_a_job_holds(store):
    with pytest.raises(sa.exc.IntegrityError) as caught:
        store.jobs.add(new_job(store, project_id="unknown", name="a secret"))

    assert "a secret" not in str(caught.value)


DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


def test_the_migrations_make_the_tables_that_are_used(store):
    # SQLAlchemy reads what there is by a connection of its own, as text.
    url = store.url.set(drivername=DRIVERS[store.url.get_backend_name()])
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.METADATA) == []


def test_the_newest_migration_is_the_one_that_is_named():
    folder = Path(schema.__file__).parent / "migrations"

    assert ScriptDirectory(str(folder)).get_current_head() == schema.HEAD


def test_workers_make_no_database(empty_place):
    for _ in range(2):
        with pytest.raises(DatabaseMissingError):
            Store.attach(empty_place)


@pytest.mark.parametrize("opens", [Store.attach, partial(Store.open, make=False)])
def test_whoever_makes_no_database_makes_none_of_an_empty_file(tmp_path, opens):
    place = tmp_path / "paultrap.db"
    place.touch()

    for _ in range(2):
        with pytest.raises(DatabaseMissingError, match="empty file"):
            opens(place)

    assert [(each.name, each.stat().st_size) for each in tmp_path.iterdir()] == [("paultrap.db", 0)]


def test_a_new_server_frees_what_a_dead_ones_workers_had(open_store):
    dead = open_store(as_server=True)
    job = dead.jobs.add(new_job(dead))
    for _ in range(5):
        lost = dead.queue.lease("orphan", 60_000)
        dead.close()
        dead = open_store(as_server=True)
        assert lost is not None

    assert not dead.queue.extend(lost, 60_000)
    finish_all(dead)
    assert reread(dead, job).status is Status.COMPLETED


def test_what_runs_whenever_the_server_dies_is_given_up(open_store):
    store = open_store(as_server=True)
    job = store.jobs.add(new_job(store, 1))
    for _ in range(MAX_OUTAGES):
        assert store.queue.lease("orphan", 60_000) is not None
        store.close()
        store = open_store(as_server=True)

    failed = reread(store, job)
    assert failed.status is Status.FAILED
    assert "ran 10 times when the whole server died" in failed.failure_message
    assert store.queue.lease("next", 60_000) is None


def test_the_command_line_does_not_disturb_leases(store, open_store):
    store.jobs.add(new_job(store))
    lease = store.queue.lease("worker", 60_000)
    open_store()

    assert store.queue.extend(lease, 60_000)


def test_columns_out_of_order_are_not_inserted(store):
    with store._database.write() as connection, pytest.raises(ValueError, match="table's order"):
        store._database.insert_many(connection, tables.projects, ["name", "id"], [("a", "b")])


@pytest.mark.parametrize("rows", [0, 1, 224, 225, 226, 450, 1_000])
def test_any_number_of_rows_is_inserted_each_as_it_is(store, rows):
    names = ["id", "name", "created_at", "organization_id"]
    made = [(f"new-{k:04}", f"project {k}", k, f"organization {k % 7}") for k in range(rows)]
    with store._database.write() as connection:
        store._database.insert_many(connection, tables.projects, names, made)
        is_new = tables.projects.c.id.startswith("new-")
        query = sa.select(tables.projects).where(is_new).order_by(tables.projects.c.id)
        found = [tuple(row) for row in connection.execute(query)]

    assert found == made
