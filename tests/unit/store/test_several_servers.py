"""Two servers of one PostgreSQL database: what one of them has answered, the other knows."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest
import sqlalchemy as sa
from harness import databases
from harness.jobs import new_job
from harness.waiting import until

from paultrap.store import (
    CreatingRequest,
    EventKind,
    Fate,
    FirstAnswer,
    JobFilter,
    OvertakenError,
    RepeatedRequestError,
    Store,
    UndecidedError,
)
from paultrap.store.tables import creations, rate_buckets

NUMBERS = count()


@pytest.fixture
def place():
    with databases.shared().new() as url:
        yield url


@pytest.fixture
def servers(place):
    found = [Store.open(place, as_server=True) for _ in range(2)]
    yield found
    for store in found:
        store.close()


@pytest.fixture
def first(servers):
    return servers[0]


@pytest.fixture
def second(servers):
    return servers[1]


def request(name=None, digest=None, window_ms=0, **more) -> CreatingRequest:
    """Return a request; without a digest, one that is equal to no other."""
    return CreatingRequest(
        key_id="key",
        digest=digest or next(NUMBERS).to_bytes(32, "big"),
        idempotency_key=name,
        keep_ms=60_000,
        window_ms=window_ms,
        is_watched=name is None,
        answer=lambda made: FirstAnswer(201, made.id.encode()),
        **more,
    )


def made_by(store, asked) -> str:
    """Return the id that a request is answered with."""
    try:
        return store.jobs.add(new_job(store), asked).id
    except RepeatedRequestError as error:
        return error.creation.made_id


def ids_of(store) -> list[str]:
    return [job.id for job in store.jobs.page(new_job(store).project_id, JobFilter(), 1_000).jobs]


def at_once(*acts):
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


EQUAL = b"1" * 32


@pytest.mark.parametrize("window_ms", [0, 60_000])
def test_requests_that_are_one_make_one_job_at_two_servers_at_once(servers, window_ms):
    for number in range(20):
        name = None if window_ms else f"name {number}"
        digest = number.to_bytes(32, "big")
        asked = [request(name, digest, window_ms) for _ in range(6)]
        pairs = list(zip(servers * 3, asked, strict=True))
        ids = at_once(*(lambda pair=pair: made_by(*pair) for pair in pairs))
        assert len(set(ids)) == 1
    assert len(ids_of(servers[0])) == 20


def test_another_request_by_the_same_key_is_refused_at_the_other_server(first, second):
    first.jobs.add(new_job(first), request("name", EQUAL))

    with pytest.raises(Exception, match="another request"):
        second.jobs.add(new_job(second), request("name", b"2" * 32))


def test_a_server_asks_the_others_what_became_of_their_answers(first, second):
    heard = []
    first.on_notice(heard.append)
    one = request(digest=EQUAL)
    job = made_by(first, one)
    assert first.creations.doubted([job, "another"]) == []

    with pytest.raises(UndecidedError) as raised:
        made_by(second, request(digest=EQUAL))

    assert raised.value.tickets == [(one.ticket, first.server)]
    assert second.creations.fate_of(one.ticket) is Fate.DOUBTED
    assert first.creations.doubted([job, "another"]) == [job]
    until(lambda: (EventKind.DOUBTED, job) in heard)


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.TAKEN, Fate.SEEN])
def test_an_equal_request_is_one_with_the_first_where_its_answer_was_lost(first, second, fate):
    one = request(digest=EQUAL)
    job = made_by(first, one)
    again = request(digest=EQUAL)
    with pytest.raises(UndecidedError):
        made_by(second, again)
    second.creations.lose_if_dead(first.server)
    assert second.creations.fate_of(one.ticket) is Fate.DOUBTED

    first.creations.noted(one.ticket, fate)
    first.creations.write_notes()

    assert second.creations.fate_of(one.ticket) is fate
    if fate is Fate.SEEN:
        with pytest.raises(UndecidedError):  # It may have been lost since.
            made_by(second, request(digest=EQUAL))
        again.passed = {job}
    assert (made_by(second, again) == job) == (fate is Fate.LOST)
    assert len(ids_of(second)) == (1 if fate is Fate.LOST else 2)


def test_what_is_seen_may_still_be_lost_and_what_is_lost_is_not_seen(first, second):
    one = request(digest=EQUAL)
    job = made_by(first, one)
    first.creations.noted(one.ticket, Fate.LOST)
    first.creations.noted(one.ticket, Fate.SEEN)
    first.creations.write_notes()

    assert made_by(second, request(digest=EQUAL)) == job


def test_a_lost_answer_is_given_once_whichever_servers_are_asked(servers, first):
    for number in range(20):
        one = request(digest=number.to_bytes(32, "big"))
        job = made_by(first, one)
        first.creations.noted(one.ticket, Fate.LOST)
        first.creations.write_notes()

        def again(store, number=number):
            asked = request(digest=number.to_bytes(32, "big"))
            asked.passed = {job}  # noqa: B023  # Whoever comes second waits for nobody.
            return made_by(store, asked)

        ids = at_once(*(lambda store=store: again(store) for store in servers))
        assert ids.count(job) == 1


def test_the_clock_of_a_server_that_is_ahead_makes_no_two_requests_one(first, second, monkeypatch):
    ahead = first._database.moment().after(5_000)
    monkeypatch.setattr(first._database, "moment", lambda: ahead)
    one = request(digest=EQUAL)
    job = made_by(first, one)
    first.creations.noted(one.ticket, Fate.TAKEN)
    first.creations.write_notes()

    assert made_by(second, request(digest=EQUAL)) != job


def test_what_is_waited_for_no_longer_is_made_anew(first, second):
    job = made_by(first, request(digest=EQUAL))
    again = request(digest=EQUAL, passed={job})

    assert made_by(second, again) != job


def test_the_answers_of_a_server_that_is_not_to_be_seen_are_lost_where_it_was_asked(first, second):
    job = made_by(first, request(digest=EQUAL))
    other = request()
    made_by(first, other)
    with pytest.raises(UndecidedError) as raised:
        made_by(second, request(digest=EQUAL))
    [(ticket, server)] = raised.value.tickets
    second.creations.lose_doubted(server)
    assert second.creations.fate_of(ticket) is Fate.DOUBTED  # It lives.
    first._database.close()  # It writes nothing more, and holds no duty.

    def is_lost():
        second.creations.lose_doubted(server)
        return second.creations.fate_of(ticket) is Fate.LOST

    until(is_lost)  # The database lets go of a duty a moment after its connection has ended.
    assert made_by(second, request(digest=EQUAL)) == job
    assert second.creations.fate_of(other.ticket) is Fate.OPEN
    second.creations.lose_if_dead(server)  # It was never registered.
    assert second.creations.fate_of(other.ticket) is Fate.LOST


def test_a_request_whose_client_has_gone_makes_nothing_that_another_server_has_answered(
    first, second
):
    slow = request(digest=EQUAL, came_at=first.creations.steady(), is_here=lambda: False)
    quick = request(digest=EQUAL)
    job = made_by(second, quick)
    second.creations.noted(quick.ticket, Fate.TAKEN)
    second.creations.write_notes()

    with pytest.raises(OvertakenError):
        made_by(first, slow)
    assert ids_of(first) == [job]

    slow.is_here = lambda: True  # After all: it was meant as another one.
    assert made_by(first, slow) != job


def test_a_request_is_not_overtaken_by_what_was_answered_before_it_came(first, second):
    earlier = request(digest=EQUAL)
    job = made_by(second, earlier)
    second.creations.noted(earlier.ticket, Fate.TAKEN)
    second.creations.write_notes()
    late = request(digest=EQUAL, came_at=first.creations.steady() + 1, is_here=lambda: False)

    assert made_by(first, late) != job


def test_within_the_window_an_equal_request_is_a_new_one_once_any_server_was_asked(first, second):
    job = made_by(first, request(digest=EQUAL, window_ms=60_000))
    assert made_by(second, request(digest=EQUAL, window_ms=60_000)) == job

    second.creations.asked(job)
    second.creations.write_notes()

    assert made_by(first, request(digest=EQUAL, window_ms=60_000)) != job


def test_a_note_that_is_being_written_counts_for_every_writer_of_its_server(first):
    one = request(digest=EQUAL)
    job = made_by(first, one)
    for number in range(20):
        first.creations.noted(one.ticket, Fate.LOST)
        again = [request(digest=EQUAL if turn == 0 else None) for turn in (number % 2, 1, 0)]
        acts = [lambda asked=asked: made_by(first, asked) for asked in again]
        ids = at_once(*acts)
        assert ids.count(job) == 1
        one = next(asked for asked, made in zip(again, ids, strict=True) if made == job)


def test_what_was_taken_is_kept_for_a_minute_and_then_removed(first, second):
    one = request(digest=EQUAL)
    made_by(first, one)
    first.creations.noted(one.ticket, Fate.TAKEN)
    first.creations.write_notes()

    with second._database.read() as connection:
        row = connection.execute(sa.select(creations)).one()
    assert row.fate == Fate.TAKEN
    assert row.expires_at - row.answered_at == 60_000


def test_ids_follow_the_databases_clock_whatever_the_hosts_clock_shows(first, monkeypatch):
    shown = first._database.now()
    monkeypatch.setattr(time, "time_ns", lambda: 10**18)  # in the year 2001

    made = int(made_by(first, None).replace("-", "")[:12], 16)

    assert 0 <= made - shown < 3_600_000


def test_the_bucket_of_a_key_is_one(first, second):
    assert first.rates.take("key", 40, 60).requests == 40
    grant = second.rates.take("key", 40, 60)
    assert 20 <= grant.requests <= 21
    refused = first.rates.take("key", 1, 60)
    assert refused.requests == 0
    assert 0 < refused.wait_ms <= 1_000
    second.rates.give_back("key", 10, 60)
    assert 10 <= first.rates.take("key", 60, 60).requests <= 12
    assert first.rates.take("other", 60, 60).requests == 60


def test_a_bucket_is_never_overdrawn_by_servers_at_once(servers):
    acts = [lambda store=store: store.rates.take("key", 1, 10).requests for store in servers * 8]

    assert sum(at_once(*acts)) in {10, 11}  # One may have come back meanwhile.


def test_full_buckets_are_removed(first):
    first.rates.take("key", 1, 60)
    first.rates.remove_full()
    with first._database.write() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(rate_buckets)) == 1
        connection.execute(sa.update(rate_buckets).values(since=rate_buckets.c.since - 60_001))
    first.rates.remove_full()
    with first._database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(rate_buckets)) == 0
