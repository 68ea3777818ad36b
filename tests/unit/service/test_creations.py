"""Requests in flight: the same one waits for what becomes of the first."""

import asyncio
from dataclasses import dataclass
from itertools import count

import pytest

from paultrap.service import ClientLeftError, Threads
from paultrap.service.creating import Creating
from paultrap.service.creations import CreationService, stored
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

    def __init__(self, store: Store, threads: Threads, name: str = "thing") -> None:
        self._name = name
        self.begun = 0
        self.has_begun = asyncio.Event()
        self.failures = 0
        self.may_go = asyncio.Event()
        self._store = store
        self._threads = threads

    async def __call__(self, creating: Creating | None) -> Thing:
        self.begun += 1
        self.has_begun.set()
        thing = Thing(f"{self._name} {self.begun}")
        await self.may_go.wait()
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError
        once = self._store.creations.once
        return await stored(self._threads, creating, lambda request: once(request, lambda _: thing))


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
        tasks = [asyncio.create_task(service.once(creating(), None, maker)) for _ in range(20)]
        await maker.has_begun.wait()
        assert not any(task.done() for task in tasks)
        maker.may_go.set()
        found = await asyncio.gather(*tasks)
        return maker.begun, found

    begun_, found = asyncio.run(send_twenty())

    assert begun_ == 1
    assert {each.answer.body for each in found} == {b"thing 1"}
    assert [each.repeats for each in found].count("thing 1") == 19


def test_another_body_waits_too_and_is_refused_by_what_was_made(service, store, threads):
    async def send_both():
        maker = Maker(store, threads)
        first = asyncio.create_task(service.once(creating(), None, maker))
        await maker.has_begun.wait()
        other = asyncio.create_task(service.once(creating(digest=b"2" * 32), None, maker))
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
        tasks = [asyncio.create_task(service.once(creating(), None, maker)) for _ in range(2)]
        await maker.has_begun.wait()
        maker.may_go.set()
        with pytest.raises(ZeroDivisionError):
            await tasks[0]
        found = await tasks[1]
        return maker.begun, found

    count, found = asyncio.run(send_both())

    assert count == 2
    assert found == (FirstAnswer(201, b"thing 2"), None)


def test_a_request_that_is_dropped_makes_what_it_has_begun(service, store, threads):
    """The transaction goes on in its thread, and the same request has its answer."""

    async def drop_and_send_again():
        maker = Maker(store, threads)
        first = asyncio.create_task(service.once(creating(), None, maker))
        await maker.has_begun.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        again = asyncio.create_task(service.once(creating(), None, maker))
        await asyncio.sleep(0)
        maker.may_go.set()
        found = await again
        return maker.begun, found

    count, found = asyncio.run(drop_and_send_again())

    assert count == 1
    assert found == (FirstAnswer(201, b"thing 1"), "thing 1")


def test_requests_with_different_names_do_not_wait_for_each_other(service, store, threads):
    async def send_both():
        slow, fast = Maker(store, threads, "slow"), Maker(store, threads, "fast")
        fast.may_go.set()
        first = asyncio.create_task(service.once(creating("slow"), None, slow))
        await slow.has_begun.wait()
        found = await service.once(creating("fast"), None, fast)
        slow.may_go.set()
        await first
        return found.repeats

    assert asyncio.run(send_both()) is None


class Peer:
    """A client's connection, of which the test says what becomes of it."""

    numbers = count()

    def __init__(self) -> None:
        self.number = next(self.numbers)
        self.alive = True
        self.is_leaving = self.is_doubtful = self.is_acknowledged = False
        self._fate: str | None = None
        self._callbacks = []

    def on_fate(self, callback) -> None:
        if self._fate is not None:
            asyncio.get_running_loop().call_soon(callback, self._fate)
        else:
            self._callbacks.append(callback)

    def give_up(self) -> None:
        self.leave()

    def leave(self) -> None:
        self.alive = False
        self.settle("lost")

    def settle(self, fate) -> None:
        self._fate = fate
        self.is_doubtful, self.is_acknowledged = False, True
        for callback in self._callbacks:
            callback(fate)
        self._callbacks = []


def watched(window_ms=0) -> CreatingRequest:
    return CreatingRequest(
        key_id="key",
        digest=b"1" * 32,
        idempotency_key=None,
        keep_ms=60_000,
        window_ms=window_ms,
        is_watched=True,
        answer=lambda made: FirstAnswer(201, made.id.encode()),
    )


@pytest.fixture
def send(service):
    """Begin to send a request from a peer, and return its task."""

    def begin(maker, peer, window_ms=0):
        return asyncio.create_task(service.once(watched(window_ms), peer, maker))

    return begin


def test_intended_repetitions_at_the_same_time_are_each_made(send, store, threads):
    async def repeat():
        maker = Maker(store, threads)
        maker.may_go.set()
        tasks = [send(maker, Peer()) for _ in range(50)]
        return [each.answer.body for each in await asyncio.gather(*tasks)]

    assert len(set(asyncio.run(repeat()))) == 50


def test_an_equal_request_waits_for_one_at_work_whose_client_has_gone(send, store, threads):
    async def lose_and_send_again():
        maker = Maker(store, threads)
        peer = Peer()
        first = send(maker, peer)
        await maker.has_begun.wait()
        peer.leave()
        second = send(maker, Peer())
        for _ in range(5):
            await asyncio.sleep(0)
        assert maker.begun == 1
        maker.may_go.set()
        return await first, await second

    first, second = asyncio.run(lose_and_send_again())

    assert first == (FirstAnswer(201, b"thing 1"), None)
    assert second == (FirstAnswer(201, b"thing 1"), "thing 1")


@pytest.mark.parametrize("is_equal", [True, False])
def test_of_two_with_one_short_digest_only_an_equal_one_waits(service, store, threads, is_equal):
    """Large bodies are hashed while they are read, and are known by their ends meanwhile."""

    async def lose_and_send():
        maker, other = Maker(store, threads), Maker(store, threads, "other")
        other.may_go.set()
        peer = Peer()
        digests = [asyncio.get_running_loop().create_future() for _ in range(2)]
        first = asyncio.create_task(service.once(watched(), peer, maker, digests[0]))
        await maker.has_begun.wait()
        peer.leave()
        second = asyncio.create_task(service.once(watched(), Peer(), other, digests[1]))
        for _ in range(5):
            await asyncio.sleep(0)
        begun_before = other.begun
        digests[0].set_result(b"2" * 32)
        digests[1].set_result(b"2" * 32 if is_equal else b"3" * 32)
        if not is_equal:
            await other.has_begun.wait()
        for _ in range(5):
            await asyncio.sleep(0)
        begun = other.begun
        maker.may_go.set()
        found = await first, await second
        return begun_before, begun, [each.answer.body for each in found], found[1].repeats

    wanted = (0, [b"thing 1"] * 2, "thing 1") if is_equal else (1, [b"thing 1", b"other 1"], None)
    assert asyncio.run(lose_and_send()) == (0, *wanted)


def test_a_client_that_goes_while_the_equal_request_is_read_is_waited_for(send, store, threads):
    """The second has begun as a request of its own, and looks again before it is stored."""

    async def lose_late():
        slow, quick = Maker(store, threads, "slow"), Maker(store, threads, "quick")
        peer = Peer()
        first = send(slow, peer)
        await slow.has_begun.wait()
        second = send(quick, Peer())
        await quick.has_begun.wait()
        peer.leave()
        quick.may_go.set()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not second.done()
        slow.may_go.set()
        await first
        found = await second
        return found.repeats

    assert asyncio.run(lose_late()) == "slow 1"


def test_when_the_lost_one_fails_the_equal_one_is_made(send, store, threads):
    async def lose_and_fail():
        maker = Maker(store, threads)
        maker.failures = 1
        peer = Peer()
        first = send(maker, peer)
        await maker.has_begun.wait()
        peer.leave()
        second = send(maker, Peer())
        maker.may_go.set()
        with pytest.raises(ZeroDivisionError):
            await first
        return await second

    assert asyncio.run(lose_and_fail()) == (FirstAnswer(201, b"thing 2"), None)


def test_many_retries_of_clients_that_all_go_are_one_job(send, store, threads):
    async def lose_all():
        maker = Maker(store, threads)
        tasks = []
        for _ in range(40):
            peer = Peer()
            tasks.append(send(maker, peer))
            await asyncio.sleep(0)
            peer.leave()
        maker.may_go.set()
        return {each.answer.body for each in await asyncio.gather(*tasks)}

    assert asyncio.run(lose_all()) == {b"thing 1"}


def test_the_fate_of_an_answer_counts_a_moment_later(send, store, threads):
    async def send_five():
        maker = Maker(store, threads)
        maker.may_go.set()
        bodies = []
        for fate in ("taken", "lost", "lost", "taken", "taken"):
            peer = Peer()
            found = await send(maker, peer)
            bodies.append(found.answer.body)
            peer.settle(fate)
        return bodies

    one, two, two_again, two_at_last, three = asyncio.run(send_five())

    assert two == two_again == two_at_last
    assert len({one, two, three}) == 3


def test_a_dropped_request_counts_as_lost_though_its_refusal_is_taken(send, store, threads):
    async def drop_and_send_again():
        maker = Maker(store, threads)
        peer = Peer()
        first = send(maker, peer)
        await maker.has_begun.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        peer.settle("taken")  # It was told that nobody knows what has become of its request.
        second = send(maker, Peer())
        maker.may_go.set()
        return await second

    assert asyncio.run(drop_and_send_again()).repeats == "thing 1"


def test_within_the_window_equal_requests_are_one_until_somebody_asks(store, threads):
    async def repeat():
        service = CreationService(store.creations, threads, 60_000)
        maker = Maker(store, threads)
        tasks = [
            asyncio.create_task(service.once(watched(60_000), Peer(), maker)) for _ in range(5)
        ]
        maker.may_go.set()
        first = {each.answer.body for each in await asyncio.gather(*tasks)}
        for _ in range(3):
            await service.asked("thing 1")
        found = await service.once(watched(60_000), Peer(), maker)
        return first, found.repeats

    assert asyncio.run(repeat()) == ({b"thing 1"}, None)


def test_an_equal_request_waits_for_an_answer_that_is_not_acknowledged(send, store, threads):
    async def send_two(fate):
        maker = Maker(store, threads, f"thing {fate}")
        maker.may_go.set()
        peer = Peer()
        first = await send(maker, peer)
        peer.is_doubtful = True
        second = send(maker, Peer())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not second.done()
        if fate is None:  # acknowledged, and nothing more is known
            peer.is_doubtful, peer.is_acknowledged = False, True
        else:
            peer.settle(fate)
        found = await second
        peer.settle("taken")
        return first.answer.body.decode(), found.repeats

    assert asyncio.run(send_two(None))[1] is None
    made, repeated = asyncio.run(send_two("lost"))
    assert repeated == made


def test_an_answer_that_is_never_acknowledged_is_given_up(send, store, threads, monkeypatch):
    monkeypatch.setattr("paultrap.service.creating.PATIENCE_S", 0.05)

    async def send_two():
        maker = Maker(store, threads)
        maker.may_go.set()
        peer = Peer()
        await send(maker, peer)
        peer.is_doubtful = True
        found = await send(maker, Peer())
        return peer.alive, found.repeats

    assert asyncio.run(send_two()) == (False, "thing 1")


def test_nothing_is_kept_of_requests_that_are_over(service, send, store, threads):
    async def send_many():
        maker = Maker(store, threads)
        maker.may_go.set()
        for fate in ("taken", "lost", None, None):
            peer = Peer()
            await send(maker, peer)
            if fate is None:
                peer.is_acknowledged = True
            else:
                peer.settle(fate)
        return len(service._at_work[b"1" * 32])

    assert asyncio.run(send_many()) == 1


def test_a_request_that_its_own_repetition_has_overtaken_makes_nothing(send, store, threads):
    async def overtake():
        maker = Maker(store, threads)
        maker.may_go.set()
        old, new = Peer(), Peer()
        old.leave()
        found = await send(maker, new)
        with pytest.raises(ClientLeftError):
            await send(maker, old)
        again = await send(maker, Peer())
        return found.repeats, again.repeats

    assert asyncio.run(overtake()) == (None, None)


def test_a_request_whose_client_has_gone_is_made_where_nothing_like_it_came(send, store, threads):
    async def leave():
        maker = Maker(store, threads)
        maker.may_go.set()
        peer = Peer()
        peer.leave()
        found = await send(maker, peer)
        again = await send(maker, Peer())
        return found.repeats, again.repeats

    assert asyncio.run(leave()) == (None, "thing 1")


def test_a_request_that_stopped_sending_is_probed_before_it_is_given_up(send, store, threads):
    async def overtake(*, is_gone):
        maker = Maker(store, threads)
        maker.may_go.set()
        old, new = Peer(), Peer()
        await send(maker, new)
        old.is_leaving = old.is_doubtful = True
        task = send(maker, old)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not task.done()
        if is_gone:
            old.leave()
        return await task

    with pytest.raises(ClientLeftError):
        asyncio.run(overtake(is_gone=True))
