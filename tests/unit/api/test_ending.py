"""The end of a server is bounded: what is done when, by a clock that the test sets."""

import signal
import threading

import pytest
from harness.clock import Clock

from paultrap.api import ending as limits
from paultrap.api.ending import CLEANING_S, LONGEST_S, Ending


class World:
    """What an `Ending` does to the world, in order."""

    def __init__(self):
        self.clock = Clock()
        self.acts = []
        self.begun = threading.Event()
        self.left = threading.Event()
        self.busy = {}

    def begin(self):
        self.acts.append("begin")
        self.begun.set()

    def force(self):
        self.acts.append("force")

    def fail(self):
        self.acts.append("fail")
        raise OSError("no")

    def leave(self, code):
        self.acts.append(code)
        self.left.set()

    def ending(self, *force):
        stages = [(0.0, self.begin)]
        return Ending(stages, force, lambda: self.busy, leave=self.leave, clock=self.clock)


@pytest.fixture
def world(monkeypatch):
    # Cleaning is not cut short because the machine is busy.
    monkeypatch.setattr(limits, "CLEANING_S", 60.0)
    yield World()
    # It writes to the log at its end, which is not to be in that of another test.
    for thread in threading.enumerate():
        if thread.name == "cleaning":
            thread.join(60)


def close(world, ending):
    """Say that all is closed, and let the time pass that the process has to end by itself."""
    ending.close()
    world.clock.now += 1


def test_a_second_ctrl_c_ends_it_at_once(world):
    ending = world.ending(world.force)
    ending.ask(signal.SIGTERM)
    assert world.begun.wait(60)
    world.clock.now += 0.6
    ending.ask(signal.SIGINT)
    assert world.left.wait(60)
    assert world.acts == ["begin", "force", 128 + signal.SIGINT]


def test_a_signal_that_comes_twice_at_a_time_counts_once(world):
    ending = world.ending()
    for _ in range(3):
        ending.ask(signal.SIGINT)
    close(world, ending)
    ending.thread.join(60)
    assert world.acts == ["begin"]


def test_a_second_term_is_what_some_supervisors_send(world):
    ending = world.ending()
    ending.ask(signal.SIGTERM)
    world.clock.now += 5
    ending.ask(signal.SIGTERM)
    close(world, ending)
    ending.thread.join(60)
    assert world.acts == ["begin"]


def test_stages_are_gone_through_in_their_time_and_one_that_fails_ends_nothing(world):
    stages = [(0.0, world.fail), (0.0, world.begin), (6.0, world.force)]
    ending = Ending(stages, (), dict, leave=world.leave, clock=world.clock)
    ending.ask(signal.SIGTERM)
    assert world.begun.wait(60)
    world.clock.now += 6
    ending.ask(signal.SIGTERM)  # which has it look at the clock
    while len(world.acts) < 3:
        pass
    close(world, ending)
    ending.thread.join(60)
    assert world.acts == ["fail", "begin", "force"]


def test_what_hangs_is_ended_when_the_time_is_over_with_code_0(world):
    world.busy = {"compute": 31.25}
    ending = world.ending(world.fail, world.force)
    ending.ask(signal.SIGTERM)
    assert world.begun.wait(60)
    world.clock.now += 20
    ending.ask(signal.SIGTERM)  # which has it look at the clock
    assert world.left.wait(60)
    assert world.acts == ["begin", "fail", "force", 0]


@pytest.mark.parametrize("closed", [False, True])
def test_no_limit_is_passed_however_the_end_hangs(world, closed):
    """The promise is 15 s: what may last to the end of all limits, and the cleaning after it."""
    assert LONGEST_S + CLEANING_S < 15
    world.busy = {"compute": 1.0}
    ending = world.ending(world.force)
    ending.ask(signal.SIGTERM)
    assert world.begun.wait(60)
    world.clock.now += LONGEST_S - 0.5
    if closed:
        ending.close()  # so late that its own second would end after the limit
    ending.ask(signal.SIGTERM)  # which has it look at the clock
    assert not world.left.is_set()
    world.clock.now += 0.5
    ending.ask(signal.SIGTERM)
    assert world.left.wait(60)
    assert world.acts == ["begin", "force", 0]


def test_threads_that_hang_when_all_is_closed_do_not_hold_up_the_end(world):
    world.busy = {"compute": 1.0}
    ending = world.ending(world.force)
    ending.ask(signal.SIGTERM)
    close(world, ending)
    assert world.left.wait(60)
    assert world.acts == ["begin", "force", 0]


def test_threads_that_hang_are_ended_with_a_server_that_nobody_has_stopped(world):
    world.busy = {"compute": 1.0}
    ending = world.ending(world.force)
    close(world, ending)
    assert world.left.wait(60)
    assert world.acts == ["force", 0]


def test_a_process_in_which_all_has_ended_goes_on(world):
    ending = world.ending(world.force)
    ending.ask(signal.SIGTERM)
    close(world, ending)
    ending.thread.join(60)
    assert not ending.thread.is_alive()
    assert world.acts == ["begin"]


def test_cleaning_that_hangs_does_not_hold_up_the_end(world, monkeypatch):
    monkeypatch.setattr(limits, "CLEANING_S", 0.1)
    world.busy = {"compute": 1.0}
    gate = threading.Event()
    ending = world.ending(gate.wait, world.force)
    close(world, ending)
    assert world.left.wait(60)
    assert world.acts == [0]
    gate.set()
