"""Timing of several sides on one body, turn by turn, and the comparison of their answers.

The sides take turns, so that a noisy minute of the machine hits all of them, in an order that
changes from turn to turn. A side that is not slow warms up at each turn: what ran before it, and
above all what memory that gave back, doubled the time of a first run at 22 qubits. The garbage
collector is off in every timed run, ours and theirs.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ours import OurRun
from peers.base import Precision, Run
from workloads import Workload

LEAST, MOST = 5, 25  # timed runs of a side that is neither slow nor far behind
SLOW_S, SLOW_BUDGET_S = 1.0, 8.0  # such runs are as many as fit, and the first counts
FAR_BEHIND, FAR_S = 5, 0.1  # times the fastest peer: such a side gets two runs
PATIENCE = 3  # times the budget: then a side that became slow stops
STRETCH_S = 0.02  # a shorter run is repeated at a stretch for so long, at most so often
LONGEST_STRETCH = 200
PAUSE_S = 0.01  # lets the threads of the side before stop spinning
TOLERANCES = {"double": 1e-9, "single": 1e-5}
# Of the largest probability: where all are tiny, the absolute tolerance would pass anything. In
# double it leaves room for the probabilities of at most 1e-12 that paultrap drops before it scales
# the others to 1: up to 7e-5 of all at 26 qubits, where peers agree to the last bits.
RELATIVE_TOLERANCES = {"double": 1e-4, "single": 1e-3}


class Side(Protocol):
    """A peer, or a way of calling paultrap."""

    name: str
    precision: Precision

    def refuses(self, workload: Workload) -> str | None: ...

    def run(self, body: bytes) -> Run: ...

    def close(self) -> None: ...


@dataclass
class Series:
    """The runs of one side on one workload.

    Attributes:
        totals: Seconds of each timed run, request bytes to distributions.
        parts: Seconds of the parts of each timed run.
        error: The largest difference of a probability from the reference's.
        is_right: Whether that is within the tolerances.
    """

    name: str
    precision: Precision
    totals: list[float] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)
    error: float = 0.0
    is_right: bool = True

    @property
    def median(self) -> float:
        return statistics.median(self.totals)

    @property
    def spread(self) -> float:
        """The quartiles' distance over the median; of few runs, that of the extremes."""
        low, high = np.percentile(self.totals, (25, 75) if len(self.totals) >= LEAST else (0, 100))
        return float(high - low) / self.median

    def part(self, name: str) -> float:
        return statistics.median(part[name] for part in self.parts)

    def figures(self) -> dict[str, Any]:
        """Return what the results file keeps."""
        return {
            "precision": self.precision,
            "median_s": self.median,
            "least_s": min(self.totals),
            "greatest_s": max(self.totals),
            "spread": self.spread,
            "runs": len(self.totals),
            "parts_s": {name: self.part(name) for name in self.parts[0]},
            "largest_error": self.error,
            "is_right": self.is_right,
        }


def flat_answers(run: Run) -> NDArray[np.float64]:
    """Return all circuits' dense probabilities, one after the other."""
    if not isinstance(run, OurRun):
        # A copy: a peer may use its memory again.
        return np.concatenate(run.answers).astype(np.float64, copy=len(run.answers) == 1)
    found = run.distributions
    starts = np.concatenate([[0], np.cumsum(2 ** run.widths.astype(np.int64))])
    dense = np.zeros(starts[-1])
    for index, start in enumerate(starts[:-1].tolist()):
        first, last = found.offsets[index : index + 2].tolist()
        dense[found.states[first:last].astype(np.int64) + start] = found.probabilities[first:last]
    return dense


def compare(series: Series, answers: NDArray, reference: NDArray) -> None:
    """Note how far a side's answers are from the reference's."""
    if answers.shape != reference.shape:
        series.error, series.is_right = float("inf"), False
        return
    series.error = float(np.max(np.abs(answers - reference)))
    relative = series.error / float(reference.max())
    series.is_right = (
        series.error <= TOLERANCES[series.precision]
        and relative <= RELATIVE_TOLERANCES[series.precision]
    )


def interleave(
    sides: Sequence[Side], workload: Workload, budget_s: float, most: int = MOST
) -> list[Series]:
    """Return every side's runs.

    The first run of a side warms it up and is compared with the first side's answers, which are
    the reference; it counts as timed only where it is slow.

    Args:
        sides: Those that do not refuse the workload; the first is the reference.
        workload: The job.
        budget_s: About so long each side may run.
        most: Timed runs of a side at most.
    """
    body = workload.body
    found, firsts = [], []
    reference: NDArray | None = None
    for side in sides:
        series = Series(side.name, side.precision)
        run = _timed(side, body, series, 1)
        answers = flat_answers(run)
        firsts.append(run.total)
        del run
        if reference is None:
            reference = answers
        compare(series, answers, reference)
        del answers
        found.append(series)
    fastest = min(firsts)
    wanted = [_runs(first, fastest, budget_s, most) for first in firsts]
    for series, first in zip(found, firsts, strict=True):
        if first < SLOW_S:
            series.totals.clear()
            series.parts.clear()
    for turn in range(max(wanted)):
        for k in random.Random(turn).sample(range(len(sides)), len(sides)):
            is_late = turn >= LEAST and sum(found[k].totals) > PATIENCE * budget_s
            if turn >= wanted[k] or is_late:
                continue
            if STRETCH_S <= firsts[k] < SLOW_S:
                sides[k].run(body)
            times = max(1, min(LONGEST_STRETCH, int(STRETCH_S / firsts[k])))
            _timed(sides[k], body, found[k], times)
    return found


def _runs(first: float, fastest: float, budget_s: float, most: int) -> int:
    """Return how many timed runs come after the first."""
    if first >= SLOW_S:
        runs = min(LEAST - 1, int(SLOW_BUDGET_S / first))
    else:
        runs = max(LEAST, int(budget_s / first))
    if first > max(FAR_S, FAR_BEHIND * fastest):
        runs = min(runs, 2 - (first >= SLOW_S))
    return min(runs, most if first < SLOW_S else most // LEAST)


def _timed(side: Side, body: bytes, series: Series, times: int) -> Run:
    """Run a side some times at a stretch and note the median run.

    What takes a millisecond pays more for cold caches and sleeping threads than for its work, and
    the sides before decide how cold they are.
    """
    seconds = []
    gc.collect()
    gc.disable()
    time.sleep(PAUSE_S)
    try:
        for _ in range(times):
            run = None  # its memory may serve the next
            run = side.run(body)
            seconds.append((run.total, run.seconds))
    finally:
        gc.enable()
    middle = sorted(seconds, key=lambda pair: pair[0])[len(seconds) // 2]
    series.totals.append(middle[0])
    series.parts.append(middle[1])
    return run
