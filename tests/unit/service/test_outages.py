"""A database that does not answer: who is told, when, and what is said of it."""

import asyncio
import threading

import pytest
from harness.waiting import until
from structlog.testing import capture_logs

from paultrap.service import StoreWatch, Threads, outages
from paultrap.store import StoreDownError, StoreUnavailableError


class Database:
    """Answers, refuses or says nothing, as a test says."""

    def __init__(self):
        self.refuses = False
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = 0

    def ask(self):
        self.asked += 1
        assert self.may_answer.wait(60)
        if self.refuses:
            raise StoreUnavailableError("here is unavailable: refused.")


@pytest.fixture
def database(monkeypatch):
    monkeypatch.setattr(outages, "_PERIOD_S", 0.005)
    monkeypatch.setattr(outages, "_PATIENCE_S", 0.05)
    found = Database()
    yield found
    found.may_answer.set()


@pytest.fixture
def threads():
    threads = Threads()
    yield threads
    threads.stop()


async def watching(database, threads):
    threads.watch = StoreWatch("here", database.ask)
    threads.watch.start()
    return threads.watch


async def lost(watch):
    async with asyncio.timeout(60):
        await watch.lost()


async def found(watch):
    await asyncio.to_thread(until, lambda: watch.trouble is None)


def test_while_it_refuses_everybody_hears_so_at_once_and_the_log_says_it_once(database, threads):
    async def run():
        watch = await watching(database, threads)
        assert await threads.read(lambda: 1) == 1
        database.refuses = True
        await lost(watch)
        for _ in range(100):
            with pytest.raises(StoreDownError, match="The database does not answer: refused"):
                await threads.read(pytest.fail)
            with pytest.raises(StoreDownError):
                await threads.write(pytest.fail)
        database.refuses = False
        await found(watch)
        assert await threads.write(lambda: 2) == 2
        await watch.stop()

    with capture_logs() as lines:
        asyncio.run(run())
    said = [line for line in lines if line["event"].startswith("the database")]
    assert [line["event"] for line in said] == [
        "the database does not answer",
        "the database answers again",
    ]
    assert said[0]["reason"] == "refused"
    assert said[1]["refused"] == 200


def test_what_fails_has_it_looked_at_at_once(database, threads, monkeypatch):
    monkeypatch.setattr(outages, "_PERIOD_S", 3600)

    def fail():
        raise StoreUnavailableError("gone")

    async def run():
        watch = await watching(database, threads)
        await asyncio.to_thread(until, lambda: database.asked)
        database.refuses = True
        with pytest.raises(StoreUnavailableError):
            await threads.read(fail)
        await lost(watch)
        await watch.stop()

    asyncio.run(run())


def test_when_it_says_nothing_reads_are_given_up_and_writes_that_have_begun_are_not(
    database, threads
):
    begun = threading.Event()

    def hang():
        begun.set()
        assert database.may_answer.wait(60)
        return "done"

    async def run():
        watch = await watching(database, threads)
        database.may_answer.clear()
        reads = [asyncio.create_task(threads.read(hang)) for _ in range(20)]
        write = asyncio.create_task(threads.write(hang))
        queued = asyncio.create_task(threads.write(pytest.fail))
        await asyncio.to_thread(begun.wait)
        await lost(watch)
        told = await asyncio.gather(*reads, queued, return_exceptions=True)
        assert {type(each) for each in told} == {StoreDownError}
        assert "said nothing" in str(told[0])
        assert not write.done()
        database.may_answer.set()
        assert await write == "done"
        await found(watch)
        assert await threads.read(lambda: 1) == 1
        await watch.stop()

    asyncio.run(run())


def test_a_part_of_an_answer_that_has_begun_is_waited_for(database, threads):
    async def run():
        watch = await watching(database, threads)
        database.refuses = True
        await lost(watch)
        assert await threads.read_on(lambda: 1) == 1
        await watch.stop()

    asyncio.run(run())
