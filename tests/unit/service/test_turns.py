"""Turns go round between owners, and the queue of readings drops what nobody waits for."""

import asyncio
import threading

import pytest
from harness.waiting import until

from paultrap.languages import ReaderError
from paultrap.service import ClientLeftError, Pool
from paultrap.service.reading import _MOST_BYTES, ReadingQueue
from paultrap.service.turns import Owner, Turns


def owner(key, kind="program"):
    return Owner(key, kind)


async def never():
    await asyncio.Event().wait()


async def settled():
    """Let all tasks of the loop go on as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 120))


def test_no_owner_has_all_turns():
    async def check():
        turns = Turns(3)
        assert [turns.take_at_once(owner("a")) for _ in range(4)] == [True, True, False, False]
        assert turns.take_at_once(owner("b"))
        assert not turns.take_at_once(owner("b"))

    run(check())


def test_kinds_of_one_key_have_queues_apart_and_share_its_turns():
    async def check():
        turns, seen = Turns(2), []

        async def take(kind):
            await turns.take(owner("a", kind))
            seen.append(kind)
            await asyncio.sleep(0)
            turns.give_back(owner("a", kind))

        assert turns.take_at_once(owner("a", "one"))
        assert not turns.take_at_once(owner("a", "other"))
        tasks = [asyncio.create_task(take(kind)) for kind in ("one", "one", "one", "other")]
        await settled()
        turns.give_back(owner("a", "one"))
        await asyncio.gather(*tasks)
        assert seen == ["one", "other", "one", "one"]

    run(check())


def test_turns_go_round_between_owners():
    async def check():
        turns, seen = Turns(2), []

        async def take(key):
            await turns.take(owner(key))
            seen.append(key)
            await asyncio.sleep(0)
            turns.give_back(owner(key))

        assert turns.take_at_once(owner("z"))
        tasks = [asyncio.create_task(take(key)) for key in "aaaabbbc"]
        await asyncio.gather(*tasks)
        assert "".join(seen) == "aabcabab"

    run(check())


def test_whoever_waits_no_more_takes_no_turn():
    async def check():
        turns = Turns(2)
        await turns.take(owner("a"))
        waiting = [asyncio.create_task(turns.take(owner("a"))) for _ in range(3)]
        await settled()
        waiting[0].cancel()
        await settled()
        turns.give_back(owner("a"))
        waiting[1].cancel()  # in the moment in which it has its turn
        await settled()
        assert [task.done() for task in waiting] == [True, True, True]
        assert waiting[2].exception() is None
        turns.give_back(owner("a"))
        assert turns.take_at_once(owner("a"))

    run(check())


class Held:
    """What is to be read: it is read when it may be, or given up."""

    seconds = 60.0

    def __init__(self, name="", *, is_slow=False):
        self.name = name
        self.is_slow = is_slow
        self.readings = []
        self.may_end = threading.Event()

    def read(self, reading):
        self.readings.append(reading)
        if self.is_slow:
            reading.on_slow()
        while not self.may_end.wait(0.002):
            if reading.is_stopped:
                raise ReaderError("given up")
        return self.name


@pytest.fixture
def pool():
    pool = Pool("readers", ReadingQueue.threads_for(2), patience_s=1)
    yield pool
    pool.close()


async def begun(held, times=1):
    await asyncio.to_thread(until, lambda: len(held.readings) >= times)


def test_a_short_one_passes_the_long_ones_of_another(pool):
    async def check():
        queue = ReadingQueue(pool, 2)
        long = [Held("long") for _ in range(5)]
        tasks = [asyncio.create_task(queue.read(owner("a"), 1, each, never)) for each in long]
        await begun(long[0])
        short = Held("short")
        short.may_end.set()
        assert await queue.read(owner("b"), 1, short, never) == "short"
        assert not any(task.done() for task in tasks)
        for each in long:
            each.may_end.set()
        assert await asyncio.gather(*tasks) == ["long"] * 5

    run(check())


def test_one_that_takes_long_lets_the_next_of_its_owner_pass(pool):
    async def check():
        queue = ReadingQueue(pool, 2)
        long, short = [Held("long", is_slow=True) for _ in range(3)], Held("short")
        tasks = [asyncio.create_task(queue.read(owner("a"), 1, each, never)) for each in long]
        short.may_end.set()
        await settled()
        assert await queue.read(owner("a"), 1, short, never) == "short"
        # One goes on, and the others are given up and begun anew when it has ended.
        assert not long[0].readings[0].is_stopped
        await begun(long[1])
        long[0].may_end.set()
        for each in long[1:]:
            await begun(each, times=2)
            assert [reading.is_stopped for reading in each.readings] == [True, False]
            each.may_end.set()
        assert await asyncio.gather(*tasks) == ["long"] * 3

    run(check())


def test_what_nobody_waits_for_is_given_up(pool):
    async def check():
        queue, gone = ReadingQueue(pool, 2), asyncio.Event()
        first, waiting = Held("first"), Held("waiting")
        tasks = [
            asyncio.create_task(queue.read(owner("a"), 1, each, gone.wait))
            for each in (first, waiting)
        ]
        await begun(first)
        gone.set()
        for task in tasks:
            with pytest.raises(ClientLeftError):
                await task
        assert first.readings[0].is_stopped
        following = Held("following")
        following.may_end.set()
        assert await queue.read(owner("a"), 1, following, never) == "following"
        assert waiting.readings == []
        assert pool.load().waiting == 0

    run(check())


def test_what_waits_is_counted_and_bounded_by_its_bytes(pool):
    async def check():
        queue = ReadingQueue(pool, 2)
        first, second = Held("first"), Held("second")
        tasks = [
            asyncio.create_task(queue.read(owner("a"), _MOST_BYTES // 2, each, never))
            for each in (first, second)
        ]
        await begun(first)
        assert (pool.load().running, pool.load().waiting) == (1, 1)
        with pytest.raises(ReaderError, match="64 MB"):
            await queue.read(owner("a"), 1, Held(), never)
        other = Held("other")
        other.may_end.set()
        assert await queue.read(owner("b"), _MOST_BYTES + 1, other, never) == "other"
        first.may_end.set()
        second.may_end.set()
        await asyncio.gather(*tasks)
        assert await queue.read(owner("a"), 1, other, never) == "other"

    run(check())


def test_where_reading_fails_the_turn_is_given_back(pool):
    class Failing:
        seconds = 60.0

        def read(self, _):
            raise ZeroDivisionError

    async def check():
        queue = ReadingQueue(pool, 2)
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await queue.read(owner("a"), 1, Failing(), never)

    run(check())
