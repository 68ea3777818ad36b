"""`Resources`: what the use cases of one server share, its `Workers` among it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from paultrap.machines import Machines
from paultrap.service.threads import Threads
from paultrap.service.waiters import JobWaiters
from paultrap.settings import Settings
from paultrap.store import JobEvent, Store
from paultrap.tracing import Tracing
from paultrap.worker import WorkersLoad


class Workers(Protocol):
    """The workers of one server, as `paultrap.worker.Supervisor` runs them."""

    def start(self) -> None:
        """Start them; returns when they have been started, ready or not."""

    def stop(self, drain_s: float) -> None:
        """Let them finish what they are at for so many seconds, then end them."""

    def wake(self) -> None:
        """Tell them that there is work. Must not block."""

    def check_leases(self) -> None:
        """Tell them that what they run may have been canceled or deleted. Must not block."""

    def on_event(self, listener: Callable[[JobEvent], None]) -> None:
        """Have ``listener`` called, in any thread, with each event that one of them committed."""

    def is_alive(self) -> bool:
        """Return whether at least one of them can work."""
        ...

    def load(self) -> WorkersLoad:
        """Return what they are like now."""
        ...


@dataclass(frozen=True)
class Resources:
    """What the use cases of one server share.

    Attributes:
        settings: The settings of the server.
        store: The open store.
        workers: The workers that run the jobs.
        threads: The threads that blocking calls run in.
        machines: The backends and noise models of this server.
        tracing: Makes spans, and sends them where tracing is on.
        waiters: The requests that wait for a job to end.
    """

    settings: Settings
    store: Store
    workers: Workers
    threads: Threads
    machines: Machines
    tracing: Tracing
    waiters: JobWaiters = field(default_factory=JobWaiters)
