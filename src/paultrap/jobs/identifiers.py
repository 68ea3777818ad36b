"""Ids of jobs: UUIDs of version 7 (RFC 9562), ascending within the process.

They follow a clock, so that those of several processes ascend too, as exactly as their clocks agree:
what is listed by its id follows the clock of its database, whatever the hosts' clocks show.

Clients pair a job's children with its circuits by the order of their ids, so two ids made one
after the other must compare in that order, also within a millisecond and when the clock is set
back.
"""

import secrets
import threading
import time
import uuid
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_LENGTH = 36  # characters of an id
_HEAD = (7 << 76) | (2 << 62)  # version and variant
_MIDDLE_BITS = 12  # what is free between them
# Behind the variant 62 bits are free. A millisecond starts in the lower half of them and goes
# up in random steps, so that the next id cannot be guessed from one.
_START_BITS = 61
_STEP_BYTES = 4
_LATEST_MS = 1 << 47  # in the year 6429: no clock that is only set wrong shows it
_MOST_PER_START = 1 << (_START_BITS - 8 * _STEP_BYTES)


def _host_ms() -> int:
    return time.time_ns() // 1_000_000


class Identifiers:
    """Ids that follow a clock. Safe to use from many threads.

    Args:
        clock: Returns Unix milliseconds, which may go back; the ids do not.
    """

    def __init__(self, clock: Callable[[], int] = _host_ms) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._milliseconds = 0
        self._middle = 0
        self._low = 0
        self._left = 0

    def new(self) -> str:
        """Return an id that is greater than every id of this object before it."""
        return self.some(1)[0]

    def some(self, count: int) -> list[str]:
        """Return ``count`` such ids, ascending."""
        steps = np.frombuffer(secrets.token_bytes(_STEP_BYTES * count), np.uint32)
        now = self._clock()  # It may have to be asked for: not under the lock.
        with self._lock:
            self._start(now, count)
            high = (self._milliseconds << 80 | _HEAD | self._middle << 64) >> 64
            lows = np.uint64(self._low) + np.cumsum(steps.astype(np.uint64) + 1)
            self._low = int(lows[-1]) if count else self._low
            self._left -= count
        return _texts(high, lows | np.uint64(_HEAD & (1 << 64) - 1))

    def continue_after(self, last: str) -> None:
        """Let every id from now on be greater than ``last``, an id that some process has made."""
        try:
            milliseconds = uuid.UUID(last).int >> 80
        except ValueError:  # what was damaged, or is no id of ours
            return
        with self._lock:
            if self._milliseconds <= milliseconds < _LATEST_MS:
                self._milliseconds = milliseconds
                self._left = 0

    def _start(self, now: int, count: int) -> None:
        if now > self._milliseconds:
            self._milliseconds = now
        elif count > self._left:
            self._milliseconds += 1
        else:
            return
        self._middle = secrets.randbits(_MIDDLE_BITS)
        self._low = secrets.randbits(_START_BITS)
        self._left = _MOST_PER_START


def _texts(high: int, lows: NDArray[np.uint64]) -> list[str]:
    """Return the ids that begin with the same 64 bits, cut out of one text."""
    head = f"{high:016x}"
    digits = np.frombuffer(lows.astype(">u8").tobytes().hex().encode(), np.uint8).reshape(-1, 16)
    ids = np.empty((len(lows), _LENGTH), np.uint8)
    ids[:, :19] = np.frombuffer(f"{head[:8]}-{head[8:12]}-{head[12:]}-".encode(), np.uint8)
    ids[:, 19:23] = digits[:, :4]
    ids[:, 23] = ord("-")
    ids[:, 24:] = digits[:, 4:]
    text = ids.tobytes().decode("ascii")
    return [text[at : at + _LENGTH] for at in range(0, len(text), _LENGTH)]


_ids = Identifiers()


def new_id() -> str:
    """Return an id that is greater than every id of this process before it, by the host's clock."""
    return _ids.new()
