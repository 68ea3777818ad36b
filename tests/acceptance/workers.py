"""Worker processes whose engine is one of `acceptance.executors`."""

import contextlib
import os
import signal
from pathlib import Path

from paultrap.worker import Supervisor

TESTS = Path(__file__).parents[1]
# A worker whose engine is `executor` of a module beside this one.
STAND_IN = """
import sys
sys.path.insert(0, {tests!r})
from acceptance import executors
from paultrap.worker.process import main
sys.exit(main(execute=executors.{executor}))
"""


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def worker_pids(supervisor: Supervisor) -> list[int]:
    return [pid for slot in supervisor._slots for pid in slot.worker_pids()]
