"""What a supervisor says of itself while it runs, and when it has its workers look for work."""

from contextlib import closing

import pytest
from harness.jobs import finish, new_job
from harness.waiting import until

from paultrap.store import (
    HostKind,
    HostRegistration,
    Store,
    StoreUnavailableError,
    memory_host,
)
from paultrap.worker.presence import Presence

ABOUT = HostRegistration(
    kind=HostKind.SERVER,
    host=memory_host(),
    hostname="here",
    pid=1,
    version="1",
    slots=1,
    threads=1,
    memory_limit=1_000,
)


@pytest.fixture
def store(tmp_path):
    with closing(Store.open(tmp_path / "paultrap.db", as_server=True)) as store:
        yield store


@pytest.fixture
def begin(store):
    """Begin to look every few milliseconds."""
    started = []

    def one(wake=lambda: None):
        presence = Presence(store, ABOUT, wake, every_s=0.01)
        started.append(presence)
        presence.start()
        return presence

    yield one
    for presence in started:
        presence.stop()


def test_it_is_registered_while_it_runs(store, begin):
    presence = begin()
    assert [each.about for each in store.workers.live()] == [ABOUT]
    presence.drain()
    until(lambda: store.workers.live()[0].is_draining)

    presence.stop()

    assert store.workers.live() == []


def test_workers_are_woken_while_something_waits_and_no_longer(store, begin):
    woken = []
    presence = begin(lambda: woken.append(1))
    until(lambda: presence.idle_s() > 0)
    assert woken == []

    store.jobs.add(new_job(store, 1))
    until(lambda: woken)
    assert presence.idle_s() == 0
    lease = store.queue.lease("worker", 60_000)
    until(lambda: store.workers.look(ABOUT).is_busy)
    finish(store, lease)
    until(lambda: presence.idle_s() > 0)


def test_a_database_that_is_away_is_asked_again(store, begin, monkeypatch):
    beat, register = store.workers.beat, store.workers.register
    tries = []

    def away(call, *arguments, **options):
        tries.append(1)
        if len(tries) < 5:
            raise StoreUnavailableError("away")
        return call(*arguments, **options)

    monkeypatch.setattr(store.workers, "register", lambda *a, **o: away(register, *a, **o))
    monkeypatch.setattr(store.workers, "beat", lambda *a, **o: away(beat, *a, **o))
    begin()

    until(store.workers.live)


def test_who_was_forgotten_registers_again(store, begin):
    presence = begin()
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM workers")

    presence.drain()  # at once

    until(store.workers.live)
