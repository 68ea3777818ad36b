"""A PostgreSQL database that cannot be used: every command says so in a line and leaves nothing."""

import sys

import psycopg
import pytest
from harness import databases
from harness.postgresql import PostgresqlServer

from paultrap.store.postgresql import database as engine

SECRET = "not-the-password-4711"


@pytest.fixture(scope="module")
def postgresql():
    server = PostgresqlServer(durable=False)
    yield server
    server.close()


@pytest.fixture
def admin(postgresql):
    with psycopg.connect(postgresql.socket_url("postgres"), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def made(postgresql):
    made = databases.Databases(postgresql.socket_url())
    yield made
    made.close()


@pytest.fixture
def url(made):
    """The URL of a database in which everything is as it should be."""
    with made.new() as url:
        yield url


# Two that change the database, one that joins servers and one that only reads.
COMMANDS = [("keys", "create"), ("worker",), ("db", "check")]


@pytest.fixture(params=COMMANDS, ids=" ".join)
def complaint(paultrap, request):
    """Run a command on a database, and return its one line without the password."""

    def run(url):
        done = paultrap(*request.param, PAULTRAP_DATABASE=url)
        assert SECRET not in done.error
        return done.complaint()

    return run


def _nobody(port):
    return f"postgresql://paultrap:{SECRET}@127.0.0.1:{port}/none"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (_nobody(1), "Is it running, and are host and port right?"),
        (f"postgresql://paultrap:{SECRET}@nowhere.invalid/none", "nowhere.invalid"),
        (f"mysql://paultrap:{SECRET}@127.0.0.1/none", "there is sqlite, postgresql"),
        (f"postgresql+pg8000://paultrap:{SECRET}@127.0.0.1/none", "the scheme is postgresql"),
        (f"postgresql://paultrap:{SECRET}@127.0.0.1:port/none", "expected scheme://"),
        (f"postgresql:/paultrap:{SECRET}@127.0.0.1/none", "expected scheme://"),
        ("postgresql:///?service=nobody", "PGSERVICEFILE"),
    ],
)
def test_a_place_that_is_no_database(complaint, url, expected):
    assert expected in complaint(url)


def test_a_wrong_password(complaint, postgresql):
    said = complaint(_nobody(postgresql.port))
    assert "password authentication failed" in said
    assert "PGPASSFILE" in said


def test_a_missing_database(complaint, postgresql):
    said = complaint(postgresql.socket_url(database="nowhere"))
    assert '"nowhere" does not exist' in said
    assert "createdb" in said


def test_a_role_that_may_make_no_tables(paultrap, admin, postgresql):
    admin.execute("CREATE DATABASE of_another")
    try:
        place = postgresql.socket_url(database="of_another")
        said = paultrap("keys", "create", PAULTRAP_DATABASE=place).complaint()
    finally:
        admin.execute("DROP DATABASE of_another WITH (FORCE)")
    assert "permission denied" in said
    assert "createdb --owner" in said


def test_another_encoding(complaint, admin, postgresql):
    admin.execute(
        "CREATE DATABASE latin ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    )
    try:
        assert "UTF8" in complaint(postgresql.socket_url(database="latin"))
    finally:
        admin.execute("DROP DATABASE latin WITH (FORCE)")


def test_an_old_release_of_postgresql(complaint, url, monkeypatch):
    monkeypatch.setattr(engine, "_OLDEST", 990_000)
    assert "it takes 99 or newer" in complaint(url)


def test_a_newer_schema(complaint, url):
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer release" in complaint(url)


def test_a_driver_that_is_not_installed(complaint, monkeypatch):
    for name in [each for each in sys.modules if each.startswith("paultrap.store.postgresql")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert 'pip install "paultrap[postgresql]"' in complaint("postgresql:///x")


def test_a_driver_that_lacks_its_library(complaint, monkeypatch):
    monkeypatch.delitem(sys.modules, "paultrap.store.postgresql", raising=False)
    monkeypatch.setitem(sys.modules, "paultrap.store.postgresql.database", None)
    assert 'pip install "paultrap[postgresql]"' in complaint("postgresql:///x")


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--database"),
        ("worker", "--database"),
        ("keys", "create", "--database"),
        ("db", "check", "--database"),
        ("migrate", "jobs.db"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@127.0.0.1/none",
        f"postgres://me:{SECRET}@127.0.0.1/none",
        f"postgresql://127.0.0.1/none?password={SECRET}",
        f"postgresql://127.0.0.1/none?sslpassword={SECRET}",
    ],
)
def test_no_command_takes_a_password_on_its_command_line(paultrap, words, url):
    done = paultrap(*words, url)
    assert "PGPASSFILE" in done.complaint(code=2)
    assert SECRET not in done.error


def test_a_server_starts_nothing(process, monkeypatch):
    monkeypatch.setenv("PAULTRAP_DATABASE", _nobody(1))
    done = process("serve", "--port", "0")
    assert done.code == 1
    assert "Traceback" not in done.error
    assert "Is it running" in done.error.splitlines()[-1]
    assert SECRET not in done.error


def test_the_short_scheme_is_that_of_postgresql(paultrap, url):
    place = url.replace("postgresql://", "postgres://")
    assert paultrap("keys", "list", PAULTRAP_DATABASE=place).code == 0


@pytest.fixture
def another():
    """A server that this test may stop."""
    server = PostgresqlServer(durable=False)
    yield server
    server.close()


def test_a_server_that_only_reads_is_named(paultrap, another):
    """A standby: the same files, started with the signal of one."""
    made = databases.Databases(another.socket_url())
    url = made.create()
    made.close()
    another.stop()
    sign = another.folder / "data" / "standby.signal"
    sign.touch()
    another.start()
    for command in (("keys", "create"), ("worker",)):
        said = paultrap(*command, PAULTRAP_DATABASE=url).complaint()
        assert "is a standby, which takes no writes" in said
    assert paultrap("db", "check", PAULTRAP_DATABASE=url).code == 0
