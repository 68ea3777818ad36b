"""Probes."""

import threading

import pytest
from litestar.testing import TestClient

from paultrap.api.app import create_app
from paultrap.service import Threads, health


def test_probes_need_no_key(client):
    assert client.get("/healthz", headers={"authorization": ""}).status_code == 200
    assert client.get("/readyz", headers={"authorization": ""}).status_code == 200


def test_not_ready_without_a_worker(client, bench):
    bench.alive = False

    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["error"] == "Service Unavailable"


def test_not_ready_when_the_store_is_closed(client, store):
    store.close()

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_workers_live_as_long_as_the_application(settings, store, bench):
    assert not bench.alive
    with TestClient(create_app(settings, store, bench)):
        assert bench.alive
    assert not bench.alive


def test_probes_may_ask_for_the_status_alone(client):
    for path in ("/healthz", "/readyz"):
        answer = client.head(path)

        assert (answer.status_code, answer.content) == (200, b"")


@pytest.fixture
def threads(clock):
    return Threads(60.0, clock=clock)


@pytest.fixture
def watched(settings, store, bench, threads):
    """A client of an application whose clock the test sets."""
    with TestClient(create_app(settings, store, bench, threads)) as client:
        yield client


@pytest.fixture
def gate():
    gate = threading.Event()
    yield gate
    gate.set()


def occupy(pool, gate):
    """Have every thread of a pool wait for the gate."""
    began = threading.Semaphore(0)

    def task():
        began.release()
        gate.wait()

    for _ in range(pool._threads):
        pool.submit(task)
        assert began.acquire(timeout=60)


@pytest.mark.parametrize(
    ("name", "patience_s"),
    [
        ("writer", 40),
        ("readers", 40),
        ("computers", 40),
        # They may wait for a program for a minute.
        ("programs", 100),
    ],
)
def test_a_pool_that_is_stuck_is_named_and_one_that_works_on_is_not(
    watched, threads, gate, name, patience_s
):
    pool = getattr(threads, f"_{name}")
    occupy(pool, gate)
    threads.clock.now += patience_s
    assert watched.get("/readyz").status_code == 200

    threads.clock.now += 1
    answer = watched.get("/readyz")
    assert answer.status_code == 503
    assert f"stuck: {pool.name} for {patience_s + 1} s." in answer.json()["message"]
    assert watched.get("/healthz").status_code == 200

    gate.set()
    while pool.stuck():
        pass
    assert watched.get("/readyz").status_code == 200


def test_a_long_queue_of_programs_is_no_trouble(watched, threads, clock, gate):
    occupy(threads._programs, gate)
    waiting = [threads._programs.submit(gate.wait) for _ in range(10)]
    clock.now += 90
    with threads._programs._lock:
        for task in threads._programs._running:
            threads._programs._running[task] = clock.now  # as if the next had just begun
    clock.now += 90
    assert watched.get("/readyz").status_code == 200
    assert not any(each.done() for each in waiting)


def test_a_store_that_is_busy_is_ready_and_one_that_hangs_is_not(
    watched, store, clock, gate, monkeypatch
):
    asked = []

    def hang():
        asked.append(1)
        return gate.wait(60)

    monkeypatch.setattr(store, "ask", hang)
    monkeypatch.setattr(health, "_PROBE_S", 0.01)
    assert [watched.get("/readyz").status_code for _ in range(3)] == [200] * 3
    clock.now += 41
    answer = watched.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["message"] == "The store has not answered for 41 s."
    assert len(asked) == 1  # Probes do not pile up.

    gate.set()
    while watched.get("/readyz").status_code != 200:
        pass
