"""Which database a text means, and what of it is shown."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from paultrap.store import Store, StoreError, database_url, shown, written

SECRET = "postgresql://me:s%40cret@db.example/jobs?password=s%40cret"


@pytest.mark.parametrize("name", ["plain.db", "a?b.db", "100%.db", "a%20b.db", "a b.db", "a#b.db"])
def test_a_path_stays_the_path_that_it_is(tmp_path, name):
    url = database_url(tmp_path / name)

    assert url.database == str(tmp_path / name)
    assert database_url(str(tmp_path / name)) == url
    assert database_url(written(url)) == url
    assert shown(url) == str(tmp_path / name)


@pytest.mark.parametrize("name", ["a?b.db", "100%.db", "a b#.db"])
def test_a_file_of_any_name_is_opened(tmp_path, name):
    Store.open(tmp_path / name).close()

    assert sorted(path.name for path in tmp_path.iterdir()) == [name]
    Store.attach(written(database_url(tmp_path / name))).close()


def test_a_relative_path_is_one_of_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert database_url("jobs.db").database == str(tmp_path / "jobs.db")
    assert database_url("sqlite:///jobs.db").database == str(tmp_path / "jobs.db")
    assert database_url(Path("sqlite://x")).database == str(tmp_path / "sqlite:" / "x")


@pytest.mark.parametrize(
    "text",
    [
        "sqlite://",
        "sqlite:////data/a?b.db",
        "sqlite:///:memory:",
        "sqlite:///file:jobs.db?uri=true",
        "sqlite://host/jobs.db",
    ],
)
def test_a_url_that_means_another_file_than_it_seems_is_refused(text):
    with pytest.raises(StoreError, match="names no database file"):
        database_url(text)


def test_a_password_is_written_for_workers_alone():
    url = database_url(SECRET)

    assert database_url(written(url)) == url
    assert url.password == "s@cret"
    assert "s@cret" not in shown(url)
    assert "s%40cret" not in shown(url)
    assert shown(url) == "postgresql://me:***@db.example/jobs"


def test_a_name_with_a_colon_is_written_with_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert database_url("./a:b.db").database == str(tmp_path / "a:b.db")
    assert database_url(str(tmp_path / "a:b.db")).database == str(tmp_path / "a:b.db")
    assert database_url(Path("a:b.db")).database == str(tmp_path / "a:b.db")


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        "nonsense://me:s%40cret@x:port/",
        "postgresql:/me:s%40cret@db.example/jobs",
        "postgresql+psycopg:me:s%40cret@db.example/jobs",
        " postgresql://me:s%40cret@db.example/jobs",
        '"postgresql://me:s%40cret@db.example/jobs"',
    ],
)
def test_a_database_without_an_engine_is_refused_without_its_password(text):
    with pytest.raises(StoreError) as caught:
        Store.open(text)

    assert "cret" not in str(caught.value)


def test_another_driver_is_refused(tmp_path):
    with pytest.raises(StoreError, match="no driver sqlite\\+aiosqlite"):
        Store.open(sa.URL.create("sqlite+aiosqlite", database=str(tmp_path / "jobs.db")))
