"""The end of a worker with its server, whatever it is at: an orphan would hold memory beside a successor.

Two ways lead to it. The standard input ends with the server, which a thread notices as soon as it gets
the interpreter; the kernels let go of it. On Linux the system also ends the process by itself, with the
*thread* that has started it: `Slot` waits for the process in that thread.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

ORPHANED = 76  # exit code
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Let the system end this process with the thread that has started it, where it can."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Input:
    """The standard input, read from now on; this process ends at once where it ends.

    Attributes:
        listener: Called with what was read. What comes before there is one is kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept = b""
        self._listener: Callable[[bytes], None] | None = None
        threading.Thread(target=self._read, name="standard-input", daemon=True).start()

    def listen(self, listener: Callable[[bytes], None]) -> None:
        """Have ``listener`` called with all that was read so far and will be."""
        with self._lock:
            self._listener = listener
            if self._kept:
                listener(self._kept)

    def _read(self) -> None:
        while told := os.read(0, 4096):
            with self._lock:
                if self._listener is None:
                    self._kept += told
                else:
                    self._listener(told)
        os._exit(ORPHANED)
