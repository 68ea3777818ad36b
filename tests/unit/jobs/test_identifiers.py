"""Ids are UUIDs of version 7 that ascend."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from paultrap.jobs import Identifiers, identifiers, new_id


def test_ids_are_lower_case_uuids_of_version_7():
    for text in [new_id(), *Identifiers().some(100)]:
        found = uuid.UUID(text)
        assert str(found) == text
        assert (found.version, found.variant) == (7, uuid.RFC_4122)


def test_ids_carry_the_time():
    before = time.time_ns() // 1_000_000
    milliseconds = uuid.UUID(new_id()).int >> 80

    assert before <= milliseconds <= time.time_ns() // 1_000_000 + 1


def test_ids_ascend_one_by_one_and_in_bulk():
    made = Identifiers()
    ids = [*made.some(5000), *(made.new() for _ in range(2000)), *made.some(3)]

    assert ids == sorted(set(ids))


def test_none_is_given_for_none():
    assert Identifiers().some(0) == []


def milliseconds(text):
    return uuid.UUID(text).int >> 80


def test_ids_follow_the_clock_that_they_are_given():
    now = [1_000_000_000_000]
    hosts = [Identifiers(lambda: now[0]) for _ in range(2)]  # whatever the hosts' own clocks show
    ids = []
    for turn in range(20):
        ids.append(hosts[turn % 2].new())
        assert milliseconds(ids[-1]) == now[0]
        now[0] += 1

    assert ids == sorted(set(ids))


def test_ids_ascend_when_the_clock_is_set_back():
    now = [1_000_000_000_000]
    made = Identifiers(lambda: now[0])
    first = made.new()
    now[0] -= 3_600_000

    assert first < made.new() < made.new()
    now[0] += 3_600_001
    assert milliseconds(made.new()) == now[0]


def test_ids_ascend_when_a_millisecond_has_no_more(monkeypatch):
    made = Identifiers(lambda: 10**12)
    monkeypatch.setattr(identifiers, "_MOST_PER_START", 10)

    ids = [text for _ in range(20) for text in made.some(7)]

    assert ids == sorted(set(ids))


def test_ids_continue_after_the_last_of_another_process():
    last = Identifiers(lambda: 2 * 10**12).new()
    made = Identifiers(lambda: 10**12)
    made.continue_after(last)

    assert last < made.new()


def test_what_is_no_id_is_followed_by_none():
    made = Identifiers()
    before = made.new()
    for last in ("", "no id", "ffffffff-ffff-7fff-bfff-ffffffffffff"):
        made.continue_after(last)

    assert before[:4] == made.new()[:4]


def test_threads_never_get_the_same_id():
    made = Identifiers()
    with ThreadPoolExecutor(8) as pool:
        ids = [text for part in pool.map(made.some, [500] * 40) for text in part]

    assert len(set(ids)) == len(ids)
