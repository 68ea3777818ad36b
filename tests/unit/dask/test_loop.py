"""What keeps a process running beside a Dask worker; stand-ins are what it starts."""

import sys
import threading

import msgspec
import psutil
import pytest
from harness.waiting import until

from paultrap.dask import LoopState
from paultrap.dask.loop import PullLoop
from paultrap.dask.process import REFUSED, UNAVAILABLE, Told

# Says what it was told on standard error, then what follows.
BEGIN = "import json, sys, time; told = sys.stdin.readline(); "
RUN = f"""{BEGIN} print('{{"is_running":true}}', flush=True); sys.stdin.read()"""


def ends(code, reason):
    report = msgspec.json.encode({"reason": reason}).decode()
    return f"{BEGIN} print({report!r}, flush=True); sys.exit({code})"


@pytest.fixture
def start():
    """Start a loop that runs some code; stop it at the end."""
    started = []

    def one(code, drain_s=30.0):
        seen = []
        told = Told({"database": "postgresql://secret"})
        loop = PullLoop(told, drain_s, seen.append, [sys.executable, "-c", code])
        loop.start()
        started.append(loop)
        return loop, seen

    yield one
    for loop in started:
        loop.stop()
        assert loop.status.state in (LoopState.ENDED, LoopState.REFUSED)


def test_it_runs_until_it_is_stopped(start):
    loop, seen = start(RUN)
    until(lambda: loop.status.state == LoopState.RUNNING)
    process = psutil.Process(loop.status.pid)
    assert "secret" not in " ".join(process.cmdline())
    assert "secret" not in " ".join(process.environ().values())

    loop.stop()

    assert not process.is_running()
    assert [each.state for each in seen] == [LoopState.RUNNING, LoopState.ENDED]


def test_a_process_that_dies_is_started_again(start):
    loop, seen = start(RUN)
    until(lambda: loop.status.state == LoopState.RUNNING)
    first = loop.status.pid

    psutil.Process(first).kill()

    until(lambda: loop.status.state == LoopState.RUNNING and loop.status.pid != first)
    assert seen[1].state == LoopState.WAITING
    assert "-9" in seen[1].reason


def test_what_is_refused_is_not_tried_again(start):
    loop, seen = start(ends(REFUSED, "another release"))
    until(lambda: loop.status.state == LoopState.REFUSED)

    loop._thread.join()

    assert [each.reason for each in seen] == ["another release"]


def test_what_is_not_there_now_is_tried_again(start, tmp_path):
    mark = tmp_path / "mark"
    code = f"""import pathlib; mark = pathlib.Path({str(mark)!r})
if mark.exists():
    {RUN}
mark.touch()
{ends(UNAVAILABLE, "no answer")}"""
    loop, seen = start(code)

    until(lambda: loop.status.state == LoopState.RUNNING)
    assert seen[0] == (LoopState.WAITING, "no answer", None)


def test_one_whose_time_is_over_is_not_started_again(start):
    loop, _ = start(ends(0, ""))

    until(lambda: loop.status.state == LoopState.ENDED)


def test_one_that_does_not_end_is_killed(start, monkeypatch):
    monkeypatch.setattr("paultrap.dask.loop._ENDING_S", 0.0)
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {RUN}; time.sleep(600)"
    loop, _ = start(deaf, drain_s=0.0)
    until(lambda: loop.status.state == LoopState.RUNNING)
    process = psutil.Process(loop.status.pid)

    loop.stop()

    assert not process.is_running()


def test_it_can_be_stopped_before_it_runs(start):
    loop, _ = start(f"{BEGIN} time.sleep(600)")
    stopped = threading.Thread(target=loop.stop)
    stopped.start()

    stopped.join()

    assert loop.status.state == LoopState.ENDED


def test_a_command_that_cannot_be_started_says_why():
    seen = []
    loop = PullLoop(Told({}), 0.0, seen.append, ["/nowhere/python"])
    loop.start()

    until(lambda: loop.status.state == LoopState.WAITING)
    assert "No such file" in loop.status.reason
    loop.stop()
