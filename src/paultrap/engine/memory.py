"""How much memory a simulation may use on this machine, and the refusal of what needs more.

It must not know programs or states: it deals in bytes.
"""

from __future__ import annotations

import os
from pathlib import Path

from paultrap.errors import Error

__all__ = ["MemoryLimitError", "available_memory", "default_memory_limit"]

_SHARE = 0.8  # of what is available: the server and the answer's encoding need some too
_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


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


def available_memory() -> int:
    """Return the bytes that this process can still take, a container's limit included."""
    return min(_machine_memory(), _container_memory())


def _machine_memory() -> int:
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _container_memory() -> int:
    """Return what a cgroup leaves (version 2, then version 1), or more than any machine has."""
    unlimited = 2**62
    for folder, limit_name, usage_name, cache_name in (
        (_CGROUP, "memory.max", "memory.current", "inactive_file"),
        (
            _CGROUP / "memory",
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file",
        ),
    ):
        try:
            limit = (folder / limit_name).read_text().strip()
            usage = int((folder / usage_name).read_text())
            statistics = (folder / "memory.stat").read_text().split()
            # Cached files count as used, though the kernel gives them up when asked.
            cache = int(statistics[statistics.index(cache_name) + 1])
        except (OSError, ValueError):
            continue
        return unlimited if limit == "max" else max(int(limit) - usage + cache, 0)
    return unlimited


def _human(size: int) -> str:
    value = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:  # noqa: PLR2004 - bytes per KiB
            return f"{value:.1f} {unit}" if unit != "bytes" else f"{size} bytes"
        value /= 1024
    return f"{value:.1f} GiB"
