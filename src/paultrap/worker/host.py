"""`WorkerHost`: a process that only runs jobs, until it is told to end, has nothing to do, or time is up."""

import os
import select
import signal
import time

import structlog

from paultrap.worker.supervisor import Supervisor

_LOOK_S = (
    1.0  # how often it looks whether it is to end, where something other than a signal says so
)
_ENDING_S = 0.05  # and how often, whether its workers have ended

_log = structlog.get_logger("paultrap.worker")


class WorkerHost:
    """The workers of one machine that work for servers elsewhere.

    SIGTERM and SIGINT end it: it takes no more chunks and ends with those that run, or gives them back
    after a while. A second one gives them back at once. Nobody is to blame for these.

    Args:
        supervisor: The workers, which have not been started.
        idle_s: After how many seconds without work it ends; None for never.
        until: Unix seconds at which it ends; None for never.
        drain_s: How many seconds the chunks that run may take once it is told to end.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        *,
        idle_s: float | None = None,
        until: float | None = None,
        drain_s: float = 25.0,
    ) -> None:
        self._supervisor = supervisor
        self._idle_s = idle_s
        self._until = until
        self._drain_s = drain_s
        self._told, self._tell = os.pipe()

    def run(self) -> None:
        """Work until it ends. It is called in the main thread, once."""
        os.set_blocking(self._tell, False)
        # A signal leaves a byte, whichever thread the system gives it to: a handler in Python would wait
        # until this thread does something.
        signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: None)
        self._supervisor.start()
        _log.info("worker host started", slots=self._supervisor.load().workers)
        reason = self._wait()
        _log.info("worker host ends", why=reason)
        self._end()

    def _wait(self) -> str:
        """Wait for a reason to end, and return it."""
        has_limits = self._idle_s is not None or self._until is not None
        while True:
            if self._is_told(_LOOK_S if has_limits else None):
                return "it was told to"
            if self._until is not None and time.time() >= self._until:
                return "its time is over"
            if self._idle_s is not None and self._supervisor.idle_s() >= self._idle_s:
                return "there was nothing to do"

    def _end(self) -> None:
        drain_s = self._drain_s
        if self._until is not None:
            drain_s = max(0.0, min(drain_s, self._until - time.time()))
        self._supervisor.ask_to_stop()
        deadline = time.monotonic() + drain_s
        while not self._supervisor.has_ended() and time.monotonic() < deadline:
            if self._is_told(_ENDING_S):
                break
        self._supervisor.stop(0.0)

    def _is_told(self, patience_s: float | None) -> bool:
        """Wait for a signal, and return whether one has come."""
        if self._idle_s is not None and patience_s is not None:
            patience_s = min(patience_s, self._idle_s / 2)
        ready, _, _ = select.select([self._told], [], [], patience_s)
        return bool(ready) and bool(os.read(self._told, 1))
