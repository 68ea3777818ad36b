"""`Workers`: what the use cases need of whoever runs the workers."""

from collections.abc import Callable
from typing import Protocol

from paultrap.store import JobEvent
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
