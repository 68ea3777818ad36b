"""`make bench-noisy`: sampled jobs beside the simulators that sample, in one process run.

Usage: python bench/noisy/run.py [--only N11,NC] [--repeats N]

Each side starts from the request's bytes and ends with every histogram. The median, the spread,
the ratio to the best peer and the goals go to standard output, all figures to
bench/results/noisy.json. Answers are compared by the share of ones of every qubit, which must lie
within six standard errors of the others'.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from noisy.ours import ours
from noisy.peers import PEERS
from noisy.workloads import SHOTS, WORKLOADS, NoisyWorkload
from ours import THREADS
from paultrap.circuits import Distributions
from paultrap.engine import RunOptions
from peers import wire

RESULTS = Path(__file__).parent.parent / "results" / "noisy.json"
SLOW_S = 5.0
LIMIT = 6.0  # standard errors


def theirs(name: str, workload: NoisyWorkload) -> Callable[[bytes], list[Counter[int]]]:
    shots = workload.scaled or SHOTS

    def run(body: bytes) -> list[Counter[int]]:
        circuits = [entry.circuit for entry in wire.decode(body).input.circuits]
        return PEERS[name](circuits, workload.width, shots)

    return run


def share_of_ones(answer: Distributions | list[Counter[int]], width: int) -> NDArray[np.float64]:
    """Return for each circuit and qubit in which share of the shots it read 1."""
    if isinstance(answer, Distributions):
        answer = [Counter(answer.as_dict(k)) for k in range(answer.n_circuits)]
    rows = []
    for counts in answer:
        states, weights = np.array(list(counts), np.uint64), np.array(list(counts.values()), float)
        bits = states[:, None] >> np.arange(width, dtype=np.uint64) & np.uint64(1)
        rows.append(weights @ bits / weights.sum())
    return np.array(rows)


def timed(run: Callable[[bytes], Any], body: bytes, repeats: int) -> tuple[list[float], Any]:
    """Return the seconds of each run and the last answer; a slow side runs twice."""
    seconds: list[float] = []
    answer = None
    while len(seconds) < repeats:
        gc.collect()
        start = time.perf_counter()
        answer = run(body)
        seconds.append(time.perf_counter() - start)
        if seconds[0] > SLOW_S and len(seconds) == 2:
            break
    return seconds[1:] if len(seconds) > 2 else seconds, answer


def measure(workload: NoisyWorkload, repeats: int) -> dict[str, Any]:
    print(f"\n{workload.key}  {workload.title}, {SHOTS:,} shots each", flush=True)
    body = workload.make()
    sides: dict[str, Callable[[bytes], Any]] = {
        "paultrap": ours(workload, RunOptions(threads=THREADS)),
        "paultrap, 1 thread": ours(workload, RunOptions(threads=1)),
        "paultrap, single": ours(workload, RunOptions("single", THREADS)),
        **{name: theirs(name, workload) for name in workload.peers},
    }
    figures: dict[str, Any] = {}
    reference: NDArray[np.float64] | None = None
    for name, run in sides.items():
        seconds, answer = timed(run, body, repeats)
        shots = workload.scaled if name in workload.peers and workload.scaled else SHOTS
        factor = SHOTS / shots
        ones = share_of_ones(answer, workload.width)
        reference = ones if reference is None else reference
        deviation = np.abs(ones - reference).max() / math.sqrt(0.25 / shots + 0.25 / SHOTS)
        median = statistics.median(seconds) * factor
        figures[name] = {
            "median_s": median,
            "least_s": min(seconds) * factor,
            "greatest_s": max(seconds) * factor,
            "runs": len(seconds),
            "scaled_by": factor,
            "standard_errors": float(deviation),
        }
        spread = (max(seconds) - min(seconds)) * factor / median
        wrong = "" if deviation < LIMIT else "   WRONG"
        print(
            f"  {name:22} {median * 1e3:11.2f} ms  spread {spread:5.0%}  {len(seconds)} runs"
            f"  {deviation:4.1f} standard errors{wrong}",
            flush=True,
        )
    best = min(workload.peers, key=lambda name: figures[name]["median_s"])
    ratio = figures["paultrap"]["median_s"] / figures[best]["median_s"]
    verdict = ""
    if workload.goal is not None:
        verdict = (
            f", goal at most {workload.goal:.3g}: {'met' if ratio <= workload.goal else 'MISSED'}"
        )
    print(f"  ratio to the best peer, {best}: {ratio:.4f}{verdict}")
    return {"sides": figures, "best_peer": best, "ratio": ratio, "goal": workload.goal}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="keys of workloads, with commas between")
    parser.add_argument("--repeats", type=int, default=8)
    options = parser.parse_args()
    wanted = set(filter(None, options.only.split(",")))
    found = {
        workload.key: measure(workload, options.repeats)
        for workload in WORKLOADS
        if not wanted or workload.key in wanted
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1))
    print(f"\nfigures: {RESULTS}")


if __name__ == "__main__":
    main()
