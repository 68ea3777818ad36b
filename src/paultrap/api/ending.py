"""`Ending`: a server that was asked to stop ends in bounded time, whatever still runs.

From the signal on, workers finish the chunks at hand (10 s at most). Meanwhile requests are
answered to their end: programs that are being read have 6 s, after which their clients hear that
they were not, and answers that are being sent 8 s. What is left then is ended, threads that hang
are left alone, the store is closed, and the process ends. Should any of that hang, the process is
ended after 13 s.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

import structlog

from paultrap import logs

#: For how long programs are read on.
READING_S = 6.0

LONGEST_S = 13.0
# When all is closed, only threads that hang can hold up the end of the process.
AFTER_CLOSE_S = 1.0
CLEANING_S = 1.0
# Whoever forwards a signal that the terminal has sent already means no second one.
_SAME_SIGNAL_S = 0.5
_LATE = f"{LONGEST_S:g} s after the signal"
_CLOSED = f"{AFTER_CLOSE_S:g} s after all was closed"
_FORCED = 128  # plus the signal, as shells show a process that a signal has ended

_log = structlog.get_logger("paultrap.server")


class Ending:
    """Watches over the end of the process, in a thread.

    Attributes:
        thread: The thread that watches.

    Args:
        stages: What is called when the server was asked to stop, and after how many seconds, in
            order. It must not block.
        force: Called one after the other before the process is ended with things undone: they end
            other processes and remove what is temporary.
        busy: Returns what is still at work, and for how many seconds.
        leave: Ends the process with a code.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        stages: Sequence[tuple[float, Callable[[], None]]],
        force: Sequence[Callable[[], None]],
        busy: Callable[[], dict[str, float]],
        *,
        leave: Callable[[int], None] = os._exit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stages = list(stages)
        self._force = force
        self._busy = busy
        self._leave = leave
        self._clock = clock
        # A queue of this kind may be put to while a signal interrupts a thread that does so.
        self._told: SimpleQueue[tuple[int | None, float]] = SimpleQueue()
        self.thread = threading.Thread(target=self._watch, name="ending", daemon=True)
        self.thread.start()

    def ask(self, sign: int) -> None:
        """Begin to end; a second SIGINT ends the process at once. For a signal handler."""
        self._told.put((sign, self._clock()))

    def close(self) -> None:
        """Say that all is closed that is to be: only threads that hang can keep the process now."""
        self._told.put((None, self._clock()))

    def _watch(self) -> None:
        told, asked_at = self._told.get()
        is_closed = told is None
        deadline = asked_at + (AFTER_CLOSE_S if told is None else LONGEST_S)
        stages = (
            [] if told is None else [(asked_at + after_s, act) for after_s, act in self._stages]
        )
        while True:
            while stages and stages[0][0] <= self._clock():
                with suppress(Exception):  # The end is not to fail by it.
                    stages.pop(0)[1]()
            following = min([deadline, *(due for due, _ in stages)])
            try:
                told, at = self._told.get(timeout=max(0.0, following - self._clock()))
            except Empty:
                if self._clock() < deadline:
                    continue
                if is_closed and not self._busy():
                    return None  # The process ends by itself, or goes on with something else.
                return self._end(0, _CLOSED if is_closed else _LATE)
            if told is None:
                is_closed = True
                deadline = min(deadline, at + AFTER_CLOSE_S)
            elif told == signal.SIGINT and at - asked_at > _SAME_SIGNAL_S:
                return self._end(_FORCED + told, "a second SIGINT")

    def _end(self, code: int, cause: str) -> None:
        # In another thread: whatever hangs may hang this too.
        cleaning = threading.Thread(target=self._clean, args=(cause,), name="cleaning", daemon=True)
        cleaning.start()
        cleaning.join(CLEANING_S)
        self._leave(code)

    def _clean(self, cause: str) -> None:
        for act in self._force:
            with suppress(Exception):  # The others are to be tried too.
                act()
        at_work = {name: f"{seconds:.1f} s" for name, seconds in self._busy().items()}
        _log.warning("ended with work undone", cause=cause, threads=at_work)
        with suppress(Exception):
            logs.flush()
            logging.shutdown()
        with suppress(Exception):
            sys.stdout.flush()
