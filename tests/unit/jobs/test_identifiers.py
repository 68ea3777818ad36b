"""Ids are UUIDs of version 7 that ascend."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from paultrap.jobs import identifiers, new_id, new_ids


def test_ids_are_lower_case_uuids_of_version_7():
    for text in [new_id(), *new_ids(100)]:
        found = uuid.UUID(text)
        assert str(found) == text
        assert (found.version, found.variant) == (7, uuid.RFC_4122)


def test_ids_carry_the_time():
    before = time.time_ns() // 1_000_000
    milliseconds = uuid.UUID(new_id()).int >> 80

    assert before <= milliseconds <= time.time_ns() // 1_000_000 + 1


def test_ids_ascend_one_by_one_and_in_bulk():
    ids = [*new_ids(5000), *(new_id() for _ in range(2000)), *new_ids(3)]

    assert ids == sorted(set(ids))


def test_none_is_given_for_none():
    assert new_ids(0) == []


def test_ids_ascend_when_the_clock_is_set_back(monkeypatch):
    first = new_id()
    monkeypatch.setattr(identifiers.time, "time_ns", lambda: 10**18)

    assert first < new_id() < new_id()


def test_ids_ascend_when_a_millisecond_has_no_more(monkeypatch):
    clock = identifiers._Clock()
    monkeypatch.setattr(identifiers.time, "time_ns", lambda: 10**18)
    monkeypatch.setattr(identifiers, "_MOST_PER_START", 10)

    ids = [text for _ in range(20) for text in clock.take(7)]

    assert ids == sorted(set(ids))


def test_what_is_no_id_is_followed_by_none():
    before = new_id()
    for last in ("", "no id", "ffffffff-ffff-7fff-bfff-ffffffffffff"):
        identifiers.continue_ids(last)

    assert before[:4] == new_id()[:4]


def test_threads_never_get_the_same_id():
    with ThreadPoolExecutor(8) as pool:
        ids = [text for part in pool.map(new_ids, [500] * 40) for text in part]

    assert len(set(ids)) == len(ids)
