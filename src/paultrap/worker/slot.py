"""One place for the process that forks workers, which is filled again whenever it dies."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from paultrap.store import JobEvent
from paultrap.variables import without_secrets
from paultrap.worker.forks import ENDED, EVERYTHING, FORKED, LEASE_LOST, STOP
from paultrap.worker.process import EVENT, READY

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_SHOWN = 500  # characters of a line

# It was asked to stop, or has given up a chunk whose job was canceled.
_NORMAL_ENDS = {0, -signal.SIGTERM, -signal.SIGINT, LEASE_LOST}

_DECODER = msgspec.json.Decoder(JobEvent)

_log = structlog.get_logger("paultrap.worker")


class _Worker(NamedTuple):
    """A worker that was forked: the number of its process, and its kind."""

    pid: int
    kind: str


class Slot:
    """Keeps one worker process running, and with it one for short work where the command says so.

    Args:
        command: Starts the process that forks the workers.
        environment: Variables that it has beside those of this process that are no secrets.
        on_death: Called with a worker's name when it has ended, and whether that is no fault of what
            it ran.
        on_event: Called with each event of a job that the worker has committed.

    Attributes:
        is_ready: Whether the worker process has started and takes work.
        deaths: How many processes have ended unexpectedly: not those that gave up a chunk whose
            job was canceled.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        on_death: Callable[[str, bool], None],
        on_event: Callable[[JobEvent], None],
    ) -> None:
        self._command = command
        self._environment = environment
        self._on_death = on_death
        self._on_event = on_event
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._workers: dict[str, _Worker] = {}  # by name
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, name="worker-slot", daemon=True)
        self.is_ready = False
        self.deaths = 0

    @property
    def is_running(self) -> bool:
        """Whether it is kept running still, or has not ended yet."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the worker; return before it is ready."""
        self._thread.start()

    def tell(self, word: bytes) -> None:
        """Tell the worker `WAKE`, `CHECK` or `STOP`; one that is just starting hears it too."""
        with self._lock:
            self._write(word)

    def worker_pids(self) -> list[int]:
        """Return the numbers of the processes of the workers for everything that there are."""
        with self._lock:
            return [each.pid for each in self._workers.values() if each.kind == EVERYTHING]

    def resident_bytes(self) -> int:
        """Return the resident memory of the workers; 0 without one, or where the system does not say.

        What they share with each other counts once, where the system says how much that is.
        """
        with self._lock:
            pids = [each.pid for each in self._workers.values()]
            pids += [] if self._process is None else [self._process.pid]
        return sum(map(_resident_bytes, pids))

    def ask_to_stop(self) -> None:
        """Let the worker finish its chunk and exit, and start no other."""
        self._stopping.set()
        self.tell(STOP)

    def join(self, patience_s: float) -> None:
        """Wait until the worker has ended, for so many seconds at most."""
        self._thread.join(max(0.0, patience_s))

    def kill(self) -> None:
        """End the workers that are left, at once."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
            for worker in self._workers.values():
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)

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
        """Run one process until it ends; return whether it was ever ready.

        The process ends with the thread that starts it (`paultrap.worker.parent`), which is this one.
        """
        try:
            process = subprocess.Popen(  # noqa: S603  # our own command
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                env=without_secrets(os.environ) | self._environment,
            )
        except OSError:  # no memory, or too many processes: it may pass
            _log.exception("worker not started")
            return False
        os.set_blocking(_descriptor(process), False)
        with self._lock:
            self._process = process
            if self._stopping.is_set():
                self._write(STOP)
        was_ready = self._listen(process)
        code = process.wait()
        with self._lock:
            self._close_input()
            self._process = None
        stopped = self._stopping.is_set()
        left = dict(self._workers)
        if not stopped and (left or not was_ready):
            self._count(code, worker=" ".join(left))
        for owner, worker in left.items():
            # They have ended with it, and short work has hardly ended it.
            self._forget(owner, stopped=stopped or worker.kind != EVERYTHING)
        return was_ready

    def _count(self, code: int, **about: str | int) -> None:
        # A signal to the whole process group reaches the worker before the server stops it.
        is_normal = code in _NORMAL_ENDS
        self.deaths += not is_normal
        log = _log.info if is_normal else _log.warning
        log("worker ended", code=code, **about)

    def _forget(self, owner: str, *, stopped: bool) -> None:
        with self._lock:
            self._workers.pop(owner, None)
        self._on_death(owner, stopped)

    def _listen(self, process: subprocess.Popen[str]) -> bool:
        assert process.stdout is not None  # noqa: S101  # for mypy
        was_ready = False
        with process.stdout as lines:
            for line in lines:
                word, _, rest = line.strip().partition(" ")
                if word == READY:
                    was_ready = self.is_ready = True
                elif word == EVENT:
                    self._hear(rest)
                elif word == FORKED:
                    owner, pid, kind = rest.split(" ")
                    with self._lock:
                        self._workers[owner] = _Worker(int(pid), kind)
                elif word == ENDED:
                    owner, _, code = rest.partition(" ")
                    self._ended(owner, int(code))
        self.is_ready = False
        return was_ready

    def _ended(self, owner: str, code: int) -> None:
        stopped = self._stopping.is_set()
        worker = self._workers.get(owner)
        self.is_ready &= worker is None or worker.kind != EVERYTHING
        if not stopped:
            self._count(code, worker=owner)
        self._forget(owner, stopped=stopped)

    def _hear(self, event: str) -> None:
        try:
            heard = _DECODER.decode(event)
        except msgspec.DecodeError:  # A process that was killed may leave half a line.
            _log.warning("event not understood", line=event[:_SHOWN], exc_info=True)
            return
        self._on_event(heard)

    def _write(self, word: bytes) -> None:
        if self._process is None:
            return
        try:
            os.write(_descriptor(self._process), word)
        except BlockingIOError:  # It holds calls enough. That to stop comes another way.
            if word == STOP:
                self._process.terminate()
        except (OSError, ValueError):  # A dead worker's place is filled anyway.
            pass

    def _close_input(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def _resident_bytes(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        shares = Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2]
        return int(shares.split()[0]) << 10
    with suppress(OSError, ValueError, IndexError):
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0  # It has just ended, or this is not Linux.


def _descriptor(process: subprocess.Popen[str]) -> int:
    assert process.stdin is not None  # noqa: S101  # for mypy
    return process.stdin.fileno()
