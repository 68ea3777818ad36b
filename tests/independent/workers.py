"""The worker processes of a server: found, held still, and made to crash.

Run as `python workers.py PID`, it lets every worker of the server PID crash that holds a large
state, until it is terminated. It is a process of its own since some clients let no thread of
theirs run while they wait.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

LARGE_BYTES = 700e6  # A state of 26 qubits takes a gigabyte.


def workers_of(server: int) -> list[int]:
    """Return the process ids of a server's workers, which children of it have forked."""
    started = [pid for pid in _children(server) if b"paultrap.worker" in _command_line(pid)]
    return [pid for parent in started for pid in _children(parent)]


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # It has just ended.
            found += map(int, task.read_text().split())
    return found


def send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@contextlib.contextmanager
def paused(server: int) -> Iterator[None]:
    """Hold a server's workers still, so that no job ends before a test has canceled it."""
    pids = workers_of(server)
    try:
        send(pids, signal.SIGSTOP)
        yield
    finally:
        send(pids, signal.SIGCONT)


def crash_large_workers(server: int) -> None:
    while True:
        large = [pid for pid in workers_of(server) if _resident_bytes(pid) > LARGE_BYTES]
        send(large, signal.SIGKILL)
        time.sleep(0.01)


def _resident_bytes(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    crash_large_workers(int(sys.argv[1]))
