"""`paultrap db` looks after a database, beside a server or without one."""

import sqlite3
from contextlib import closing

import pytest
from harness.schemas import go_back

from paultrap.store import copies, schema


@pytest.fixture
def folder(paultrap, tmp_path):
    """Return a data directory with a database."""
    paultrap("keys", "create", "--data-dir", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def old(folder):
    """Return one whose database an earlier release has left."""
    with closing(sqlite3.connect(folder / "paultrap.db")) as connection:
        go_back(connection, "0017")
        connection.commit()
    return folder


def test_a_backup_is_checked_as_a_database_is(paultrap, folder):
    done = paultrap("db", "backup", "copy.db", "--data-dir", folder)
    assert (done.code, done.error) == (0, "")
    assert done.out.startswith("copy.db: ")

    checked = paultrap("db", "check", "--database", "copy.db")
    assert (checked.code, checked.out) == (0, "0 jobs read, 0 damaged parts.\n")
    assert (
        paultrap("keys", "list", "--database", "copy.db").out
        == paultrap("keys", "list", "--data-dir", folder).out
    )


def test_a_backup_is_made_beside_a_running_server(paultrap, server):
    assert paultrap("db", "backup", "copy.db", "--data-dir", server.data_dir).code == 0
    assert paultrap("db", "check", "--database", "copy.db").code == 0


def test_a_backup_replaces_a_file_only_when_forced(paultrap, folder, tmp_path):
    (tmp_path / "there").write_text("precious")
    refused = paultrap("db", "backup", "there", "--data-dir", folder)
    assert "there is there already. --force replaces it." in refused.complaint()
    assert (tmp_path / "there").read_text() == "precious"

    assert paultrap("db", "backup", "there", "--force", "--data-dir", folder).code == 0
    assert paultrap("db", "check", "--database", "there").code == 0


def test_an_upgrade_says_what_has_changed_and_how_to_go_back(paultrap, old):
    file = old / "paultrap.db"
    copy = f"{file}.before-{schema.HEAD}"

    done = paultrap("db", "upgrade", "--data-dir", old)

    assert done.code == 0
    assert done.out.startswith(
        f"{file} had schema 0017, and has {schema.HEAD} now. {copy} is as it was. To go back "
    )
    again = paultrap("db", "upgrade", "--data-dir", old)
    assert again.out == "The database is what this release works with.\n"


def test_an_upgrade_can_do_without_a_copy(paultrap, old):
    done = paultrap("db", "upgrade", "--no-copy", "--data-dir", old)

    assert done.out == f"{old / 'paultrap.db'} had schema 0017, and has {schema.HEAD} now.\n"
    assert not list(old.glob("*before*"))


def test_a_command_that_upgrades_says_so_apart_from_what_it_prints(paultrap, old):
    done = paultrap("keys", "create", "--data-dir", old)

    assert done.code == 0
    assert len(done.out.split()) == 1
    assert "had schema 0017" in done.error
    assert paultrap("keys", "list", "--data-dir", old).error == ""


def test_what_cannot_be_checked_yet_says_what_to_do(paultrap, old):
    done = paultrap("db", "check", "--data-dir", old)

    assert "has schema 0017" in done.complaint()
    assert done.error.endswith("`paultrap db upgrade` brings it there.\n")


def test_a_disk_without_room_is_one_line(paultrap, old, monkeypatch):
    class Found:
        f_bavail, f_frsize = 1, 1 << 20

    monkeypatch.setattr(copies.os, "statvfs", lambda _: Found)
    done = paultrap("db", "upgrade", "--data-dir", old)

    assert "MiB are free. Free some there." in done.complaint()
    assert "`paultrap db upgrade --no-copy`" in done.error


def test_a_vacuum_says_what_it_has_given_back(paultrap, folder):
    file = folder / "paultrap.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE filling (data)")
        connection.execute("INSERT INTO filling VALUES (zeroblob(4000000))")
        connection.execute("DROP TABLE filling")
        connection.commit()

    done = paultrap("db", "vacuum", "--data-dir", folder)

    assert done.code == 0
    assert done.out.startswith("4.")
    assert file.stat().st_size < 2_000_000


def test_a_vacuum_waits_for_no_server(paultrap, server):
    refused = paultrap("db", "vacuum", "--data-dir", server.data_dir)
    assert "Another server (process " in refused.complaint()


@pytest.mark.parametrize("words", [("backup", "copy.db"), ("upgrade",), ("vacuum",), ("check",)])
def test_what_is_missing_is_one_line_and_is_not_made(paultrap, tmp_path, words):
    done = paultrap("db", *words, "--data-dir", tmp_path / "mistyped")
    assert "there is no database" in done.complaint()
    assert not (tmp_path / "mistyped").exists()
