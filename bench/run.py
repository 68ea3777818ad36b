"""`make bench`: paultrap beside its peers on every workload, in one process run.

Usage: python bench/run.py [--only W2,W3] [--quick] [--repeats N] [--isa avx2] [--no-http]

Each side starts from the request's bytes and ends with every distribution in memory. The median,
the spread, the ratio to the best peer and the goals go to standard output, all figures to
bench/results/. Missed goals are said, not punished: the exit code is 0.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

import http_jobs
import neighbours
import report
from goals import Extras, Goal, judge
from measure import MOST, Side, interleave
from ours import THREADS, Paultrap, read, seconds_of_planning, seconds_of_scanning
from paultrap import _kernels
from paultrap.engine import RunOptions, simulate
from peers.aer import Aer
from peers.lightning import Lightning
from peers.processes import Processes
from peers.qsim import Qsim
from peers.qulacs import Qulacs
from peers.stim import Stim
from workloads import WORKLOADS, Workload

BUDGET_S, QUICK_BUDGET_S = 0.7, 0.2
QUICK_REPEATS = 5
EXTRA_REPEATS = 9


def our_sides(threads: Sequence[int]) -> list[Paultrap]:
    sides = [Paultrap(), Paultrap("paultrap, single", precision="single")]
    for count in threads:
        if count != THREADS:
            name = f"paultrap, {count} thread{'s' * (count > 1)}"
            sides.append(Paultrap(name, threads=count))
    if _kernels.isa() == "avx512":
        sides.append(Paultrap("paultrap, avx2", isa="avx2"))
    return sides


def peers() -> list[Side]:
    """Return the peers; the first that takes a workload is the reference of its answers."""
    return [
        Lightning(),
        Processes(Lightning, THREADS),
        Qulacs(),
        Processes(Qulacs, THREADS),
        Qsim(THREADS),
        Aer(),
        Stim(),
    ]


def measure_extras(workload: Workload) -> Extras:
    body = workload.body
    program = read(body)
    seconds_of_planning(program)  # the first call pays for fresh memory
    planning = [seconds_of_planning(program) for _ in range(EXTRA_REPEATS)]
    scanning = [seconds_of_scanning(body) for _ in range(EXTRA_REPEATS)]
    one, four = (simulate(program, options=RunOptions(threads=count)) for count in (1, THREADS))
    same = all(
        np.array_equal(getattr(one, name).view(np.uint64), getattr(four, name).view(np.uint64))
        for name in ("offsets", "states", "probabilities")
    )
    rate = len(body) / statistics.median(scanning) / 1e9
    return Extras(statistics.median(planning), rate, same)


def run_workload(
    workload: Workload, ours: list[Paultrap], others: list[Side], arguments: argparse.Namespace
) -> tuple[dict[str, Any], list[Goal]]:
    """Measure one workload, print it, and return its figures and goals."""
    print(report.heading(workload), flush=True)
    reasons = {side.name: side.refuses(workload) for side in (*others, *ours)}
    refusals = {name: reason for name, reason in reasons.items() if reason}
    sides: list[Side] = [side for side in (*others, *ours) if side.name not in refusals]
    budget = QUICK_BUDGET_S if arguments.quick else BUDGET_S
    start, before = time.monotonic(), neighbours.usage()
    found = interleave(sides, workload, budget, arguments.repeats)
    for side in others:
        side.close()
    share = neighbours.share_of_others(before)
    names = {side.name for side in ours}
    mine = {series.name: series for series in found if series.name in names}
    theirs = [series for series in found if series.name not in names]
    extras = measure_extras(workload) if workload.multicircuit else None
    report.show_series(found, refusals)
    if share >= neighbours.NOISY:
        print(f"  NOISY: other processes took {share:.0%} of this machine meanwhile")
    report.show_summary(mine["paultrap"], theirs, extras)
    goals = judge(workload, mine, theirs, extras, slow_isa=_kernels.isa() != "avx512")
    figures: dict[str, Any] = {
        "title": workload.title,
        "measured_in_s": time.monotonic() - start,
        "share_of_other_processes": share,
        "sides": {series.name: series.figures() for series in found},
        "left_out": refusals,
        "extras": dataclasses.asdict(extras) if extras else None,
    }
    return figures, goals


def chosen(arguments: argparse.Namespace) -> list[Workload]:
    wanted = arguments.only.split(",") if arguments.only else []
    return [
        workload
        for workload in WORKLOADS
        if not wanted or any(workload.key.startswith(part) for part in wanted)
    ]


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__.split("\n")[0])
    parser.add_argument("--only", help="keys or their beginnings: W2,W6-hea,HTTP")
    parser.add_argument("--repeats", type=int, help="timed runs of each side, at most")
    parser.add_argument("--quick", action="store_true", help="few repeats, nothing of 26 qubits")
    parser.add_argument("--threads", default="1,4", help="of ours, for the scaling: 1,2,4")
    parser.add_argument("--isa", choices=("portable", "avx2", "avx512"), help="ours (PAULTRAP_ISA)")
    parser.add_argument("--no-http", action="store_true", help="leave out the jobs over HTTP")
    arguments = parser.parse_args(words)
    if arguments.repeats is None:
        arguments.repeats = QUICK_REPEATS if arguments.quick else MOST
    return arguments


def main(words: Sequence[str]) -> None:
    start, arguments = time.monotonic(), parse(words)
    if arguments.isa:
        os.environ["PAULTRAP_ISA"] = arguments.isa
    ours, others = our_sides([int(count) for count in arguments.threads.split(",")]), peers()
    packages = [name for side in (*ours, *others) for name in side.distributions]
    figures: dict[str, Any] = {
        "machine": report.machine(),
        "versions": report.versions(packages),
        "arguments": vars(arguments),
        "workloads": {},
    }
    print(f"{figures['machine']}\n{figures['versions']}\n")
    goals: list[Goal] = []
    for workload in chosen(arguments):
        if arguments.quick and workload.key.endswith("26"):
            continue
        found, judged = run_workload(workload, ours, others, arguments)
        figures["workloads"][workload.key] = found
        goals += judged
    if not arguments.no_http and (not arguments.only or "HTTP" in arguments.only):
        figures["http"], judged = http_jobs.run_all(quick=arguments.quick)
        goals += judged
    report.show_goals(goals)
    print(f"{time.monotonic() - start:.0f} s in all")
    figures["goals"] = [dataclasses.asdict(goal) | {"verdict": goal.verdict} for goal in goals]
    report.save(f"bench-{_kernels.isa()}" if arguments.isa else "bench", figures)


if __name__ == "__main__":
    main(sys.argv[1:])
