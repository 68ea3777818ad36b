"""How much memory a simulation may use on this machine, and the refusal of what needs more.

It must not depend on programs or states: it counts bytes.
"""

from __future__ import annotations

from paultrap.errors import Error
from paultrap.host import available_memory

_SHARE = 0.8  # of what is available: the server and the answer's encoding need some too


class MemoryLimitError(Error, MemoryError):
    """A program needs more memory than it may use; nothing was allocated.

    Attributes:
        needed: Bytes at peak, in the worst case.
        limit: Bytes that were allowed.
    """

    def __init__(self, needed: int, limit: int) -> None:
        super().__init__(
            f"this simulation needs up to {_human(needed)} of memory and may use {_human(limit)}: "
            "use fewer qubits, send fewer circuits at a time, or raise the memory limit"
        )
        self.needed = needed
        self.limit = limit

    def __reduce__(self) -> tuple[type[MemoryLimitError], tuple[int, int]]:
        return type(self), (self.needed, self.limit)


def default_memory_limit() -> int:
    """Return 80 % of the bytes available now."""
    return int(_SHARE * available_memory())


def _human(size: int) -> str:
    value = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:  # noqa: PLR2004 - bytes per KiB
            return f"{value:.1f} {unit}" if unit != "bytes" else f"{size} bytes"
        value /= 1024
    return f"{value:.1f} GiB"
