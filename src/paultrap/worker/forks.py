"""The process that a `Slot` starts: it imports everything, forks the workers, and runs nothing itself.

The worker for everything and the one for short work are forked before either has threads, so that the
second one takes a few megabytes and no second start of Python; and one that has died is there again at
once. What the server says goes on to both. Their lines come out here, with two of this process's own:
`FORKED` with the name of a worker, the number of its process and its kind, and `ENDED` with the name and the exit
code, as Python has it: a signal is below 0.
"""

import os
import selectors
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from paultrap.jobs import new_id
from paultrap.worker.parent import ORPHANED, end_with_parent

# The kinds of workers; the second takes what ends within a second, however long the first is busy.
EVERYTHING = "everything"
SHORT_WORK = "short"

# What the server says to have them finish what they have and end.
STOP = b"s"

FORKED = "forked"
ENDED = "ended"
LEASE_LOST = 75  # exit code

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_LONG_LIFE_S = 5.0  # one that lives as long can be started again at once

#: Works until it is told to stop, as the worker of this name and kind, and returns the exit code. It
#: is told through the standard input and says what it has to say to the file descriptor.
Run = Callable[[str, str, int], int]


@dataclass
class _Worker:
    """One kind of worker and the process that is it now, if there is one."""

    kind: str
    owner: str = ""
    pid: int = 0
    to_it: int = -1
    from_it: int = -1
    half_line: bytes = b""
    born_at: float = 0.0
    not_before: float = 0.0
    pause_s: float = _FIRST_PAUSE_S


class Family:
    """The workers of one slot.

    Args:
        kinds: What kinds there are; the first is the worker for everything.
        run: What each of them does.
        out: The file descriptor that the server reads.
    """

    def __init__(self, kinds: Sequence[str], run: Run, out: int) -> None:
        self._workers = [_Worker(kind) for kind in kinds]
        self._run = run
        self._out = out
        self._selector = selectors.DefaultSelector()
        self._is_stopping = False
        self._code = 0

    def keep(self) -> int:
        """Keep one of each kind alive until the server says otherwise; return the exit code."""
        noticed, notice = os.pipe()
        for end in (noticed, notice):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(notice, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: self._pass_on_signal())
        self._selector.register(noticed, selectors.EVENT_READ, None)
        self._selector.register(0, selectors.EVENT_READ, None)
        while True:
            self._fork_missing()
            if not any(worker.pid for worker in self._workers) and self._is_stopping:
                return self._code
            for key, _ in self._selector.select(self._pause()):
                if key.fd == noticed:
                    with suppress(BlockingIOError):
                        os.read(noticed, 4096)
                elif key.fd == 0:
                    self._hear()
                else:
                    self._relay(key.data)
            self._bury()

    def _pause(self) -> float | None:
        waiting = [each.not_before for each in self._workers if not each.pid]
        if self._is_stopping or not waiting:
            return None
        return max(0.0, min(waiting) - time.monotonic())

    def _fork_missing(self) -> None:
        for worker in self._workers:
            is_due = worker.not_before <= time.monotonic()
            if not worker.pid and is_due and not self._is_stopping:
                self._fork(worker)

    def _fork(self, worker: _Worker) -> None:
        worker.owner = f"worker-{new_id()}"
        input_end, worker.to_it = os.pipe()
        worker.from_it, output_end = os.pipe()
        worker.born_at = time.monotonic()
        worker.half_line = b""
        pid = os.fork()
        if pid == 0:
            self._become(worker, input_end, output_end)
        worker.pid = pid
        os.close(input_end)
        os.close(output_end)
        for end in (worker.to_it, worker.from_it):
            os.set_blocking(end, False)
        self._selector.register(worker.from_it, selectors.EVENT_READ, worker)
        self._say(f"{FORKED} {worker.owner} {pid} {worker.kind}")

    def _become(self, worker: _Worker, input_end: int, output_end: int) -> NoReturn:
        """Be a worker; a process that is forked must not return to what forked it."""
        code = 1
        try:
            end_with_parent()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._selector.close()
            for each in self._workers:
                for end in (each.to_it, each.from_it):
                    if end >= 0:
                        os.close(end)
            os.dup2(input_end, 0)
            os.close(input_end)
            os.close(self._out)
            code = self._run(worker.kind, worker.owner, output_end)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:  # noqa: BLE001  # Whatever it was, nobody else would show it.
            traceback.print_exc()
        finally:
            os._exit(code)

    def _hear(self) -> None:
        """Pass on what the server says; where it is gone, all end at once."""
        told = os.read(0, 4096)
        if not told:
            for worker in self._workers:
                if worker.pid:
                    os.kill(worker.pid, signal.SIGKILL)
            os._exit(ORPHANED)
        self._is_stopping |= STOP in told
        self._tell(told)

    def _tell(self, told: bytes) -> None:
        for worker in self._workers:
            if worker.pid:
                # A full pipe holds calls enough, and one to stop is among them or comes as a signal.
                with suppress(OSError):
                    os.write(worker.to_it, told)

    def _stop(self) -> None:
        self._is_stopping = True
        self._tell(STOP)

    def _pass_on_signal(self) -> None:
        self._is_stopping = True
        for worker in self._workers:
            if worker.pid:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGTERM)

    def _relay(self, worker: _Worker) -> None:
        """Pass on the whole lines of a worker."""
        try:
            found = os.read(worker.from_it, 1 << 16)
        except BlockingIOError:
            return
        if not found:
            self._close(worker, "from_it")
            return
        *lines, worker.half_line = (worker.half_line + found).split(b"\n")
        for line in lines:
            self._write(line + b"\n")

    def _bury(self) -> None:
        for worker in self._workers:
            if not worker.pid:
                continue
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._ended(worker, os.waitstatus_to_exitcode(status))

    def _ended(self, worker: _Worker, code: int) -> None:
        while worker.from_it >= 0 and self._has_more(worker):
            self._relay(worker)
        self._close(worker, "from_it")
        self._close(worker, "to_it")
        worker.pid = 0
        self._say(f"{ENDED} {worker.owner} {code}")
        if code == 0 and not self._is_stopping:  # It was told to stop, and so are all.
            self._stop()
        if code in {0, LEASE_LOST}:
            return
        if time.monotonic() - worker.born_at > _LONG_LIFE_S:
            worker.pause_s = _FIRST_PAUSE_S
            return
        worker.not_before = time.monotonic() + worker.pause_s
        worker.pause_s = min(2 * worker.pause_s, _LONGEST_PAUSE_S)

    def _has_more(self, worker: _Worker) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(worker.from_it, selectors.EVENT_READ)
            return bool(selector.select(0))

    def _close(self, worker: _Worker, end: str) -> None:
        descriptor = getattr(worker, end)
        if descriptor < 0:
            return
        if end == "from_it":
            self._selector.unregister(descriptor)
        os.close(descriptor)
        setattr(worker, end, -1)

    def _say(self, line: str) -> None:
        self._write(f"{line}\n".encode())

    def _write(self, line: bytes) -> None:
        # A server that died reads nothing; its end is heard elsewhere.
        with suppress(OSError):
            while line:
                line = line[os.write(self._out, line) :]
