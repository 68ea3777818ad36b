"""How many requests a key may send: the bucket itself, and over HTTP."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from paultrap.api import rates
from paultrap.api.app import create_app
from paultrap.api.errors import ApiError
from paultrap.api.rates import RateLimits
from paultrap.settings import Settings

SECOND = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def taken(limits, key="key"):
    try:
        asyncio.run(limits.take(key))
    except ApiError as error:
        return int(error.headers["retry-after"]) if error.status == 429 else None
    return None


def test_a_minutes_requests_may_come_at_once_and_come_back_one_by_one():
    clock = Clock()
    limits = RateLimits(6, clock)

    assert [taken(limits) for _ in range(7)] == [None] * 6 + [10]
    clock.now += 9 * SECOND + SECOND // 2
    assert taken(limits) == 1
    clock.now += SECOND // 2
    assert [taken(limits) for _ in range(2)] == [None, 10]


def test_keys_do_not_count_for_each_other():
    limits = RateLimits(1, Clock())

    assert [taken(limits, key) for key in "abab"] == [None, None, 60, 60]


@given(st.integers(1, 100), st.lists(st.integers(0, 3 * SECOND), max_size=20))
def test_a_second_less_than_told_is_too_soon(limit, pauses):
    clock = Clock()
    limits = RateLimits(limit, clock)
    while taken(limits) is None:
        pass
    for pause in pauses:
        clock.now += pause
        wait = taken(limits)
        if wait is not None:
            clock.now += (wait - 1) * SECOND
            assert taken(limits) == 1
            clock.now += SECOND
            assert taken(limits) is None


def test_keys_that_have_rested_are_forgotten_and_others_are_not(monkeypatch):
    monkeypatch.setattr(rates, "_MOST_KEPT", 2)
    clock = Clock()
    limits = RateLimits(1, clock)
    assert taken(limits, "rested") is None
    clock.now += 59 * SECOND
    assert taken(limits, "busy") is None
    clock.now += SECOND

    assert taken(limits, "new") is None

    assert taken(limits, "busy") == 59
    assert taken(limits, "new") == 60
    assert taken(limits, "rested") is None


def test_without_a_limit_everything_is_taken():
    limits = RateLimits(0, Clock())
    assert [taken(limits) for _ in range(1000)] == [None] * 1000


@given(
    st.integers(1, 100),
    st.lists(st.integers(0, 100 * SECOND), max_size=60),
)
def test_whoever_waits_as_told_is_taken_and_no_minute_has_more_than_twice_the_limit(limit, pauses):
    clock = Clock()
    limits = RateLimits(limit, clock)
    times = []
    for pause in pauses:
        clock.now += pause
        wait = taken(limits)
        if wait is not None:
            assert 1 <= wait <= 60
            clock.now += wait * SECOND
            assert taken(limits) is None
        times.append(clock.now)
        # A full bucket, and what has dripped into it since.
        assert sum(clock.now - 60 * SECOND < when for when in times) <= 2 * limit


def test_a_key_that_sends_too_much_is_told_when_to_go_on(store, bench):
    first, _ = store.keys.create("first")
    second, _ = store.keys.create("second")
    settings = Settings(auth="required", rate_limit_per_minute=3)
    with TestClient(create_app(settings, store, bench)) as client:

        def ask(key, path="/v0.4/jobs"):
            return client.get(path, headers={"authorization": f"apiKey {key}"})

        answers = [ask(first) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200] * 3 + [429]
        refused = answers[-1]
        assert list(refused.json()) == ["error", "message", "statusCode", "requestId"]
        assert refused.json()["error"] == "Too Many Requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert "PAULTRAP_RATE_LIMIT_PER_MINUTE" in refused.json()["message"]
        assert ask(first, "/v0.3/jobs").status_code == 429
        assert ask(second).status_code == 200
        assert {client.get("/healthz").status_code for _ in range(9)} == {200}


def test_keys_that_nobody_made_are_one_key(store, bench):
    made, _ = store.keys.create("made")
    with TestClient(create_app(Settings(rate_limit_per_minute=2), store, bench)) as client:
        statuses = [
            client.get("/v0.4/jobs", headers={"authorization": f"apiKey {key}"}).status_code
            for key in ("anything", "something", "whatever", made)
        ]
    assert statuses == [200, 200, 429, 200]


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_the_documents_tell_of_it(client, version):
    document = client.get(f"/{version}/api-docs").json()
    assert "429" in document["paths"]["/jobs"]["post"]["responses"]
    assert "429" not in document["paths"]["/backends"]["get"]["responses"]
