"""The PostgreSQL servers that tests start: what they promise to tests of crashes."""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from harness.postgresql import PostgresqlServer
from harness.waiting import until

TESTS = Path(__file__).parents[1]
# What starts one, says where, and waits to be killed.
_OWNER = """
import sys
sys.path.insert(0, {tests!r})
from harness.postgresql import PostgresqlServer
server = PostgresqlServer(durable=False)
print(server.folder, server.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server():
    with contextlib.closing(PostgresqlServer()) as server:
        yield server


def run(server, *statements):
    with psycopg.connect(server.url, autocommit=True, connect_timeout=2) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall()


def test_what_was_committed_outlives_stops_at_once_and_waits_for_one_that_is_held(server):
    run(server, "CREATE DATABASE kept", "SELECT 1")
    query = "SELECT count(*) FROM pg_database WHERE datname = 'kept'"
    for how in (signal.SIGQUIT, signal.SIGKILL):
        server.stop(how)
        with pytest.raises(psycopg.OperationalError):
            run(server, query)
        assert run(server.start(), query) == [(1,)]
    with server.paused(), pytest.raises(psycopg.OperationalError, match="timeout"):
        run(server, query)
    assert run(server, query) == [(1,)]


def test_one_ends_with_the_process_that_started_it():
    command = [sys.executable, "-c", _OWNER.format(tests=str(TESTS))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        folder, pid = owner.stdout.readline().decode().rsplit(maxsplit=1)
        assert Path(folder).exists()
        owner.kill()
    until(lambda: not Path(folder).exists())
    until(lambda: not (Path("/proc") / pid / "exe").exists())
