"""`Supervisor`: keeps worker processes alive and tells them when there is work."""

import sys
import time
from collections.abc import Callable, Sequence

import structlog

from paultrap.engine.memory import default_memory_limit
from paultrap.store import Store
from paultrap.worker.process import CHECK, WAKE
from paultrap.worker.slot import Slot

__all__ = ["Supervisor"]

_log = structlog.get_logger("paultrap.worker")

_COMMAND = (sys.executable, "-m", "paultrap.worker")
_KILLED_S = 1.0  # for what was killed to be gone, and its leases freed


class Supervisor:
    """The workers of one server.

    A worker that dies is replaced at once, and what it had leased is free at once.

    Args:
        store: Where the jobs are.
        workers: How many processes.
        threads: How many threads each of them computes with; None for every usable core.
        precision: Of the amplitudes: "double" or "single".
        memory_limit: Bytes that all runs together may take; None for 80 % of what is available
            now.
        lease_s: Seconds after which a worker that shows no sign of life loses its chunk.
        command: Starts a worker, but for its options.
    """

    def __init__(  # noqa: PLR0913  # settings, all with defaults
        self,
        store: Store,
        *,
        workers: int = 1,
        threads: int | None = None,
        precision: str = "double",
        memory_limit: int | None = None,
        lease_s: float = 30.0,
        command: Sequence[str] = _COMMAND,
    ) -> None:
        self._store = store
        self._callbacks: list[Callable[[str], None]] = []
        options = ["--db", str(store.path), "--lease-seconds", str(lease_s)]
        if threads is not None:
            options += ["--threads", str(threads)]
        options += ["--precision", precision]
        options += ["--memory-limit", str(memory_limit or default_memory_limit())]
        whole = [*command, *options]
        self._slots = [Slot(whole, self._release, self._finished) for _ in range(workers)]
        self._stopping_since: float | None = None

    def on_finished(self, callback: Callable[[str], None]) -> None:
        """Have ``callback`` called, in any thread, with a job's id when a chunk of it has ended."""
        self._callbacks.append(callback)

    def start(self) -> None:
        """Start the workers; return before they are ready. A supervisor starts once."""
        for slot in self._slots:
            slot.start()

    def is_alive(self) -> bool:
        """Return whether some worker is ready for work."""
        return any(slot.is_ready for slot in self._slots)

    def wake(self) -> None:
        """Tell the workers that there is work."""
        for slot in self._slots:
            slot.tell(WAKE)

    def check_leases(self) -> None:
        """Tell the workers that what they run may have been canceled or deleted."""
        for slot in self._slots:
            slot.tell(CHECK)

    def ask_to_stop(self) -> None:
        """Let the workers finish the chunks at hand and end; return at once."""
        if self._stopping_since is None:
            self._stopping_since = time.monotonic()
        for slot in self._slots:
            slot.ask_to_stop()

    def stop(self, drain_s: float = 10.0) -> None:
        """Stop the workers.

        Args:
            drain_s: How long they may take to finish their chunks, from when they were first asked
                to stop. A chunk that takes longer is run again when the server is back.
        """
        self.ask_to_stop()
        asked_at = self._stopping_since or time.monotonic()
        self._join(asked_at + drain_s)
        self.kill()
        self._join(time.monotonic() + _KILLED_S)

    def kill(self) -> None:
        """End the workers that are left, at once; their chunks are run again by others."""
        self.ask_to_stop()  # Nothing takes their place.
        for slot in self._slots:
            slot.kill()

    def _join(self, deadline: float) -> None:
        for slot in self._slots:
            slot.join(deadline - time.monotonic())

    def _release(self, owner: str, stopped: bool) -> None:  # noqa: FBT001  # a callback
        try:
            self._store.release_worker(owner, blame=not stopped)
        except Exception:  # noqa: BLE001  # The next worker must start whatever the store says.
            _log.warning("leases not freed; they will run out", owner=owner, exc_info=True)
        self.wake()  # The others may take over what it had.

    def _finished(self, job_id: str) -> None:
        self._store.tidy_soon()
        if len(self._slots) > 1:
            self.wake()  # Something may have waited for the memory that it took.
        for callback in self._callbacks:
            try:
                callback(job_id)
            except Exception:  # noqa: BLE001  # A listener's mistake is not the worker's.
                _log.warning("callback failed", job=job_id, exc_info=True)
