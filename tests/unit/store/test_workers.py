"""Who is registered, who is there, and what the hosts could hold."""

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa
from harness.jobs import new_job

from paultrap.jobs import ChunkStatus
from paultrap.store import HostBackend, HostKind, HostRegistration, checksums, tables
from paultrap.store.clock import SystemClock
from paultrap.store.liveness import HEARTBEAT_S, LIVE_MS
from paultrap.store.workers import REMEMBERED_S, Workers

BEAT_MS = round(HEARTBEAT_S * 1000)
REMEMBERED_MS = round(REMEMBERED_S * 1000)
HOUR = 3_600_000
TRAP = HostBackend(name="our-trap", qubits=11, gateset="native", entangler="ms")


def about(host="boot-1", *, kind=HostKind.WORKER, **changed):
    said = {
        "hostname": host,
        "pid": 7,
        "version": "1.0",
        "slots": 2,
        "threads": 4,
        "memory_limit": 100,
    }
    return HostRegistration(kind=kind, host=host, **said | changed)


@pytest.fixture
def of(store):
    """Return the client of one process."""
    return lambda name: Workers(store._database, name)


def pass_time(clock, who, milliseconds):
    """Let time pass in which one process shows that it is there."""
    for passed in range(0, milliseconds, BEAT_MS):
        clock.tick(min(BEAT_MS, milliseconds - passed))
        who.beat(about())


def names_of_all(store):
    """Return the ids of all that are not forgotten."""
    with store._database.read() as connection:
        return list(connection.scalars(sa.select(tables.workers.c.id).order_by("id")))


def names(found):
    return [each.id for each in found]


def test_who_registers_is_listed_with_what_it_said(store, of, clock):
    of("a").register(about(backends=(TRAP,), runs_shipped=False))
    of("s").register(about("boot-2", kind=HostKind.SERVER, slots=0, memory_limit=None))
    clock.tick(4_000)

    server, worker = store.workers.live()

    assert (server.id, server.about.kind, server.about.slots) == ("s", HostKind.SERVER, 0)
    assert worker.about == about(backends=(TRAP,), runs_shipped=False)
    assert not worker.is_draining
    assert worker.last_seen == worker.started_at == clock.wall() - 4_000


def test_who_misses_three_heartbeats_is_not_there(store, of, clock):
    of("a").register(about())
    of("b").register(about())
    clock.tick(3 * BEAT_MS)
    assert names(store.workers.live()) == ["a", "b"]
    assert of("b").beat(about()).is_known
    clock.tick(1)

    assert names(store.workers.live()) == ["b"]
    assert of("a").beat(about()).is_known
    assert names(store.workers.live()) == ["a", "b"]


def test_who_drains_says_so_and_who_ends_is_gone(store, of):
    of("a").register(about())
    assert of("a").beat(about(), is_draining=True).is_known
    assert [each.is_draining for each in store.workers.live()] == [True]

    of("a").leave()

    assert store.workers.live() == []


def test_what_was_not_seen_for_long_is_forgotten(store, of, clock):
    gone, there = of("a"), of("b")
    gone.register(about())
    there.register(about())
    pass_time(clock, there, REMEMBERED_MS)
    there.forget()
    assert names_of_all(store) == ["a", "b"]
    pass_time(clock, there, 1)

    there.forget()

    assert names_of_all(store) == ["b"]
    assert not gone.beat(about()).is_known


def test_nobody_is_forgotten_after_an_outage_of_all(store, of, clock):
    first, second = of("a"), of("b")
    first.register(about())
    second.register(about())
    pass_time(clock, first, 2 * REMEMBERED_MS)
    second.beat(about())
    clock.tick(2 * REMEMBERED_MS)  # The database was away.
    first.beat(about())

    first.forget()
    of("new").forget()
    store.workers.forget()

    assert names_of_all(store) == ["a", "b"]
    pass_time(clock, first, REMEMBERED_MS)
    first.forget()
    assert names_of_all(store) == ["a"]


def test_capacity_is_that_of_all_that_were_seen_lately(store, of, clock):
    assert store.workers.capacity() is None
    of("small").register(about("one", memory_limit=100, threads=2))
    of("large").register(about("two", memory_limit=900, threads=8, backends=(TRAP,)))
    api = of("api")
    api.register(about("three", kind=HostKind.SERVER, slots=0, memory_limit=5_000))
    assert store.workers.capacity() == (4, 8, 900)
    assert store.workers.capacity("our-trap") == (2, 8, 900)
    assert store.workers.capacity("other") is None

    of("large").leave()  # It may come back.
    assert store.workers.capacity().memory_limit == 900
    pass_time(clock, api, REMEMBERED_MS)
    of("small").beat(about())
    pass_time(clock, api, 1)
    api.forget()
    assert store.workers.capacity() == (2, 2, 100)


def test_a_host_for_plug_ins_alone_runs_nothing_else(store, of):
    of("a").register(about(runs_shipped=False, backends=(TRAP,), memory_limit=None))

    assert store.workers.capacity() is None
    assert store.workers.capacity("our-trap") == (2, 4, None)


def test_who_starts_again_takes_the_place_of_what_has_ended(store, of):
    of("before").register(about(memory_limit=900))
    of("elsewhere").register(about("other", memory_limit=200))
    of("before").leave()
    of("elsewhere").leave()

    of("after").register(about(memory_limit=100))

    assert names(store.workers.live()) == ["after"]
    assert store.workers.capacity().memory_limit == 200


def test_a_host_is_listed_with_what_it_runs(open_store):
    store = open_store(as_server=True)
    store.workers.register(about(kind=HostKind.SERVER))
    job = store.jobs.add(new_job(store, 4, chunks=2))
    store.queue.lease("one", 60_000)
    store.queue.lease("two", 60_000)

    (server,) = store.workers.live()

    assert [(each.job_id, each.chunk, each.circuits) for each in server.running] == [
        (job.id, 0, 2),
        (job.id, 1, 2),
    ]
    assert {each.project_id for each in server.running} == {job.project_id}
    assert [each.running for each in store.workers.live(running=False)] == [[]]


def test_a_server_that_died_has_ended_once_another_opens(open_store, clock):
    first = open_store(as_server=True)
    first.workers.register(about(kind=HostKind.SERVER, memory_limit=900))
    first.close()
    clock.tick(LIVE_MS + 1)

    second = open_store(as_server=True)

    assert second.workers.live() == []
    second.workers.register(about(kind=HostKind.SERVER, memory_limit=100))
    assert second.workers.capacity().memory_limit == 100


@pytest.mark.engine("postgresql")
def test_a_server_without_its_duty_is_dead_once_it_is_silent_or_seen_to_have_ended(
    open_store, clock
):
    """After a restart of the database nobody has a duty for a moment."""

    def opened(**known):
        store = open_store(as_server=True)
        store.workers.register(about(**known, kind=HostKind.SERVER))
        store.close()  # lets go of the duty, and does not say that it ends

    opened(hostname="far away")
    here = f"{os.uname().nodename} {SystemClock().boot()}"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    opened(hostname="ended", host=here, pid=ended.pid)
    opened(hostname="there", host=here, pid=os.getpid())

    store = open_store(as_server=True)
    assert {each.about.hostname for each in store.workers.live()} == {"far away", "there"}
    clock.tick(LIVE_MS + 1)
    store.queue.release_dead_servers()
    living = sa.select(tables.workers.c.id).where(tables.workers.c.ended_at.is_(None))
    with store._database.read() as connection:
        assert connection.scalars(living).all() == []


@pytest.mark.engine("postgresql")
def test_a_host_that_died_before_the_clock_was_set_back_keeps_no_chunk(open_store, clock):
    """What it has leased, and when it was seen last, lie ahead by an hour then."""
    died, lives = (open_store(as_server=True) for _ in range(2))
    died.jobs.add(new_job(died, 2, chunks=2))
    for store, worker in ((died, "of the dead"), (lives, "of the living")):
        store.workers.register(about(kind=HostKind.SERVER))
        assert store.queue.lease(worker, 1_000) is not None
    died.close()  # lets go of the duty, and does not say that it ends
    clock.tick(-HOUR)

    lives.queue.release_dead_servers()
    open_store(as_server=True).queue.release_dead_servers()

    leased = sa.select(tables.chunks.c.owner).where(tables.chunks.c.status == ChunkStatus.LEASED)
    with lives._database.read() as connection:
        assert connection.scalars(leased).all() == ["of the living"]


def test_what_has_no_id_cannot_register(store):
    with pytest.raises(ValueError, match="without an id"):
        store.workers.register(about())


def test_a_heartbeat_says_whether_there_is_work(open_store, clock):
    store = open_store(as_server=True)
    said = about(kind=HostKind.SERVER, memory_limit=100)
    store.workers.register(said)

    def seen():
        found = store.workers.beat(said)
        assert found == store.workers.look(said)
        return found[1:]

    assert seen() == (False, False, False)
    store.jobs.add(new_job(store, 1))
    assert seen() == (True, True, False)
    store.queue.lease("worker", 1_000)
    assert seen() == (False, False, True)
    clock.tick(1_000)
    assert seen() == (True, False, True)


def test_what_does_not_fit_is_no_work_that_could_be_taken(store):
    job = store.jobs.add(new_job(store, 1))
    change_chunks(store, job, memory=101)

    assert store.workers.look(about())[1:3] == (True, False)
    assert store.workers.look(about(memory_limit=None))[1:3] == (True, True)


@pytest.mark.engine("sqlite")
def test_what_the_only_host_has_no_backend_for_is_work_for_it(store):
    change_chunks(store, store.jobs.add(new_job(store, 1)), memory=100, backend="our-trap")

    assert store.workers.look(about())[1:3] == (True, True)


@pytest.mark.engine("postgresql")
def test_what_a_host_has_no_backend_for_is_no_work_for_it(store):
    change_chunks(store, store.jobs.add(new_job(store, 1)), memory=100, backend="our-trap")

    assert store.workers.look(about())[1:3] == (False, False)
    for shipped in (True, False):
        able = about(backends=(TRAP,), runs_shipped=shipped)
        assert store.workers.look(able)[1:3] == (True, True)


def change_chunks(store, job, **values):
    def change(connection):
        which = tables.chunks.c.job_id == job.id
        checksums.change(connection, tables.chunks, values, which)

    store._database.change(change)
