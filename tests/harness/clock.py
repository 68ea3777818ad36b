"""Clocks that a test sets."""


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Host:
    """The clocks of a host, as `paultrap.store.clock.HostClock`; times are in milliseconds."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000  # what its wall clock shows
        self._up = 5_000_000
        self._boots = 1

    def wall(self) -> int:
        return self.now

    def monotonic(self) -> int:
        return self._up

    def boot(self) -> str | None:
        return f"boot {self._boots}"

    def tick(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now += milliseconds
        self._up += milliseconds

    def step(self, milliseconds: int) -> None:
        """Set the wall clock alone, forward or back."""
        self.now += milliseconds

    def suspend(self, milliseconds: int) -> None:
        """Let time pass while everything stands still."""
        self.now += milliseconds

    def reboot(self, milliseconds: int = 0) -> None:
        """Boot again, for so long by the wall clock."""
        self.now += milliseconds
        self._up = 1_000
        self._boots += 1
