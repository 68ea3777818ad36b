"""How many requests a key may send to several servers together: blocks, in time that the test makes."""

import asyncio
import random
import selectors
from collections import Counter

import pytest

from paultrap.api.errors import ApiError
from paultrap.api.shared_rates import SharedRateLimits
from paultrap.store import Grant, StoreUnavailableError


class _Passing(selectors.DefaultSelector):
    """Waits for nothing: the time passes at once."""

    now = 0.0

    def select(self, timeout=None):
        self.now += max(0.0, timeout or 0.0)
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.passing = _Passing()
        super().__init__(self.passing)

    def time(self):
        return self.passing.now


class Bucket:
    """What the database is to do, in fractions; counts how often it is asked."""

    def __init__(self, loop):
        self.loop = loop
        self.spent, self.since = 0.0, 0.0
        self.asked = 0
        self.is_gone = False

    def take(self, _, wanted, per_minute):
        self.asked += 1
        if self.is_gone:
            raise StoreUnavailableError("gone")
        self._refill(per_minute)
        left = per_minute - self.spent + 1e-9
        count = min(wanted, int(left))
        self.spent += count
        return Grant(count, 0 if count else int((1 - left) * 60_000 / per_minute) + 1)

    def give_back(self, _, count, per_minute):
        self._refill(per_minute)
        self.spent = max(0.0, self.spent - count)

    def _refill(self, per_minute):
        now = self.loop.time()
        self.spent = max(0.0, self.spent - (now - self.since) * per_minute / 60)
        self.since = now


class Threads:
    """Calls at once what is to be called."""

    async def read(self, call, *args):
        await asyncio.sleep(0.001)  # others come meanwhile
        return call(*args)

    def run_in_background(self, call):
        call()


class Fleet:
    """Three servers of one bucket."""

    def __init__(self, per_minute):
        self.loop = Loop()
        self.bucket = Bucket(self.loop)
        threads = Threads()
        self.servers = [
            SharedRateLimits(self.bucket, threads, per_minute, self.loop.time) for _ in range(3)
        ]
        self.counts = Counter()

    async def send(self, server):
        refused = None
        try:
            await self.servers[server].take("key")
        except ApiError as error:
            refused = error
        self.counts["taken" if refused is None else "refused"] += 1
        if refused is not None:
            assert refused.status == 429
            assert 1 <= int(refused.headers["retry-after"]) <= 60

    async def steadily(self, per_minute, minutes, choose):
        """Send so many requests a minute, each to the server that is chosen."""
        tasks = []
        for number in range(int(per_minute * minutes)):
            tasks.append(asyncio.ensure_future(self.send(choose(number))))
            await asyncio.sleep(60 / per_minute)
        await asyncio.gather(*tasks)

    def run(self, work):
        try:
            self.loop.run_until_complete(work)
        finally:
            self.loop.close()
        return self.counts


CHANCE = random.Random(5)
CHOICES = {
    "in turn": lambda number: number % 3,
    "at random": lambda _: CHANCE.randrange(3),
    "mostly one": lambda number: 0 if number % 10 else 1 + number // 10 % 2,
}


@pytest.mark.parametrize("choose", CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("limit", [12, 60, 600, 6_000])
def test_who_sends_too_much_has_the_limit_within_a_tenth(limit, choose):
    fleet = Fleet(limit)
    counts = fleet.run(fleet.steadily(3 * limit, 3, choose))

    allowed = limit + 3 * limit  # a full bucket, and what comes back in three minutes
    assert 0.9 * allowed <= counts["taken"] <= allowed + 1


@pytest.mark.parametrize("choose", CHOICES.values(), ids=CHOICES)
def test_a_burst_has_a_full_bucket_within_a_tenth(choose):
    fleet = Fleet(1_000)

    async def burst():
        for start in range(0, 3_000, 100):
            sent = (fleet.send(choose(number)) for number in range(start, start + 100))
            await asyncio.gather(*sent)

    counts = fleet.run(burst())

    assert 900 <= counts["taken"] <= 1_010


def test_who_stays_below_the_limit_is_never_refused_and_most_requests_ask_nobody():
    fleet = Fleet(6_000)
    counts = fleet.run(fleet.steadily(5_400, 3, CHOICES["in turn"]))

    assert counts == {"taken": 3 * 5_400}
    assert fleet.bucket.asked < 0.1 * counts["taken"]


def test_a_client_that_does_not_wait_reaches_the_database_a_few_times_a_second():
    fleet = Fleet(60)
    fleet.run(fleet.steadily(60_000, 1, CHOICES["in turn"]))

    assert fleet.bucket.asked < 3 * 60 * 11 + 200


def test_what_a_server_does_not_use_the_others_have_after_a_second():
    fleet = Fleet(400)

    async def stop_one():
        await asyncio.gather(*(fleet.send(0) for _ in range(21)))  # in blocks of ten
        await asyncio.sleep(1.5)

    counts = fleet.run(stop_one())

    assert counts == {"taken": 21}
    fleet.bucket._refill(400)
    assert fleet.bucket.spent <= 21


def test_nothing_is_counted_while_the_database_does_not_answer():
    fleet = Fleet(1)
    fleet.bucket.is_gone = True

    async def many():
        await asyncio.gather(*(fleet.send(0) for _ in range(50)))

    assert fleet.run(many()) == {"taken": 50}


def test_without_a_limit_nobody_is_asked():
    fleet = Fleet(0)

    async def many():
        await asyncio.gather(*(fleet.send(0) for _ in range(50)))

    assert fleet.run(many()) == {"taken": 50}
    assert fleet.bucket.asked == 0
