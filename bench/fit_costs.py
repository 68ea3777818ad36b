"""How well the time of jobs is predicted: over all gates, controls, widths and ways of running them.

Usage: python bench/fit_costs.py [--quick] [--seed N] [--gates x,h,zz] [--to FILE] [--again FILE]

The jobs are those of bench/cost_grid.py, in random order, as many as there is time for: of those
that are predicted to be long only some are run, so that there are many of the short ones. What is
measured is the processor time of a run on one thread, planning and compiling included, the least of
some repetitions, beside what the job is predicted to take: other work on the machine matters little.

The goal is that 95 % are within a factor of 3 and the worst is within 10. By gate, "held out" says
the same of weights that are fitted to all jobs of all *other* gates. The weights that count stand in
src/kernels/statevector/cost.hpp; what the fit to all gates makes of them is printed at the end.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cost_grid import Case, cases, gates
from paultrap.admission import predicted_seconds
from paultrap.engine import WORK_UPDATES, RunOptions
from paultrap.jobs import Work, execute, method_of

OPTIONS = RunOptions(threads=1)
LONG_S = 0.03  # a job of this is run for sure, one of twice this with one chance in two
LEAST_S, MOST_REPETITIONS = 0.01, 8
PATIENCE, LEAST_PATIENCE_S = 12, 8.0  # times what is predicted, until a run is given up
WITHIN, WORST = 3.0, 10.0
WEIGHTS = np.array(list(WORK_UPDATES.values()))
FIRMNESS = 1.0  # how strongly fitted weights are held to those that are there


class Point(NamedTuple):
    """A job that was run.

    Attributes:
        work: Its amounts of work, shape (kinds,).
        predicted_s: What it was predicted to take.
        measured_s: What it took, or how long it was waited for.
        ended: Whether it ended.
    """

    case: Case
    work: NDArray[np.float64]
    predicted_s: float
    measured_s: float
    ended: bool = True

    @property
    def ratio(self) -> float:
        """Measured by predicted time."""
        return self.measured_s / self.predicted_s


def work_of(case: Case) -> NDArray[np.float64]:
    """Return the work of the whole job by kind, the start of its run included."""
    work = method_of(case.sampling).work(case.program()).sum(axis=0)
    start = "exact run" if case.sampling is None else "sampled run"
    work[list(WORK_UPDATES).index(start)] += 1
    return work


def seconds_of(work: NDArray[np.float64]) -> float:
    """Return what a job is predicted to take, in seconds."""
    return float(predicted_seconds(work @ WEIGHTS))


def measured(case: Case) -> float:
    """Run a job some times, and return the least processor time of all its threads in seconds."""
    work, found = Work(case.program(), case.sampling), list[float]()
    while len(found) < 2 or (sum(found) < LEAST_S and len(found) < MOST_REPETITIONS):
        start = time.process_time()
        execute(work, OPTIONS)
        found.append(time.process_time() - start)
        if found[-1] > 1:
            break
    return min(found)


def serve(connection: Connection) -> None:
    """Say of each case what it is predicted to take, and where asked what it took."""
    while True:
        case = connection.recv()
        try:
            connection.send(work_of(case))
            if connection.recv():
                connection.send(measured(case))
        except (ValueError, MemoryError) as error:  # such as circuits that are too long, compiled
            connection.send(str(error))


class Runner:
    """Runs cases in another process, which is ended where it takes too long."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._connection, other = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=serve, args=(other,), daemon=True)
        self._process.start()

    def _end(self) -> None:
        self._process.kill()
        self._process.join()

    def _used_s(self) -> float:
        """Return the processor time that the process has taken, in seconds."""
        fields = (
            Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def run(self, case: Case, chance: float) -> Point | None:
        """Return what was measured, or None where nothing was: ``chance`` decides of long ones."""
        self._connection.send(case)
        work = self._answer(LEAST_PATIENCE_S)
        if not isinstance(work, np.ndarray):
            return None
        predicted_s = seconds_of(work)
        is_run = chance < LONG_S / max(predicted_s, 1e-9)
        self._connection.send(is_run)
        if not is_run:
            return None
        patience_s = max(PATIENCE * predicted_s, LEAST_PATIENCE_S)
        found = self._answer(patience_s)
        if isinstance(found, str):
            return None
        if found is None:
            return Point(case, work, predicted_s, patience_s, ended=False)
        return Point(case, work, predicted_s, found)

    def _answer(self, patience_s: float) -> NDArray[np.float64] | float | str | None:
        start = self._used_s()
        while not self._connection.poll(0.2) and self._used_s() - start < patience_s:
            pass
        if self._connection.poll():
            found: NDArray[np.float64] | float | str = self._connection.recv()
            return found
        self._end()
        self._start()
        return None


def points(names: list[str], seconds: float, seed: int) -> Iterator[Point]:
    """Run cases in random order for so long."""
    chance = random.Random(seed)
    chosen = list(cases(names, seed))
    chance.shuffle(chosen)
    runner, start = Runner(), time.monotonic()
    for case in chosen:
        if time.monotonic() - start > seconds:
            break
        point = runner.run(case, chance.random())
        if point is not None:
            yield point


def fitted(rows: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights for which the logarithms of predicted times are closest to those measured.

    Args:
        rows: Shape (N, kinds): the work of jobs, times the present weights, in seconds.
        times: Shape (N,): measured, in seconds.

    Returns:
        Shape (kinds,): factors of the present weights. They are found by Gauss and Newton's method
        over their logarithms, which are held to 0 with `FIRMNESS`, so that kinds of which there is
        little stay as they are; jobs that are far off count less than by their square.
    """
    logs = np.zeros(rows.shape[1])
    for _ in range(25):
        parts = rows * np.exp(logs)
        sums = parts.sum(axis=1)
        slopes, off = parts / sums[:, None], np.log(times / sums)
        trust = 1 / np.maximum(np.abs(off), 0.7)
        left = (slopes * trust[:, None]).T @ slopes + FIRMNESS * np.eye(len(logs))
        logs += np.linalg.solve(left, slopes.T @ (trust * off) - FIRMNESS * logs)
    return np.exp(logs)


def report(name: str, ratios: list[float]) -> bool:
    """Print how predictions compare with what was measured; return whether the goal is met."""
    logs = np.abs(np.log(ratios))
    within = float(np.mean(logs <= np.log(WITHIN)))
    worst, median = float(np.exp(logs.max())), float(np.exp(np.median(np.log(ratios))))
    print(f"{name:34s} {len(ratios):5d} {within:8.1%} {worst:8.1f} {median:10.2f}")
    return within >= 0.95 and worst <= WORST


def groups_of(case: Case) -> Iterator[str]:
    """Yield the groups that a case belongs to."""
    yield f"gate {case.gate}"
    yield f"way {case.way}, Clifford" if case.kind == "clifford" else f"way {case.way}"
    yield f"width {case.width:3d}"
    yield f"controls {case.controls:2d}"
    yield f"depth {case.depth:3d}"
    yield f"circuits {case.circuits:3d}"
    if case.way != "ideal":
        yield f"shots {case.shots:5d}"


def report_all(found: list[Point]) -> bool:
    """Print all; return whether the goal is met, with the weights that stand and held out."""
    groups = defaultdict[str, list[float]](list)
    for point in found:
        for group in groups_of(point.case):
            groups[group].append(point.ratio)
    head = f"{'':34s} {'':5s} {'in 3x':>8s} {'worst':>8s}  measured / predicted, median"
    print(head)
    for name, ratios in sorted(groups.items()):
        report(name, ratios)
    print("the farthest off:")
    for point in sorted(found, key=lambda each: -abs(np.log(each.ratio)))[:15]:
        said = "" if point.ended else ", given up"
        print(
            f"  {point.ratio:8.3f} = {point.measured_s:.2e} / {point.predicted_s:.2e}{said}, {point.case}"
        )
    rows = np.array([point.work for point in found]) * predicted_seconds(WEIGHTS)
    times = np.array([point.measured_s for point in found])
    print(f"held out, by gate\n{head}")
    held_out = list[float]()
    names = np.array([point.case.gate for point in found])
    for gate in sorted(set(names)):
        own = names == gate
        weights = fitted(rows[~own], times[~own])
        ratios = (times[own] / (rows[own] @ weights)).tolist()
        report(f"  {gate}", ratios)
        held_out += ratios
    print("weights, and what a fit to all would make of them:")
    for (kind, weight), factor in zip(WORK_UPDATES.items(), fitted(rows, times), strict=True):
        print(f"  {kind:20s} {weight:12,.1f} {weight * factor:14,.1f}")
    print(head)
    is_met = report("all", [point.ratio for point in found])
    return report("all, held out by gate", held_out) and is_met


def written(path: Path, found: Iterator[Point]) -> Iterator[Point]:
    """Write points to a file while they come."""
    with path.open("w", encoding="utf-8") as file:
        for point in found:
            case, ended = dataclasses.asdict(point.case), point.ended
            print(json.dumps([case, point.measured_s, ended]), file=file, flush=True)
            yield point


def again(path: Path) -> Iterator[Point]:
    """Yield the points of a file with the work and the times that are predicted now."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields, measured_s, ended = json.loads(line)
        case = Case(**fields)
        work = work_of(case)
        yield Point(case, work, seconds_of(work), measured_s, ended)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gates", help="names of opcodes, with commas; all without a value")
    parser.add_argument("--quick", action="store_true", help="5 minutes instead of 25")
    parser.add_argument(
        "--seed", type=int, default=0, help="of what is drawn of each job, and the order"
    )
    parser.add_argument("--to", type=Path, help="write what is measured to this file")
    parser.add_argument(
        "--again", type=Path, help="measure nothing: judge what stands in this file"
    )
    options = parser.parse_args()
    wanted = options.gates.upper().split(",") if options.gates else None
    names = [each for each in gates() if wanted is None or each.split(maxsplit=1)[0] in wanted]
    found = (
        again(options.again)
        if options.again
        else points(names, 300 if options.quick else 1500, options.seed)
    )
    return 0 if report_all(list(written(options.to, found) if options.to else found)) else 1


if __name__ == "__main__":
    sys.exit(main())
