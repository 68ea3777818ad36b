"""paultrap as the other sides see it: request bytes in, distributions in memory out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program
from paultrap.engine import RunOptions, simulate, simulate_timed
from paultrap.formats import CircuitLimits, read_circuits, split
from paultrap.submissions.v03 import v03_request
from peers.base import Precision, Run
from workloads import Workload

THREADS = 4
# More gates than one job may hold by default: the quantum kernel has 166,380.
LIMITS = CircuitLimits(gates=1_000_000)


@dataclass
class OurRun(Run):
    """A run whose answers stay as the engine gives them."""

    distributions: Distributions | None = None
    widths: NDArray[np.uint16] = field(default_factory=lambda: np.zeros(0, np.uint16))


class Paultrap:
    """One way of calling the engine.

    Args:
        name: What the table calls it.
        threads: At most so many work on a simulation.
        isa: The instruction set; None for what PAULTRAP_ISA says, else the machine's best.
    """

    distributions = ("paultrap", "numpy")

    def __init__(
        self,
        name: str = "paultrap",
        *,
        precision: Precision = "double",
        threads: int = THREADS,
        isa: str | None = None,
    ) -> None:
        self.name, self.precision, self._isa = name, precision, isa
        self._options = RunOptions(precision, threads)

    def refuses(self, workload: Workload) -> str | None:
        if self._options.threads != THREADS and not workload.multicircuit:
            return "scaling over cores is measured on many circuits"
        return None

    def run(self, body: bytes) -> OurRun:
        with instruction_set(self._isa):
            start = time.perf_counter()
            program = read(body)
            parsed = time.perf_counter()
            found = simulate(program, self._options)
            done = time.perf_counter()
        seconds = {"parse": parsed - start, "simulate": done - parsed}
        return OurRun([], seconds, found, program.widths)

    def close(self) -> None:
        """Nothing is kept."""


def read(body: bytes) -> Program:
    job = split(body)
    return read_circuits(job, v03_request(job).circuits.input, LIMITS).program


def seconds_of_planning(program: Program, threads: int = THREADS) -> float:
    """Return the seconds in which the engine checks and plans a program."""
    return simulate_timed(program, options=RunOptions(threads=threads))[1].plan_s


def seconds_of_scanning(body: bytes) -> float:
    """Return the seconds from a body to a `Program`, without msgspec's share: the envelope."""
    start = time.perf_counter()
    job = split(body)
    middle = time.perf_counter()
    decoded = v03_request(job).circuits.input
    resumed = time.perf_counter()
    read_circuits(job, decoded, LIMITS)
    return time.perf_counter() - resumed + middle - start


@contextmanager
def instruction_set(name: str | None) -> Iterator[None]:
    """Let the engine, which asks once a call, see another PAULTRAP_ISA."""
    before = os.environ.get("PAULTRAP_ISA")
    if name is not None:
        os.environ["PAULTRAP_ISA"] = name
    try:
        yield
    finally:
        if name is not None and before is None:
            del os.environ["PAULTRAP_ISA"]
        elif name is not None:
            os.environ["PAULTRAP_ISA"] = before
