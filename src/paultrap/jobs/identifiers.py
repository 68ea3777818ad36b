"""Ids of jobs: UUIDs of version 7 (RFC 9562), ascending within the process.

Clients pair a job's children with its circuits by the order of their ids, so two ids made one
after the other must compare in that order, also within a millisecond and when the clock is set
back.
"""

import secrets
import threading
import time

__all__ = ["new_id", "new_ids"]

_TAIL_BITS = 74  # what version 7 leaves free after 48 bits of milliseconds
_LOW_BITS = 62  # the part of the tail behind the variant
_LOW_MASK = (1 << _LOW_BITS) - 1
_VERSION = 7 << 76
_VARIANT = 2 << 62
# Steps between ids of one millisecond are random, so that one id does not tell the next.
_STEP_BITS = 32


class _Clock:
    """The last id that was given out, as milliseconds and tail."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._milliseconds = 0
        self._tail = 0

    def take(self, count: int) -> list[str]:
        steps = memoryview(secrets.token_bytes(4 * count)).cast("I")
        with self._lock:
            self._start(time.time_ns() // 1_000_000, count)
            head = self._milliseconds << 80 | _VERSION | _VARIANT
            tail = self._tail
            ids = []
            for step in steps:
                tail += step + 1
                ids.append(_text(head | (tail >> _LOW_BITS) << 64 | tail & _LOW_MASK))
            self._tail = tail
        return ids

    def _start(self, now: int, count: int) -> None:
        room = (1 << _TAIL_BITS) - self._tail
        if now > self._milliseconds:
            self._milliseconds = now
        elif room <= count << _STEP_BITS:
            self._milliseconds += 1
        else:
            return
        # Half of the range is left for the steps of this millisecond.
        self._tail = secrets.randbits(_TAIL_BITS - 1)


def _text(value: int) -> str:
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


_clock = _Clock()


def new_id() -> str:
    """Return an id that is greater than every id of this process before it."""
    return _clock.take(1)[0]


def new_ids(count: int) -> list[str]:
    """Return ``count`` such ids, ascending."""
    return _clock.take(count)
