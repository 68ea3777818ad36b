"""Workers that have outlived their server: the next one ends them before any other starts.

A process is known by its boot, its number and when it began: a number alone may be another's by now.
"""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog

from paultrap.store import SystemClock

_PAUSE_S = 0.01
_SAYING_S = 5.0
_BEGAN = 19  # the place of a process's start among what follows its name in its `stat`

_log = structlog.get_logger("paultrap.worker")


def name_of(pid: int) -> str | None:
    """Return the name of a process that no other has, or None where there is none, or no `/proc`."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    # What is dead and not yet waited for holds no memory.
    return None if fields[0] in "ZX" else f"{SystemClock().boot()} {pid} {fields[_BEGAN]}"


def end_all(names: Iterable[str]) -> None:
    """End the processes of these names that are left, and return when none of them is there."""
    left = [name for name in names if is_alive(name)]
    for name in left:
        _log.warning("a worker has outlived its server and is ended", pid=_pid_of(name))
        with suppress(ProcessLookupError, PermissionError):
            os.kill(_pid_of(name), signal.SIGKILL)
    saying_at = time.monotonic() + _SAYING_S
    while left := [name for name in left if is_alive(name)]:
        if time.monotonic() > saying_at:
            _log.error("no work is taken before these have ended", pids=list(map(_pid_of, left)))
            saying_at = float("inf")
        time.sleep(_PAUSE_S)


def is_alive(name: str) -> bool:
    """Return whether the process of this name is there."""
    with suppress(ValueError, IndexError):  # no name of ours
        return name_of(_pid_of(name)) == name
    return False


def has_ended(name: str) -> bool:
    """Return whether it is known that the process of this name is gone: one of this boot."""
    return name.startswith(f"{SystemClock().boot()} ") and not is_alive(name)


def _pid_of(name: str) -> int:
    return int(name.split(" ")[1])
