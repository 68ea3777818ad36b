"""Fit the engine's cost model to this machine: what its constants should be.

Usage: python bench/fit_costs.py

A circuit of n qubits and g gates is taken to cost g (overhead + 2^n) + answer 2^n amplitude
updates. One thread runs circuits that share nothing, of many sizes; the three factors (the third
is the time of an update) follow by least squares of the relative error. The constants stand in
src/kernels/statevector/cost.hpp.
"""

from __future__ import annotations

import random
import time

import numpy as np
from scipy.optimize import nnls

from ours import read
from paultrap.engine import RunOptions, simulate_timed
from workloads import random_job

REPEATS = 7
WIDTHS, GATES = (3, 4, 5, 6, 7, 8, 9, 10, 11, 12), (20, 60, 180)


def seconds(width: int, n_gates: int, count: int) -> float:
    """Return the seconds of one circuit on one thread, planning left out."""
    program = read(random_job(random.randrange(10**6), count, width, n_gates))
    return (
        min(simulate_timed(program, options=RunOptions(threads=1))[1].run_s for _ in range(REPEATS))
        / count
    )


def main() -> None:
    rows, times = [], []
    for width in WIDTHS:
        for n_gates in GATES:
            amplitudes, count = 2**width, max(20, 400_000 // (n_gates * (40 + 2**width)))
            times.append(seconds(width, n_gates, count))
            rows.append((n_gates * amplitudes, n_gates, amplitudes))
            time.sleep(0.01)
    weights = 1 / np.array(times)
    system = np.array(rows) * weights[:, None]
    (update, overhead, answer), _ = nnls(system, np.ones(len(rows)))
    errors = system @ np.array((update, overhead, answer)) - 1
    print(f"an amplitude update: {update * 1e9:.3f} ns")
    print(f"a gate beside its updates: {overhead * 1e9:.1f} ns, {overhead / update:.0f} updates")
    print(f"an amplitude's answer: {answer * 1e9:.2f} ns, {answer / update:.1f} updates")
    print(
        f"relative error: {np.abs(errors).mean():.0%} on average, {np.abs(errors).max():.0%} at most"
    )


if __name__ == "__main__":
    main()
