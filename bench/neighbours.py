"""How much of the machine other processes took meanwhile: what makes figures worthless."""

from __future__ import annotations

import os
import time
from pathlib import Path

NOISY = 0.03


def usage() -> tuple[float, float, float]:
    """Return seconds: this moment, busy ones of all cores, ours and our ended children's."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _, _, interrupts, soft, steal = fields[:8]
    busy = (user + nice + system + interrupts + soft + steal) / os.sysconf("SC_CLK_TCK")
    return time.monotonic(), busy, sum(os.times()[:4])


def share_of_others(before: tuple[float, float, float]) -> float:
    """Return the share of all cores' time that went to other processes, or to other machines."""
    elapsed, busy, ours = (now - then for now, then in zip(usage(), before, strict=True))
    cores = os.cpu_count() or 1
    return max(0.0, busy - ours) / (elapsed * cores)
