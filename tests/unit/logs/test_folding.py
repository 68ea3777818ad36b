"""Lines that repeat: which are written, and what is said of the others."""

import threading

import pytest

from paultrap.logs import Folder, flush, folding


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reports():
    return []


@pytest.fixture
def folder(clock, reports):
    # The watch, which sleeps by the real clock, has its own test.
    return Folder(
        lambda *report: reports.append(report), allowed=2, window_s=1_000_000.0, clock=clock
    )


def admitted(folder, kind, times, about="x"):
    return sum(folder.admit(kind, about) for _ in range(times))


def test_a_few_lines_of_each_kind_are_written(folder, reports):
    assert admitted(folder, "a", 1) == 1
    assert admitted(folder, "a", 9) == 1
    assert admitted(folder, "b", 5) == 2
    assert reports == []


def test_a_window_that_has_ended_is_reported_with_the_next_line(folder, reports, clock):
    admitted(folder, "a", 2, "first")
    admitted(folder, "a", 3, "hidden")
    clock.now += 1_000_000

    assert admitted(folder, "a", 5) == 2
    assert reports == [("hidden", 3, 1_000_000.0)]


def test_a_window_without_hidden_lines_is_not_reported(folder, reports, clock):
    admitted(folder, "a", 2)
    clock.now += 1_000_000
    admitted(folder, "a", 1)
    folder.flush()

    assert reports == []


def test_what_is_hidden_is_reported_at_the_end(folder, reports, clock):
    admitted(folder, "a", 5)
    admitted(folder, "b", 4)
    clock.now += 7
    flush()  # as a process does that ends

    assert reports == [("x", 3, 7.0), ("x", 2, 7.0)]
    flush()
    assert len(reports) == 2


def test_a_window_ends_without_another_line():
    reported = threading.Event()
    folder = Folder(lambda *_: reported.set(), allowed=1, window_s=0.01)
    admitted(folder, "a", 2)

    assert reported.wait(20)
    # The watch has ended; what comes later is watched again.
    reported.clear()
    admitted(folder, "a", 3)
    assert reported.wait(20)


def test_kinds_without_end_are_counted_as_one(folder, reports):
    written = sum(folder.admit(number, f"line {number}") for number in range(10_000))

    assert written == folding._MOST_KINDS + 2  # two of all the others
    assert len(folder._windows) <= folding._MOST_KINDS + 1
    folder.flush()
    assert [hidden for _, hidden, _ in reports] == [10_000 - written]


def test_old_kinds_make_way_for_new_ones(folder, clock):
    for number in range(folding._MOST_KINDS):
        folder.admit(number, "x")
    clock.now += 1_000_000

    assert admitted(folder, "new", 3) == 2


def test_threads_lose_no_line(folder, reports):
    counts = []

    def work():
        counts.append(admitted(folder, "a", 5_000))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    folder.flush()

    assert sum(counts) == 2
    assert [hidden for _, hidden, _ in reports] == [19_998]
