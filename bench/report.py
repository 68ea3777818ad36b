"""What a run prints, and the file that keeps its figures."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from goals import Extras, Goal, best_peer
from measure import Series
from paultrap import _kernels
from peers import wire
from workloads import Workload

RESULTS = Path(__file__).with_name("results")


def machine() -> dict[str, Any]:
    """Return what figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "isa": _kernels.isa(),
    }


def versions(packages: Sequence[str]) -> dict[str, str]:
    return {name: version(name) for name in dict.fromkeys(packages)}


def heading(workload: Workload) -> str:
    job = wire.decode(workload.body)
    gates = sum(len(circuit.circuit) for circuit in job.input.circuits)
    return (
        f"{workload.key}  {workload.title}: {len(job.input.circuits):,} circuits, "
        f"{gates:,} gates, {len(workload.body) / 1e6:.2f} MB"
    )


def show_series(series: Sequence[Series], refusals: dict[str, str]) -> None:
    print(f"  {'ms':26}{'median':>11}{'spread':>8}{'parse':>10}{'simulate':>11}{'runs':>6}  error")
    for one in series:
        print(
            f"  {one.name:26}{1e3 * one.median:11.3f}{one.spread:8.1%}"
            f"{1e3 * one.part('parse'):10.3f}{1e3 * one.part('simulate'):11.3f}"
            f"{len(one.totals):6}  {one.error:.0e}{'' if one.is_right else '  WRONG'}"
        )
    for name, reason in refusals.items():
        print(f"  {name:26}left out: {reason}")


def show_summary(ours: Series, peers: Sequence[Series], extras: Extras | None) -> None:
    best = best_peer(peer for peer in peers if peer.precision == "double")
    if best:
        ratio = ours.median / best.median
        print(f"  ratio to the best double-precision peer, {best.name}: {ratio:.3f}")
        fastest = best_peer(peers)
        if fastest and fastest is not best:
            ratio = ours.median / fastest.median
            print(f"  {fastest.name}, in single precision, is faster; ratio to it: {ratio:.3f}")
    if extras:
        print(
            f"  of ours, planning {1e3 * extras.planning_s:.3f} ms "
            f"({extras.planning_s / ours.median:.0%}); scanning {extras.scanning_gb_s:.2f} GB/s; "
            f"1 and 4 threads agree {'to the last bit' if extras.same_bits else 'NOT'}"
        )
    print(flush=True)


def show_goals(goals: Sequence[Goal]) -> None:
    print(f"{'':17}{'goal':36}{'limit':>15}{'found':>9}")
    for goal in goals:
        limit = f"{'at least' if goal.at_least else 'at most'} {goal.limit:.3g}"
        found = "-" if goal.found is None else f"{goal.found:.3g}"
        print(f"{goal.title:17}{goal.what:36}{limit:>15}{found:>9}  {goal.verdict:13}{goal.note}")
    missed = sum(goal.is_met is False for goal in goals)
    open_ = sum(goal.is_met is None for goal in goals)
    print(f"{len(goals)} goals: {missed} MISSED, {open_} not measured")


def save(name: str, figures: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"figures: {path}")
