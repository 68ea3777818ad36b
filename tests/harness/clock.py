"""Clocks that a test sets."""

from pathlib import Path

import pytest

_LIBRARIES = ("/usr/lib", "/usr/local/lib")
_FAKETIME = "libfaketimeMT.so.1"


def hours_off(hours: int) -> dict[str, str]:
    """Return the environment of a process whose wall clock is off; skip the test where it cannot be.

    Durations, by the monotonic clock, are as they are.
    """
    return _faked() | {"FAKETIME": f"{hours:+d}h"}


def _faked() -> dict[str, str]:
    for folder in _LIBRARIES:
        for library in Path(folder).rglob(_FAKETIME):
            return {"LD_PRELOAD": str(library), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    pytest.skip("there is no libfaketime: apt-get install faketime")


class SteppedClock:
    """The wall clock of a process of any user, which is set while it runs.

    Args:
        folder: Where it is kept, which that user can read.

    Attributes:
        environment: What the process has in its environment.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.set(0)
        told = {"FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1"}
        self.environment = _faked() | told

    def set(self, hours: int) -> None:
        """Set it so many hours ahead."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{hours:+d}h\n")
        new.chmod(0o644)
        new.replace(self._file)


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
