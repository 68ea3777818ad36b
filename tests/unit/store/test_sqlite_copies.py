"""Copies of SQLite files: before a migration, and beside whoever uses them. SQLite's module judges."""

import sqlite3
import stat
import threading
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from harness.jobs import answers, expected, file_of, finish_all, new_job, reread
from harness.schemas import go_back

from paultrap.store import (
    DatabaseInUseError,
    DatabaseMissingError,
    JobFilter,
    NoRoomError,
    OldSchemaError,
    Store,
    StoreError,
    back_up,
    compact,
    copies,
    schema,
    upgrade,
)
from paultrap.store.sqlite.files import ServerLock

pytestmark = pytest.mark.engine("sqlite")


@pytest.fixture
def old(open_store):
    """Return the file of an earlier release, which has a job that has completed."""
    return _aged(open_store(), "0017")


def _aged(store, revision):
    store.jobs.add(new_job(store, 4, chunks=2))
    finish_all(store)
    store.close()
    with closing(sqlite3.connect(file_of(store))) as connection:
        go_back(connection, revision)
        connection.commit()
    return file_of(store)


def test_a_file_is_copied_before_its_schema_is_changed(old, open_store):
    before = _dump(old)

    store = open_store(as_server=True)

    kept = Path(f"{old}.before-{schema.HEAD}")
    assert store.migration == (str(old), "0017", schema.HEAD, kept)
    assert _dump(kept) == before
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not list(old.parent.glob("*.part"))
    store.close()
    assert open_store().migration is None


def test_a_copy_in_the_place_of_the_file_is_the_earlier_release_again(old, open_store):
    before = _dump(old)
    open_store().close()
    for ending in ("-wal", "-shm"):
        old.with_name(old.name + ending).unlink(missing_ok=True)

    Path(f"{old}.before-{schema.HEAD}").replace(old)

    assert _dump(old) == before
    store = open_store()
    (job,) = store.jobs.page(_project(store), JobFilter(), 5).jobs
    assert answers(store, job) == expected(4)


def test_a_new_file_is_not_copied(open_store):
    store = open_store()
    assert store.migration is None
    assert not list(file_of(store).parent.glob("*before*"))


def test_the_newest_two_copies_are_kept(old):
    others = [Path(f"{old}.before-{name}") for name in ("0001", "0002", "mine")]
    for each in others:
        each.write_text(each.name)

    upgrade(old)

    kept = {each.name for each in old.parent.glob("*before*")}
    assert kept == {f"{old.name}.before-{name}" for name in ("0002", "mine", schema.HEAD)}


def test_a_copy_of_the_same_name_is_replaced(old):
    Path(f"{old}.before-{schema.HEAD}").write_text("of an earlier try")
    before = _dump(old)

    upgrade(old)

    assert _dump(Path(f"{old}.before-{schema.HEAD}")) == before


def test_nothing_is_changed_without_room_for_a_copy(old, open_store, monkeypatch):
    before = _dump(old)
    found = namedtuple("Found", "f_bavail f_frsize")  # noqa: PYI024
    with monkeypatch.context() as full:
        full.setattr(copies.os, "statvfs", lambda _: found(3, 1 << 20))
        with pytest.raises(NoRoomError, match=r"needs 1\d\.\d MiB in .*where 3\.0 MiB are free"):
            open_store()
    assert _dump(old) == before
    assert not list(old.parent.glob("*before*"))

    assert upgrade(old, keep_copy=False).copy is None
    assert not list(old.parent.glob("*before*"))


def test_a_migration_that_fails_changes_nothing(old, open_store, monkeypatch):
    before = _dump(old)

    def fail(config, _):
        config.attributes["connection"].exec_driver_sql("DROP TABLE executions")
        raise RuntimeError("a mistake")

    with monkeypatch.context() as broken:
        broken.setattr(command, "upgrade", fail)
        with pytest.raises(RuntimeError):
            open_store()

    assert _dump(old) == before == _dump(Path(f"{old}.before-{schema.HEAD}"))
    open_store()


def test_the_schema_is_not_changed_under_a_server(old, open_store):
    before = _dump(old)
    server = ServerLock(old)
    for opens in (open_store, lambda: upgrade(old)):
        with pytest.raises(DatabaseInUseError, match=r"has schema 0017, .* Another server"):
            opens()
    assert _dump(old) == before
    server.release()
    assert upgrade(old).before == "0017"
    assert upgrade(old) is None


def test_who_only_reads_is_told_that_the_schema_is_old(old):
    with pytest.raises(OldSchemaError, match="has schema 0017, and this release works with"):
        Store.attach(old)


def test_a_backup_is_one_state_of_a_database_that_is_written_to(open_store, tmp_path):
    store = open_store(as_server=True)
    first = store.jobs.add(new_job(store, 300, chunks=3))
    finish_all(store)
    done = threading.Event()

    def write():
        while not done.is_set():
            store.jobs.add(new_job(store, 20, chunks=2))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            back_up(file_of(store), tmp_path / f"{number}.db")
    finally:
        done.set()
        writer.join()

    for number in range(3):
        copy = tmp_path / f"{number}.db"
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        with closing(Store.attach(copy)) as read:
            assert read.check().damage == []
            assert answers(read, reread(read, first)) == expected(300)
    assert sorted(each.name for each in tmp_path.glob("*.db")) == ["0.db", "1.db", "2.db"]


def test_a_backup_has_what_is_in_the_log_alone(store, tmp_path):
    job = store.jobs.add(new_job(store, 3))

    back_up(file_of(store), tmp_path / "copy.db")

    with closing(Store.open(tmp_path / "copy.db")) as copy:
        finish_all(copy)
        assert answers(copy, reread(copy, job)) == expected(3)


def test_a_backup_of_an_earlier_schema_is_one_too(old, tmp_path):
    back_up(old, tmp_path / "copy.db")

    assert _dump(tmp_path / "copy.db") == _dump(old)


def test_a_backup_takes_no_other_files_place(store, tmp_path):
    there = tmp_path / "there"
    there.write_text("precious")
    link = tmp_path / "link.db"
    link.symlink_to(file_of(store))
    (tmp_path / "folder").mkdir()
    refused = {
        there: "is there already",
        link: "is the database itself",
        file_of(store): "is the database itself",
        tmp_path / "folder": "is a folder",
        tmp_path / "none" / "copy.db": "No such file or directory",
    }
    for path, message in refused.items():
        with pytest.raises(StoreError, match=message):
            back_up(file_of(store), path)
    for path in (link, file_of(store), tmp_path / "folder"):
        with pytest.raises(StoreError, match=refused[path]):
            back_up(file_of(store), path, replace=True)
    assert there.read_text() == "precious"

    back_up(file_of(store), there, replace=True)
    assert _dump(there) == _dump(file_of(store))


def test_what_a_killed_backup_has_left_is_no_copy_and_in_nobodys_way(store, tmp_path):
    (tmp_path / "copy.db.part").write_bytes(b"half of it")

    back_up(file_of(store), tmp_path / "copy.db")

    assert _dump(tmp_path / "copy.db") == _dump(file_of(store))
    assert [each.name for each in tmp_path.glob("copy*")] == ["copy.db"]


def test_two_backups_to_one_file_do_not_mix(store, tmp_path):
    with copies.new_file(tmp_path / "copy.db", replace=False) as part:
        part.write_text("ours")
        with pytest.raises(StoreError, match="is being written by another process"):
            back_up(file_of(store), tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "ours"


def test_a_part_that_is_a_link_is_not_followed(store, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "copy.db.part").symlink_to(precious)

    with pytest.raises(StoreError, match="cannot be written"):
        back_up(file_of(store), tmp_path / "copy.db")
    assert precious.read_text() == "precious"


def test_a_damaged_database_gives_no_backup(store, tmp_path):
    store.jobs.add(new_job(store, 2_000))
    store.close()
    with file_of(store).open("r+b") as file:
        for start in range(1 << 14, file_of(store).stat().st_size, 1 << 14):
            file.seek(start)
            file.write(b"\xa5" * 16)

    with pytest.raises(StoreError, match="its file is damaged"):
        back_up(file_of(store), tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))


def test_what_is_missing_gives_no_backup(tmp_path):
    with pytest.raises(DatabaseMissingError):
        back_up(tmp_path / "none.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_an_earlier_release_is_written_anew_once(open_store):
    store = open_store()
    for _ in range(3):
        job = store.jobs.add(new_job(store, 5_000))
        store.jobs.delete(job.project_id, [job.id])
    kept = store.jobs.add(new_job(store, 4, chunks=2))
    finish_all(store)
    store.maintenance.run()
    store.close()
    with closing(sqlite3.connect(file_of(store))) as connection:
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("VACUUM")
        connection.execute("DELETE FROM circuits WHERE job_id != ?", [kept.id])
        connection.commit()
    server = ServerLock(file_of(store))
    with pytest.raises(DatabaseInUseError):
        compact(file_of(store))
    server.release()

    before, after = compact(file_of(store))

    assert after < before / 2
    assert after == file_of(store).stat().st_size
    with closing(sqlite3.connect(file_of(store))) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert connection.execute("PRAGMA page_size").fetchone() == (1 << 14,)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _project(store):
    key = store.keys.find_open("any")
    assert key is not None
    return key.project_id


def _dump(file):
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())
