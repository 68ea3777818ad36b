"""`Supervisor`: keeps worker processes alive and tells them when there is work."""

import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import structlog

from paultrap.engine import default_memory_limit
from paultrap.host import usable_cores
from paultrap.logs import LogFormat, resolve
from paultrap.release import release
from paultrap.store import (
    HEARTBEAT_S,
    EventBus,
    EventKind,
    HostBackend,
    HostKind,
    HostRegistration,
    JobEvent,
    JobNotice,
    Store,
    memory_host,
    written,
)
from paultrap.variables import DATABASE_VARIABLE
from paultrap.worker import orphans
from paultrap.worker.presence import Presence
from paultrap.worker.process import CHECK, WAKE
from paultrap.worker.slot import Slot

_log = structlog.get_logger("paultrap.worker")

_COMMAND = (sys.executable, "-m", "paultrap.worker")
_NEW_WORK = {
    EventKind.SUBMITTED,
    EventKind.RETRIED,
    EventKind.HALVED,
    EventKind.QUEUED,
    EventKind.RERUN,
}
_UNWANTED = {EventKind.CANCELED, EventKind.DELETED}
_ENDS = {EventKind.CHUNK_DONE, EventKind.CHUNK_FAILED}
_KILLED_S = 1.0  # for what was killed to be gone, and its leases freed


class Tellable(Protocol):
    """Workers that can be told of what has happened."""

    def wake(self) -> None:
        """Tell them that there is work. Must not block."""

    def check_leases(self) -> None:
        """Tell them that what they run may have been canceled or deleted. Must not block."""


def tell_workers(workers: Tellable, kind: EventKind | None) -> None:
    """Tell workers of an event of some job, where it matters to them.

    Args:
        workers: The workers.
        kind: What has happened; None where anything may have.
    """
    if kind is None or kind in _NEW_WORK:
        workers.wake()
    if kind is None or kind in _UNWANTED:
        workers.check_leases()


class WorkersLoad(NamedTuple):
    """What the workers of a server are like at a moment.

    Attributes:
        workers: How many processes there should be.
        ready: How many worker processes can work.
        restarts: How many are started in the place of one that died; see `Slot`.
        memory_limit: Bytes that all runs together may take.
        resident_bytes: The resident memory of each process that there is.
    """

    workers: int
    ready: int
    restarts: int
    memory_limit: int
    resident_bytes: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """What workers are told when they start, and what is said of them.

    Attributes:
        threads: How many threads it computes with; None for every usable core.
        precision: The precision of amplitudes, "double" or "single".
        memory_limit: Bytes that all runs on the host together may take; None for 80 % of what is
            available now.
        backends: The plug-ins that they run.
        runs_shipped: Whether they run what paultrap computes itself.
        host: The name of what has the memory; None for this machine.
        until: Unix seconds up to which what they take should have ended; None for no end.
        lease_s: Seconds after which a worker that shows no sign of life loses its chunk.
        log_level: The least severe level that it logs, and how a line looks: as of
            `paultrap.logs.configure`; likewise ``log_format``.
        tracing: Whether it sends spans.
        kind: What has the workers.
        look_every_s: After how many seconds it is looked for work where nobody tells of any; more
            often where the store says so.
    """

    threads: int | None = None
    precision: str = "double"
    memory_limit: int | None = None
    backends: Sequence[HostBackend] = ()
    runs_shipped: bool = True
    host: str | None = None
    until: float | None = None
    lease_s: float = 30.0
    log_level: str = "info"
    log_format: LogFormat = "auto"
    tracing: bool = False
    kind: HostKind = HostKind.SERVER
    look_every_s: float = HEARTBEAT_S

    def arguments(self) -> list[str]:
        """Return them as a command line, but for the limit on memory."""
        found = ["--lease-seconds", str(self.lease_s), "--precision", self.precision]
        found += [] if self.threads is None else ["--threads", str(self.threads)]
        # What "auto" means is decided once, for all processes that write to one place.
        found += ["--log-level", self.log_level, "--log-format", resolve(self.log_format)]
        found += [word for each in self.backends for word in ("--plugin", each.name)]
        found += [] if self.runs_shipped else ["--plugins-only"]
        found += [] if self.until is None else ["--until", repr(self.until)]
        return found + (["--tracing"] if self.tracing else [])


class Supervisor:
    """The workers of one server, or of one worker host.

    A worker that dies is replaced at once, and what it had leased is free at once.

    Args:
        store: The open store that the workers use too.
        workers: How many worker processes there are.
        options: The options of each worker process.
        command: Starts a worker, but for its options.
    """

    def __init__(
        self,
        store: Store,
        *,
        workers: int = 1,
        options: WorkerOptions | None = None,
        command: Sequence[str] = _COMMAND,
    ) -> None:
        options = options or WorkerOptions()
        self._store = store
        self._bus = EventBus()
        self._memory_limit = options.memory_limit or default_memory_limit()
        about = _about(options, workers, self._memory_limit)
        whole = [*command, *options.arguments(), "--memory-limit", str(self._memory_limit)]
        whole += ["--host", about.host]
        whole += [] if store.server is None else ["--server", store.server]
        # Not on the command line, which everybody sees: there may be a password in it.
        environment = {DATABASE_VARIABLE: written(store.url)}
        # One worker for short work is enough for all, as it has only what ends within a second.
        first = [*whole, "--short-work"]
        self._slots = [
            Slot(first if number == 0 else whole, environment, self._release, self._heard)
            for number in range(workers)
        ]
        self._presence = Presence(store, about, self.wake, options.look_every_s)
        self._stopping_since: float | None = None

    def on_event(self, listener: Callable[[JobEvent], None]) -> None:
        """Have ``listener`` called, in any thread, with each event that a worker has committed.

        The worker has logged it. `paultrap.store.Store.on_event` reports what this process commits.
        """
        self._bus.subscribe(listener)

    def start(self) -> None:
        """Start the workers; return before they are ready. A supervisor starts once.

        First the workers of dead servers end, whose memory is not free before.
        """
        orphans.end_all(self._store.processes.orphans())
        self._store.processes.forget(orphans.has_ended)
        self._presence.start()
        for slot in self._slots:
            slot.start()

    def is_alive(self) -> bool:
        """Return whether some worker is ready for work, or there are to be none."""
        return not self._slots or any(slot.is_ready for slot in self._slots)

    def idle_s(self) -> float:
        """Return for how long there was nothing to run, in seconds."""
        return self._presence.idle_s()

    def load(self) -> WorkersLoad:
        """Return what the workers are like now."""
        return WorkersLoad(
            workers=len(self._slots),
            ready=sum(slot.is_ready for slot in self._slots),
            restarts=sum(slot.deaths for slot in self._slots),
            memory_limit=self._memory_limit,
            resident_bytes=[slot.resident_bytes() for slot in self._slots],
        )

    def wake(self) -> None:
        """Tell the workers that there is work."""
        for slot in self._slots:
            slot.tell(WAKE)

    def check_leases(self) -> None:
        """Tell the workers that what they run may have been canceled or deleted."""
        for slot in self._slots:
            slot.tell(CHECK)

    def hear(self, notice: JobNotice) -> None:
        """Tell the workers what has happened to a job, here or elsewhere."""
        tell_workers(self, notice.kind)

    def has_ended(self) -> bool:
        """Return whether all workers are gone that were asked to stop."""
        return not any(slot.is_running for slot in self._slots)

    def ask_to_stop(self) -> None:
        """Let the workers finish the chunks at hand and end; return at once."""
        if self._stopping_since is None:
            self._stopping_since = time.monotonic()
            self._presence.drain()
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
        self._presence.stop()

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
            self._store.queue.release(owner, blame=not stopped)
        except Exception:  # noqa: BLE001  # The next worker must start whatever the store says.
            _log.warning("leases not freed; they will run out", owner=owner, exc_info=True)
        with suppress(Exception):  # The next server finds out too that it has ended.
            self._store.processes.forget(orphans.has_ended)
        self.wake()  # The others may take over what it had.

    def _heard(self, event: JobEvent) -> None:
        self._store.maintenance.request()
        if event.kind in _ENDS:
            self.wake()  # Something may have waited for the memory that it took.
        self._bus.publish([event])


def _about(options: WorkerOptions, workers: int, memory_limit: int) -> HostRegistration:
    """Return what is said of the workers where they are registered."""
    return HostRegistration(
        kind=options.kind,
        host=options.host or memory_host(),
        hostname=socket.gethostname(),
        pid=os.getpid(),
        version=release(),
        slots=workers,
        threads=options.threads or usable_cores(),
        memory_limit=memory_limit,
        runs_shipped=options.runs_shipped,
        backends=options.backends,
    )
