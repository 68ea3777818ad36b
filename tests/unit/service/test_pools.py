"""Pools of threads: how long nothing has got on in them, by a clock that the test sets."""

import threading

import pytest

from paultrap.service import Pool, Threads


@pytest.fixture
def gate():
    """Tasks wait for this; it opens at the end of each test."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def new_pool(clock, gate):
    made = []

    def make(threads=2, **more):
        made.append(Pool("testers", threads, patience_s=10, clock=clock, **more))
        return made[-1]

    yield make
    gate.set()
    for pool in made:
        pool.close()


def begin(pool, gate):
    """Have a task wait for the gate, and return when a thread is at it."""
    began = threading.Event()

    def task():
        began.set()
        gate.wait()

    future = pool.submit(task)
    assert began.wait(60)
    return future


def test_a_pool_is_stuck_when_every_thread_has_been_at_one_task_for_too_long(new_pool, clock, gate):
    pool = new_pool()
    begin(pool, gate)
    clock.now += 100
    assert pool.stuck() is None  # The other thread is free.

    begin(pool, gate)
    clock.now += 10
    assert pool.stuck() is None
    clock.now += 1
    assert pool.stuck() == ("testers", 11.0)


def test_a_thread_that_changes_its_task_gets_on(new_pool, clock, gate):
    pool, other = new_pool(), threading.Event()
    begin(pool, gate)
    short = begin(pool, other)
    clock.now += 11
    assert pool.stuck() == ("testers", 11.0)
    other.set()
    short.result(60)
    assert pool.stuck() is None
    begin(pool, gate)
    assert pool.stuck() is None


def test_a_task_that_waits_for_too_long_shows_it_while_others_change(new_pool, clock, gate):
    pool = new_pool(1)
    begin(pool, gate)
    waiting = pool.submit(lambda: None)
    clock.now += 10.5
    with pool._lock:
        (task,) = pool._running
        pool._running[task] = clock.now  # as if another task had just begun
    assert pool.stuck() == ("testers", 10.5)
    assert waiting.cancel()
    assert pool.stuck() is None


def test_a_queue_may_be_long_where_that_is_as_it_should_be(new_pool, clock, gate):
    pool, first = new_pool(1, queue_counts=False), threading.Event()
    begin(pool, first)
    later = [pool.submit(gate.wait) for _ in range(3)]
    clock.now += 9
    first.set()
    while not later[0].running():
        pass
    clock.now += 9
    assert pool.stuck() is None
    clock.now += 2
    assert pool.stuck() == ("testers", 11.0)


def test_what_ends_with_an_error_has_ended(new_pool, clock):
    pool = new_pool(1)
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 / 0).result(60)
    clock.now += 100
    assert (pool.stuck(), pool.longest_s()) == (None, None)


def test_a_closed_pool_drops_what_has_not_begun_and_takes_nothing(new_pool, gate):
    pool = new_pool(1)
    begin(pool, gate)
    waiting = pool.submit(gate.wait)
    pool.close()
    assert waiting.cancelled()
    with pytest.raises(RuntimeError):
        pool.submit(gate.wait)
    assert list(pool._waiting) == []


def test_threads_stop_in_time_and_say_whether_all_has_ended(gate):
    threads = Threads()
    begin(threads._computers, gate)
    assert list(threads.busy()) == ["compute"]
    assert not threads.stop(0.01)
    gate.set()
    assert threads.stop(60)
    assert threads.busy() == {}
