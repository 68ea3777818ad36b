"""Requests in flight: the same one waits for what becomes of the first."""

import asyncio
from dataclasses import dataclass

import pytest

from paultrap.service import Threads
from paultrap.service.creations import CreationService
from paultrap.store import CreatingRequest, FirstAnswer, IdempotencyKeyError, Store


@dataclass
class Thing:
    id: str


def creating(name="a", digest=b"1" * 32) -> CreatingRequest:
    return CreatingRequest(
        key_id="key",
        digest=digest,
        idempotency_key=name,
        keep_ms=60_000,
        answer=lambda made: FirstAnswer(201, made.id.encode()),
    )


class Maker:
    """Makes things one after the other, each when it is told to."""

    def __init__(self, store: Store, threads: Threads) -> None:
        self.begun = 0
        self.has_begun = asyncio.Event()
        self.failures = 0
        self.may_go = asyncio.Event()
        self._store = store
        self._threads = threads

    async def __call__(self, request: CreatingRequest | None) -> Thing:
        self.begun += 1
        self.has_begun.set()
        thing = Thing(f"thing {self.begun}")
        await self.may_go.wait()
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError
        return await self._threads.write(self._store.creations.once, request, lambda _: thing)


@pytest.fixture
def threads():
    threads = Threads()
    yield threads
    threads.stop()


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "paultrap.db")
    yield store
    store.close()


@pytest.fixture
def service(store, threads):
    return CreationService(store.creations, threads)


def test_the_same_request_waits_for_the_first_ones_answer(service, store, threads):
    async def send_twenty():
        maker = Maker(store, threads)
        tasks = [asyncio.create_task(service.once(creating(), maker)) for _ in range(20)]
        await maker.has_begun.wait()
        assert not any(task.done() for task in tasks)
        maker.may_go.set()
        found = await asyncio.gather(*tasks)
        return maker.begun, found

    begun_, found = asyncio.run(send_twenty())

    assert begun_ == 1
    assert {each.answer.body for each in found} == {b"thing 1"}
    assert sorted(each.is_repeated for each in found) == [False] + [True] * 19


def test_another_body_waits_too_and_is_refused_by_what_was_made(service, store, threads):
    async def send_both():
        maker = Maker(store, threads)
        first = asyncio.create_task(service.once(creating(), maker))
        await maker.has_begun.wait()
        other = asyncio.create_task(service.once(creating(digest=b"2" * 32), maker))
        await asyncio.sleep(0)
        maker.may_go.set()
        await first
        with pytest.raises(IdempotencyKeyError) as raised:
            await other
        return maker.begun, raised.value.made_id

    assert asyncio.run(send_both()) == (1, "thing 1")


def test_when_the_first_fails_the_next_makes_it(service, store, threads):
    async def send_both():
        maker = Maker(store, threads)
        maker.failures = 1
        tasks = [asyncio.create_task(service.once(creating(), maker)) for _ in range(2)]
        await maker.has_begun.wait()
        maker.may_go.set()
        with pytest.raises(ZeroDivisionError):
            await tasks[0]
        found = await tasks[1]
        return maker.begun, found

    count, found = asyncio.run(send_both())

    assert count == 2
    assert (found.answer.body, found.is_repeated) == (b"thing 2", False)


def test_a_request_that_is_dropped_makes_what_it_has_begun(service, store, threads):
    """The transaction goes on in its thread, and the same request has its answer."""

    async def drop_and_send_again():
        maker = Maker(store, threads)
        first = asyncio.create_task(service.once(creating(), maker))
        await maker.has_begun.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        again = asyncio.create_task(service.once(creating(), maker))
        await asyncio.sleep(0)
        maker.may_go.set()
        found = await again
        return maker.begun, found

    count, found = asyncio.run(drop_and_send_again())

    assert count == 1
    assert (found.answer.body, found.is_repeated) == (b"thing 1", True)


def test_requests_with_different_names_do_not_wait_for_each_other(service, store, threads):
    async def send_both():
        slow, fast = Maker(store, threads), Maker(store, threads)
        fast.may_go.set()
        first = asyncio.create_task(service.once(creating("slow"), slow))
        await slow.has_begun.wait()
        found = await service.once(creating("fast"), fast)
        slow.may_go.set()
        await first
        return found.is_repeated

    assert asyncio.run(send_both()) is False
