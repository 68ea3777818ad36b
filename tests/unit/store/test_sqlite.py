"""SQLite: its files, its log, its server lock, and what earlier releases left in a file."""

import re
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
import zstandard
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from harness.jobs import (
    answers,
    expected,
    file_of,
    finish_all,
    new_job,
    reread,
    right_answer,
)
from harness.schemas import go_back

from paultrap.store import (
    DatabaseInUseError,
    NetworkFileSystemError,
    SchemaVersionError,
    Store,
    StoreError,
    maintenance,
    tables,
)
from paultrap.store.sqlite import files

pytestmark = pytest.mark.engine("sqlite")

HOLD = """
import sys, time
from paultrap.store import Store
store = Store.open(sys.argv[1], as_server=True)
print("open", flush=True)
time.sleep(60)
"""


def test_a_store_whose_file_is_gone_says_so(store):
    store._database._reader.dispose()
    for path in file_of(store).parent.iterdir():
        path.unlink()
    file_of(store).mkdir()

    assert not store.is_open()


def test_commits_are_durable(store):
    database = store._database
    full, normal = 2, 1

    def check(connection, expected_sync):
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == expected_sync
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000

    with database.write() as connection:
        check(connection, full)
    with database.read() as connection:
        check(connection, full)
    database.change(partial(check, expected_sync=full))
    database.change(partial(check, expected_sync=normal), durable=False)


def test_a_server_empties_the_log_in_the_background(tmp_path, monkeypatch):
    monkeypatch.setattr(maintenance, "_QUIET_S", 0.01)
    with closing(Store.open(tmp_path / "paultrap.db", as_server=True)) as store:
        store.jobs.add(new_job(store, 100))
        log = file_of(store).with_name("paultrap.db-wal")
        assert log.stat().st_size > 0
        deadline = time.monotonic() + 20
        while not _is_in_file(file_of(store), "circuits", 100) and time.monotonic() < deadline:
            time.sleep(0.02)

        assert _is_in_file(file_of(store), "circuits", 100)


def _is_in_file(database, table, rows):
    """Return whether the database file holds the rows without its log."""
    copy = database.with_name("copy.db")
    copy.write_bytes(database.read_bytes())
    try:
        with closing(sqlite3.connect(copy)) as connection:
            (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    except sqlite3.DatabaseError:  # the copy was made while pages were moved
        return False
    return found == rows


def test_readers_cannot_write(store):
    with store._database.read() as connection, pytest.raises(sa.exc.OperationalError):
        connection.execute(sa.delete(tables.jobs))


def test_a_database_of_a_newer_release_is_refused_and_kept(store, open_store):
    with sqlite3.connect(file_of(store)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    store.close()

    with pytest.raises(SchemaVersionError, match=r"newer release of paultrap \(schema 9999; "):
        open_store()
    with pytest.raises(SchemaVersionError):
        Store.attach(file_of(store))


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "paultrap.db"
    path.write_bytes(b"not a database" * 100)

    with pytest.raises(StoreError, match="cannot be used as a database"):
        Store.open(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_second_server_is_refused_by_the_name_of_the_first(tmp_path):
    path = tmp_path / "paultrap.db"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"open\n"

        with pytest.raises(DatabaseInUseError, match=f"process {holder.pid}"):
            Store.open(path, as_server=True)
        Store.open(path).close()  # the command line may
        Store.attach(path).close()  # and so may workers
    finally:
        holder.kill()
        holder.communicate()
    Store.open(path, as_server=True).close()


def test_a_lock_is_not_followed_to_another_file(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "paultrap.lock").symlink_to(precious)

    with pytest.raises(OSError, match="symbolic"):
        Store.open(folder / "paultrap.db", as_server=True)
    assert precious.read_text() == "precious"


def test_files_of_an_older_release_become_private(tmp_path):
    path = tmp_path / "data" / "paultrap.db"
    Store.open(path, as_server=True).close()
    for found in path.parent.iterdir():
        found.chmod(0o644)
    link = tmp_path / "linked" / "paultrap.db"
    link.parent.mkdir()
    link.symlink_to(path)
    path.with_name("paultrap.db-wal").touch(0o644)

    Store.open(path, as_server=True).close()
    assert {stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()} == {0o600}

    path.with_name("paultrap.db-wal").touch(0o644)
    files.make_private(link)
    assert {stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()} == {0o600}


def test_a_link_beside_a_database_changes_no_other_file(tmp_path):
    other = tmp_path / "other"
    other.touch()
    other.chmod(0o644)
    (tmp_path / "paultrap.db-wal").symlink_to(other)

    files.make_private(tmp_path / "paultrap.db")
    assert stat.S_IMODE(other.stat().st_mode) == 0o644


def test_a_closed_server_lets_the_next_one_in(open_store):
    open_store(as_server=True).close()
    open_store(as_server=True)


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/me/local\\040disk xfs rw 0 0
mds@tcp:/work /work lustre rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/paultrap", None),
        ("/home/me/data", "nfs4"),
        ("/home", "nfs4"),
        ("/homes/data", None),
        ("/home/me/local disk/data", None),
        ("/work/x", "lustre"),
    ],
)
def test_network_file_systems_are_refused(folder, kind):
    folder = Path(folder)
    if kind is None:
        files.check_file_system(folder, MOUNTS)
    else:
        message = f"{re.escape(str(folder))} is on a network file system .{kind}"
        with pytest.raises(NetworkFileSystemError, match=message):
            files.check_file_system(folder, MOUNTS)


def test_the_folders_own_file_system_is_looked_at(tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/x {tmp_path} nfs rw 0 0\n")
    monkeypatch.setattr(files, "_MOUNTS", mounts)

    with pytest.raises(NetworkFileSystemError):
        Store.open(tmp_path / "data" / "paultrap.db")

    monkeypatch.setattr(files, "_MOUNTS", tmp_path / "none")
    Store.open(tmp_path / "data" / "paultrap.db").close()


def test_results_of_the_first_schema_are_kept(store, open_store):
    job = store.jobs.add(new_job(store, 4, chunks=2))
    finish_all(store)
    store.close()
    with sqlite3.connect(file_of(store)) as connection:
        go_back(connection, "0002")
        connection.execute("DROP TABLE result_slices")
        connection.execute("ALTER TABLE chunks DROP COLUMN memory")
        connection.execute("ALTER TABLE chunks DROP COLUMN outages")
        connection.execute("DROP INDEX jobs_by_deletion")
        connection.execute("ALTER TABLE jobs DROP COLUMN deleted_at")
        connection.execute(
            "CREATE TABLE chunk_results (job_id, position, part, data, "
            "PRIMARY KEY (job_id, position, part))"
        )
        for position, first in ((0, 0), (1, 2)):
            blob = zstandard.compress(right_answer(first, first + 2).to_bytes())
            for part, data in enumerate((blob[:30], blob[30:])):
                row = (job.id, position, part, data)
                connection.execute("INSERT INTO chunk_results VALUES (?, ?, ?, ?)", row)
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()

    again = open_store()

    assert answers(again, reread(again, job)) == expected(4)
    with again._database.write() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.METADATA) == []


def test_its_size_is_that_of_its_files(store):
    load = store.load()

    assert load.database_bytes == file_of(store).stat().st_size
    assert load.log_bytes == file_of(store).with_name("paultrap.db-wal").stat().st_size
