"""What this process may use of the machine or container that it runs in: cores and memory.

It is the one module that asks. It knows nothing else of paultrap.
"""

import math
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_CGROUPS = Path("/sys/fs/cgroup")
_UNLIMITED = 2**62  # Version 1 writes a number near this for no limit.


def usable_cores() -> int:
    """Return how many cores this process may use, by its CPU affinity and its container's quota.

    A quota of part of a core counts as a core.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # macOS has none
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(cores, math.ceil(_quota(_PROC, _CGROUPS))))


def total_memory() -> int:
    """Return the bytes of the machine, or of the container where they are less."""
    return min(_physical_memory(), _memory_limit(_PROC, _CGROUPS))


def available_memory() -> int:
    """Return the bytes that this process can still take, a container's limit included."""
    return min(_machine_memory(), *map(_left, _memory_files(_PROC, _CGROUPS)), _UNLIMITED)


def _physical_memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _machine_memory() -> int:
    text = _read(_PROC / "meminfo")
    for line in text.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return _physical_memory()


@cache
def _quota(proc: Path, root: Path) -> float:
    """Return the cores that the quotas of this process' control groups come to."""
    found = math.inf
    for folder, is_second in _groups(proc, root, "cpu"):
        if is_second:
            quota, _, period = _read(folder / "cpu.max").partition(" ")
        else:
            quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        if quota.isdecimal() and period.isdecimal():  # neither "max" nor -1
            found = min(found, int(quota) / max(1, int(period)))
    return min(found, _UNLIMITED)


@cache
def _memory_limit(proc: Path, root: Path) -> int:
    limits = (_number(limit) for limit, *_ in _memory_files(proc, root))
    return min((each for each in limits if each is not None), default=_UNLIMITED)


@cache  # Every run asks what is left.
def _memory_files(proc: Path, root: Path) -> list[tuple[Path, Path, str]]:
    """Return of each control group with a limit its file, that of its usage and its word for caches."""
    first = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
    second = "memory.max", "memory.current", "inactive_file"
    named = (
        (folder, second if is_second else first)
        for folder, is_second in _groups(proc, root, "memory")
    )
    return [
        (folder / limit, folder / usage, word)
        for folder, (limit, usage, word) in named
        if (_number(folder / limit) or _UNLIMITED) < _UNLIMITED
    ]


def _left(files: tuple[Path, Path, str]) -> int:
    """Return the bytes that a control group can still take."""
    limit, usage, word = files
    most, used = _number(limit), _number(usage)
    if most is None or used is None:
        return _UNLIMITED
    statistics = _read(usage.parent / "memory.stat").split()
    # Cached files count as used, though the kernel gives them up when asked.
    cached = int(statistics[statistics.index(word) + 1]) if word in statistics else 0
    return max(most - used + cached, 0)


def _groups(proc: Path, root: Path, controller: str) -> Iterator[tuple[Path, bool]]:
    """Yield the folders of this process' control groups for ``controller``, and those above them.

    With each goes whether it is of version 2. A limit of any of them holds. Within a container the path
    can be the host's: then only the uppermost folder is there, and it is the container's own.
    """
    paths = {"": "/", controller: "/"}
    for line in _read(proc / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    for top, path, is_second in (
        (root, paths[""], True),
        (root / controller, paths[controller], False),
    ):
        folder = top / path.strip("/")
        yield from (
            (each, is_second) for each in (folder, *folder.parents) if each.is_relative_to(top)
        )


def _number(file: Path) -> int | None:
    text = _read(file)
    return int(text) if text.isdecimal() else None


def _read(file: Path) -> str:
    """Return a file's text without the line's end; nothing where it cannot be read."""
    try:
        return file.read_text().strip()
    except OSError:
        return ""
