"""The connections to PostgreSQL: a closed database leaves none open, whenever it is closed."""

import os
import threading
from collections.abc import Callable

import psycopg
import pytest
from harness.places import rows_of
from harness.waiting import until

from paultrap.store import StoreUnavailableError
from paultrap.store.postgresql import errors, listening

pytestmark = pytest.mark.engine("postgresql")

OTHERS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)


@pytest.fixture
def nobody_is_connected(place) -> Callable[[], bool]:
    return lambda: rows_of(place, OTHERS) == []


@pytest.mark.parametrize("how", ["close", "rest"])
def test_a_connection_in_use_is_closed_once_it_is_given_back(store, nobody_is_connected, how):
    with store._database.read():
        getattr(store._database, how)()
        assert not nobody_is_connected()

    until(nobody_is_connected)


def test_what_is_asked_of_a_closed_database_leaves_no_connection(store, nobody_is_connected):
    store._database.close()

    with store._database.read():
        assert not nobody_is_connected()

    until(nobody_is_connected)


def test_a_connection_that_is_there_only_after_the_end_is_closed(
    store, place, nobody_is_connected, monkeypatch
):
    is_asked, may_connect = threading.Event(), threading.Event()
    opened = []
    real = psycopg.connect

    def connect(*url, **parameters):
        connection = real(*url, **parameters)
        if url:
            return connection  # the test's own
        opened.append(connection)
        is_asked.set()
        assert may_connect.wait(60)
        return connection

    store._database.listen([].extend)
    monkeypatch.setattr(listening, "_CLOSING_S", 0.0)
    monkeypatch.setattr(psycopg, "connect", connect)
    [thread] = [each for each in threading.enumerate() if each.name == "database-events"]
    rows_of(place, f"SELECT pg_terminate_backend(pid) FROM ({OTHERS}) AS others")
    assert is_asked.wait(60)
    store._database.close()

    may_connect.set()
    thread.join()
    assert [each.closed for each in opened] == [True]
    until(nobody_is_connected)


def test_nothing_stays_open_of_listening_that_could_not_begin(store, monkeypatch):
    made = []

    def connect(self):
        made.append(self)
        raise psycopg.OperationalError("it is not there")

    monkeypatch.setattr(listening.Listening, "_connect", connect)
    with pytest.raises(StoreUnavailableError, match="it is not there"):
        store._database.listen([].extend)

    [one] = made
    for end in (one._woken, one._wake):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(end)


def test_who_comes_while_it_starts_is_told_to_come_again():
    said = 'connection to server at "127.0.0.1" failed: FATAL:  the database system is starting up'

    found = errors.refusal(psycopg.OperationalError(said), "the database")

    assert isinstance(found, StoreUnavailableError)
    assert str(found) == f"cannot connect to the database: {said}. Try again in a moment."
