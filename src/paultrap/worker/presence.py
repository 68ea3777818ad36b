"""`Presence`: says for a supervisor that it is there, and looks for work for all its workers.

Workers are told of work by pipes, and ask nothing while they wait. That nothing is missed where nobody
tells, such as when a lease runs out, one thread of the supervisor looks now and then.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from paultrap.store import (
    HEARTBEAT_S,
    DamagedError,
    HostKind,
    HostRegistration,
    Seen,
    Store,
    StoreUnavailableError,
)

_TROUBLE = (StoreUnavailableError, DamagedError)

_log = structlog.get_logger("paultrap.worker")


class Presence:
    """One process that has workers, as the others see it.

    Args:
        store: The open store. One without an id of its own is not registered.
        about: What it is.
        wake: Called in a thread when its workers should look for work.
        every_s: How often it looks, at least; as often as the store says where that is more.
    """

    def __init__(
        self,
        store: Store,
        about: HostRegistration,
        wake: Callable[[], None],
        every_s: float = HEARTBEAT_S,
    ) -> None:
        self._store = store
        self._about = about
        self._wake = wake
        self._every_s = min(every_s, store.look_every_s)
        self._is_draining = False
        self._is_known = False
        self._beat_at = 0.0
        self._idle_since: float | None = None
        self._stopping = threading.Event()
        self._called = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, name="presence", daemon=True)

    def start(self) -> None:
        """Register, and look for work from now on."""
        with suppress(*_TROUBLE):  # It is tried again with each heartbeat.
            self._register()
        self._thread.start()

    def drain(self) -> None:
        """Say that no more chunks are taken."""
        self._is_draining = True
        self._beat_at = 0.0
        self._called.set()

    def stop(self) -> None:
        """Say that this process ends, and look no more."""
        self._stopping.set()
        self._called.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._is_known:
            self._is_known = False
            with suppress(*_TROUBLE):  # Others see that it is gone.
                self._store.workers.leave()

    def idle_s(self) -> float:
        """Return for how long there was nothing to run that is known of, in seconds."""
        since = self._idle_since
        return 0.0 if since is None else time.monotonic() - since

    def _register(self) -> None:
        if self._store.server is not None:
            self._store.workers.register(self._about)
            self._is_known = True
            self._beat_at = time.monotonic()

    def _keep_looking(self) -> None:
        while not self._stopping.is_set():
            self._called.clear()
            try:
                self._note(self._seen())
            except _TROUBLE:
                _log.warning("no sign of life given", exc_info=True)
            except Exception:  # noqa: BLE001  # Without this thread no work would be found.
                _log.exception("no work looked for")
            self._called.wait(self._every_s)

    def _seen(self) -> Seen:
        is_due = time.monotonic() - self._beat_at > HEARTBEAT_S - self._every_s / 2
        if self._store.server is None or not is_due:
            return self._store.workers.look(self._about)
        seen = self._store.workers.beat(self._about, is_draining=self._is_draining)
        self._beat_at = time.monotonic()
        if not seen.is_known:
            self._register()
        return seen

    def _note(self, seen: Seen) -> None:
        if seen.is_busy or seen.could_take:
            self._idle_since = None
        else:
            self._idle_since = self._idle_since or time.monotonic()
            if self._about.kind is HostKind.WORKER:  # A server has more to do with them.
                self._store.queue.rest()
        if seen.has_work and not self._is_draining and self._about.slots:
            self._wake()
