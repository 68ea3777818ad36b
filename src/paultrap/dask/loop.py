"""`PullLoop`: a worker host in a process beside a Dask worker, started again where it died."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

import msgspec

from paultrap.dask.process import REFUSED, Report, Told

_COMMAND = (sys.executable, "-m", "paultrap.dask")
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
# What it may take to end beside draining: it gives back what it has, and says that it is gone.
_ENDING_S = 30.0


class LoopState(StrEnum):
    """What the pull loop of a Dask worker does."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"  # It could not start, or has died; it is tried again.
    REFUSED = "refused"  # It cannot run there, and is not tried again.
    ENDED = "ended"


class LoopStatus(NamedTuple):
    """What the pull loop of a Dask worker does, and why.

    Attributes:
        state: What it does.
        reason: Why it waits or was refused, in a sentence.
        pid: The process on the machine of the Dask worker; None where there is none.
    """

    state: LoopState
    reason: str = ""
    pid: int | None = None


class PullLoop:
    """Keeps one worker host running beside this process, until it is told to stop.

    Args:
        told: What it is told.
        drain_s: How many seconds what runs may take once it is told to end.
        on_change: Called in a thread when `status` has changed.
        command: Starts the process.

    Attributes:
        status: What it does now.
    """

    def __init__(
        self,
        told: Told,
        drain_s: float,
        on_change: Callable[[LoopStatus], None],
        command: Sequence[str] = _COMMAND,
    ) -> None:
        self._told = msgspec.json.encode(told) + b"\n"
        self._drain_s = drain_s
        self._on_change = on_change
        self._command = command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        # The system ends the process with the thread that has started it: this one waits for it.
        self._thread = threading.Thread(target=self._keep, name="paultrap-pull-loop", daemon=True)
        self.status = LoopStatus(LoopState.STARTING)

    def start(self) -> None:
        """Start it; return before it runs."""
        self._thread.start()

    def stop(self) -> None:
        """Have it take no more, let what runs end for a while, and return when it has ended."""
        self._stopping.set()
        self._signal(subprocess.Popen.terminate)
        self._thread.join(self._drain_s + _ENDING_S)
        self._signal(subprocess.Popen.kill)
        self._thread.join()

    def _signal(self, send: Callable[[subprocess.Popen[bytes]], None]) -> None:
        with self._lock:
            if self._process is not None:
                send(self._process)

    def _keep(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            code, report = self._run_once()
            if self._stopping.is_set() or code == 0:  # told to, or its time is over
                break
            if code == REFUSED:
                self._note(LoopState.REFUSED, report.reason)
                return
            reason = report.reason or f"its process ended with the code {code}."
            pause_s = _FIRST_PAUSE_S if report.is_running else pause_s
            self._note(LoopState.WAITING, reason)
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        self._note(LoopState.ENDED)

    def _run_once(self) -> tuple[int, Report]:
        """Run it until it ends; return its exit code, and what it has said last."""
        try:
            process = subprocess.Popen(  # noqa: S603  # our own command
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
            )
        except OSError as error:  # no memory, or too many processes: it may pass
            return 1, Report(reason=f"no process could be started ({error.strerror}).")
        with self._lock:
            self._process = process
            if self._stopping.is_set():
                process.terminate()
        try:
            report = self._listen(process)
            return process.wait(), report
        finally:
            with self._lock:
                self._process = None
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _listen(self, process: subprocess.Popen[bytes]) -> Report:
        assert process.stdin is not None  # noqa: S101  # for mypy
        assert process.stdout is not None  # noqa: S101
        last = Report()
        with suppress(BrokenPipeError):  # It has ended already; its exit code says why.
            process.stdin.write(self._told)
            process.stdin.flush()
        for line in process.stdout:
            with suppress(msgspec.DecodeError):  # One that was killed may leave half a line.
                last = msgspec.json.decode(line, type=Report)
            if last.is_running:
                self._note(LoopState.RUNNING, pid=process.pid)
        return last

    def _note(self, state: LoopState, reason: str = "", pid: int | None = None) -> None:
        self.status = LoopStatus(state, reason, pid)
        self._on_change(self.status)
