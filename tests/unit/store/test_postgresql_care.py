"""PostgreSQL: who may change its schema, and its archives, which its own programs read."""

import os
import stat
import subprocess
from contextlib import closing

import psycopg
import pytest
from harness import databases
from harness.jobs import answers, expected, finish_all, new_job, reread
from harness.programs import find_programs

from paultrap.store import (
    DatabaseInUseError,
    FileThereError,
    HostKind,
    HostRegistration,
    Store,
    StoreError,
    back_up,
    compact,
    schema,
    upgrade,
)

ABOUT = HostRegistration(
    kind=HostKind.SERVER,
    host="boot-1",
    hostname="lab7",
    pid=4711,
    version="0.9",
    slots=1,
    threads=1,
    memory_limit=None,
)


@pytest.fixture
def place(monkeypatch):
    """Return the URL of a database, which asks for a password, and put its programs on the PATH."""
    monkeypatch.setenv("PATH", f"{find_programs()}{os.pathsep}{os.environ['PATH']}")
    with databases.shared(has_password=True).new() as url:
        yield url


def test_an_archive_is_restored_by_postgresqls_own_program(place, tmp_path):
    with closing(Store.open(place)) as store:
        done = store.jobs.add(new_job(store, 300, chunks=3))
        finish_all(store)
        waiting = store.jobs.add(new_job(store, 4))

        back_up(place, tmp_path / "copy.dump")
        store.jobs.add(new_job(store, 2))

    assert stat.S_IMODE((tmp_path / "copy.dump").stat().st_mode) == 0o600
    with databases.shared(has_password=True).new(is_empty=True) as empty:
        command = ["pg_restore", "--exit-on-error", "--no-owner", "--single-transaction"]
        command += ["--dbname", empty, tmp_path / "copy.dump"]
        subprocess.run(command, check=True, capture_output=True)
        with closing(Store.open(empty)) as restored:
            assert restored.check().damage == []
            assert restored.check().jobs == 2
            assert answers(restored, reread(restored, done)) == expected(300)
            assert finish_all(restored) == 1
            assert answers(restored, reread(restored, waiting)) == expected(4)


def test_the_password_is_on_no_command_line(place, tmp_path, monkeypatch):
    spy = tmp_path / "bin" / "pg_dump"
    spy.parent.mkdir()
    spy.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/words\nenv >> {tmp_path}/variables\n'
        f'exec {find_programs()}/pg_dump "$@"\n'
    )
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}{os.pathsep}{os.environ['PATH']}")

    back_up(place, tmp_path / "copy.dump")

    password = psycopg.conninfo.conninfo_to_dict(place)["password"]
    assert password not in (tmp_path / "words").read_text()
    assert f"PGPASSWORD={password}\n" in (tmp_path / "variables").read_text()


def test_what_cannot_be_dumped_is_said_and_leaves_nothing(place, tmp_path, monkeypatch):
    (tmp_path / "there").write_text("precious")
    with pytest.raises(FileThereError):
        back_up(place, tmp_path / "there")
    assert (tmp_path / "there").read_text() == "precious"

    old = tmp_path / "bin" / "pg_dump"
    old.parent.mkdir()
    fails = (
        "echo 'pg_dump (PostgreSQL) 99.1'; test \"$1\" = --version || { echo no luck >&2; exit 1; }"
    )
    for script, message in (
        ("echo 'pg_dump (PostgreSQL) 9.6.24'", r"is of version 9, and .* put that of PostgreSQL"),
        (fails, "pg_dump has failed: no luck"),
    ):
        old.write_text(f"#!/bin/sh\n{script}\n")
        old.chmod(0o755)
        with monkeypatch.context() as shadowed:
            shadowed.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
            with pytest.raises(StoreError, match=message):
                back_up(place, tmp_path / "copy.dump")
    with monkeypatch.context() as bare:
        bare.setenv("PATH", str(tmp_path))
        with pytest.raises(StoreError, match="pg_dump is not on the PATH"):
            back_up(place, tmp_path / "copy.dump")
    assert not list(tmp_path.glob("copy*"))


def test_the_schema_is_not_changed_under_whoever_is_registered(place):
    with psycopg.connect(place, autocommit=True) as connection:
        version = "SELECT version_num FROM alembic_version"
        with closing(Store.open(place, as_server=True)) as server:
            server.workers.register(ABOUT)
            with server._database.duty(f"server {server.server}"):
                connection.execute("UPDATE alembic_version SET version_num = '0022'")
                for opens in (Store.open, upgrade):
                    with pytest.raises(
                        DatabaseInUseError,
                        match=r"has schema 0022, .* A server of release 0.9 \(process 4711 on lab7\)",
                    ):
                        opens(place)
                assert connection.execute(version).fetchall() == [("0022",)]
            server.workers.leave()
        with closing(Store.attach(_at_head(connection, place))) as store, store._database.alone():
            pass


def test_its_space_is_left_to_postgresql(place):
    with pytest.raises(StoreError, match="autovacuum"):
        compact(place)


def _at_head(connection, place):
    connection.execute("UPDATE alembic_version SET version_num = %s", [schema.HEAD])
    return place
