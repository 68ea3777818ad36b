"""When a worker host ends, and how long what it runs may take then."""

import os
import signal
import threading
import time

import pytest

from paultrap.worker import WorkerHost, WorkersLoad


class Workers:
    """A supervisor whose workers end when a test says so."""

    def __init__(self):
        self.said = []
        self.idle = 0.0
        self.are_gone = False

    def start(self):
        self.said.append("start")

    def load(self):
        return WorkersLoad(1, 1, 0, 1, [])

    def idle_s(self):
        return self.idle

    def ask_to_stop(self):
        self.said.append("ask")

    def has_ended(self):
        return self.are_gone

    def stop(self, drain_s):
        self.said.append(f"stop {drain_s:.0f}")


@pytest.fixture
def workers():
    return Workers()


@pytest.fixture
def run(workers):
    """Run a host in this thread, which is to end by itself."""
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}

    def run(**about):
        host = WorkerHost(workers, **about)
        host.run()
        return host

    yield run
    signal.set_wakeup_fd(-1)
    for sign, handler in before.items():
        signal.signal(sign, handler)


def soon(act):
    threading.Timer(0.05, act).start()


def tell(sign=signal.SIGTERM):
    os.kill(os.getpid(), sign)


def test_a_signal_lets_what_runs_end(workers, run):
    def end():
        tell()
        soon(lambda: setattr(workers, "are_gone", True))

    soon(end)
    run(drain_s=600.0)

    assert workers.said == ["start", "ask", "stop 0"]


def test_a_second_signal_waits_for_nothing(workers, run):
    def tell_twice():
        tell()
        while "ask" not in workers.said:
            time.sleep(0.001)
        tell(signal.SIGINT)

    soon(tell_twice)
    run(drain_s=600.0)

    assert workers.said == ["start", "ask", "stop 0"]


def test_what_does_not_end_in_time_is_given_back(workers, run):
    soon(tell)
    run(drain_s=0.1)

    assert workers.said == ["start", "ask", "stop 0"]


def test_it_ends_at_its_time_whatever_runs(workers, run):
    run(until=time.time() + 0.1, drain_s=600.0)

    assert workers.said == ["start", "ask", "stop 0"]


def test_it_ends_when_there_was_nothing_to_do_for_long(workers, run):
    workers.are_gone = True
    soon(lambda: setattr(workers, "idle", 5.0))
    run(idle_s=5.0)

    assert workers.said == ["start", "ask", "stop 0"]
