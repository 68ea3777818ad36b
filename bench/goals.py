"""The goals of the acceptance table, and whether figures meet them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from measure import Series
from workloads import Workload

SCALING = 3.2  # from 1 to 4 threads
PLANNING = 0.2  # of the total
SCANNING_GB_S = 2.0  # on four threads
SCANNED_BYTES = 5_000_000  # bodies below this are not large enough to tell
AVX2_SLOWDOWN = 2.0


@dataclass(frozen=True)
class Goal:
    """A figure and its limit.

    Attributes:
        found: None where this build or this run could not measure it; ``note`` says why.
    """

    title: str
    what: str
    limit: float
    found: float | None
    at_least: bool = False
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        if self.found is None:
            return None
        return self.found >= self.limit if self.at_least else self.found <= self.limit

    @property
    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: "not measured"}[self.is_met]


@dataclass
class Extras:
    """What is measured of paultrap alone, on multicircuit workloads."""

    planning_s: float
    scanning_gb_s: float
    same_bits: bool


def best_peer(peers: Iterable[Series]) -> Series | None:
    """Return the peer of the lowest median; a wrong answer does not count."""
    right = [series for series in peers if series.is_right]
    return min(right, key=lambda series: series.median) if right else None


def judge(
    workload: Workload,
    ours: dict[str, Series],
    peers: Sequence[Series],
    extras: Extras | None,
    *,
    slow_isa: bool,
) -> list[Goal]:
    """Return a workload's goals.

    Args:
        workload: The job.
        ours: Our series by name: paultrap, and what there is of "paultrap, single", "paultrap,
            1 thread" and "paultrap, avx2".
        peers: Theirs.
        extras: What was measured besides, of a multicircuit workload.
        slow_isa: Whether AVX-512 is switched off in this run, which allows more.
    """
    double = best_peer(peer for peer in peers if peer.precision == "double")
    qsim = best_peer(peer for peer in peers if peer.name == "qsim")
    slower = AVX2_SLOWDOWN if workload.multicircuit else 1.0
    goals = []
    if workload.goal:
        limit = workload.goal * (slower if slow_isa else 1.0)
        goals.append(_ratio(f"{workload.key} double", limit, ours.get("paultrap"), double))
    if workload.goal_single:
        single = ours.get("paultrap, single")
        goals.append(_ratio(f"{workload.key} single", workload.goal_single, single, qsim))
    if workload.goal and "paultrap, avx2" in ours:
        limit = workload.goal * slower
        goals.append(_ratio(f"{workload.key} avx2", limit, ours["paultrap, avx2"], double))
    if workload.multicircuit and workload.goal:
        goals += _multicircuit(workload, ours, extras)
    wrong = [series.name for series in ours.values() if not series.is_right]
    if wrong:
        error = max(series.error for series in ours.values())
        goals.append(Goal(workload.key, f"answers of {', '.join(wrong)}", 0.0, error))
    return goals


def _ratio(title: str, limit: float, ours: Series | None, peer: Series | None) -> Goal:
    what = "ours over the best peer's"
    if ours is None or peer is None:
        note = "not in this build" if ours is None else "no peer ran"
        return Goal(title, what, limit, None, note=note)
    return Goal(title, what, limit, ours.median / peer.median, note=f"beside {peer.name}")


def _multicircuit(
    workload: Workload, ours: dict[str, Series], extras: Extras | None
) -> Iterable[Goal]:
    key, four, one = workload.key, ours["paultrap"], ours.get("paultrap, 1 thread")
    avx2 = ours.get("paultrap, avx2")
    if avx2:
        yield Goal(
            f"{key} avx2", "over ours with AVX-512", AVX2_SLOWDOWN, avx2.median / four.median
        )
    if one:
        scaling = one.part("simulate") / four.part("simulate")
        yield Goal(key, "simulation, 1 thread over 4", SCALING, scaling, at_least=True)
    if extras is None:
        return
    yield Goal(key, "planning, share of the total", PLANNING, extras.planning_s / four.median)
    if len(workload.body) >= SCANNED_BYTES:
        rate = extras.scanning_gb_s
        yield Goal(key, "scanning, GB/s of body", SCANNING_GB_S, rate, at_least=True)
    yield Goal(key, "1 and 4 threads: the same bits", 1, extras.same_bits, at_least=True)
