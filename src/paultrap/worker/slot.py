"""One place for a worker process, which is filled again whenever the process in it dies."""

import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from paultrap.jobs import new_id
from paultrap.worker.process import FINISHED, READY

__all__ = ["Slot"]

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0

_log = structlog.get_logger("paultrap.worker")


class Slot:
    """Keeps one worker process running.

    Args:
        command: Starts a worker, but for its ``--owner``.
        on_death: Called with the worker's name when it has ended, and whether it was told to.
        on_finished: Called with the id of a job when one of its chunks has ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        on_death: Callable[[str, bool], None],
        on_finished: Callable[[str], None],
    ) -> None:
        self._command = command
        self._on_death = on_death
        self._on_finished = on_finished
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, name="worker-slot", daemon=True)
        self.is_ready = False

    def start(self) -> None:
        """Start the worker; return before it is ready."""
        self._thread.start()

    def tell(self, word: bytes) -> None:
        """Tell the worker `WAKE` or `CHECK`; one that is just starting looks by itself."""
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                # A full pipe holds calls enough, and a dead worker's place is filled anyway.
                with suppress(OSError, ValueError):
                    os.write(self._process.stdin.fileno(), word)

    def ask_to_stop(self) -> None:
        """Let the worker finish its chunk and exit, and start no other."""
        self._stopping.set()
        with self._lock:
            self._close_input()

    def join(self, patience_s: float) -> None:
        """Wait until the worker has ended, for so many seconds at most."""
        self._thread.join(max(0.0, patience_s))

    def kill(self) -> None:
        """End the worker that is left, at once."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def _keep_running(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            was_ready = self._run_once()
            if was_ready:
                pause_s = _FIRST_PAUSE_S
                continue
            # It could not even start: trying again at once would only heat the machine.
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _run_once(self) -> bool:
        """Run one process until it ends; return whether it was ever ready."""
        owner = f"worker-{new_id()}"
        try:
            process = subprocess.Popen(  # noqa: S603  # our own command
                [*self._command, "--owner", owner],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        except OSError:  # no memory, or too many processes: it may pass
            _log.exception("worker not started")
            return False
        os.set_blocking(_descriptor(process), False)
        with self._lock:
            self._process = process
            if self._stopping.is_set():
                self._close_input()
        was_ready = self._listen(process)
        code = process.wait()
        with self._lock:
            self._close_input()
            self._process = None
        stopped = self._stopping.is_set()
        if not stopped:
            _log.warning("worker ended", owner=owner, code=code)
        self._on_death(owner, stopped)
        return was_ready

    def _listen(self, process: subprocess.Popen[str]) -> bool:
        assert process.stdout is not None  # noqa: S101  # for mypy
        was_ready = False
        with process.stdout as lines:
            for line in lines:
                word, _, job_id = line.strip().partition(" ")
                if word == READY:
                    was_ready = self.is_ready = True
                elif word == FINISHED:
                    self._on_finished(job_id)
        self.is_ready = False
        return was_ready

    def _close_input(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def _descriptor(process: subprocess.Popen[str]) -> int:
    assert process.stdin is not None  # noqa: S101  # for mypy
    return process.stdin.fileno()
