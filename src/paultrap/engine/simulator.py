"""The engine's entry points: exact simulation of all circuits of a program, and its cost.

Nothing here touches a gate or a circuit: that is the compiled kernels' work.
"""

from __future__ import annotations

import time
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, Program
from paultrap.engine.arguments import Precision, arrays_of, is_single, usable_threads
from paultrap.engine.memory import MemoryLimitError, default_memory_limit
from paultrap.engine.stabilizers import clifford_part
from paultrap.engine.wide import (
    check_wide,
    estimate_wide_bytes,
    is_wide,
    wide_costs,
    wide_part,
    without_wide,
)

__all__ = [
    "ENGINE_VERSION",
    "ENGINE_VERSIONS",
    "Timings",
    "estimate_costs",
    "estimate_memory",
    "simulate",
    "simulate_timed",
]

# Changes whenever the same program may give different bits.
ENGINE_VERSION = "4"
#: Those whose rules this release has, the newest first.
ENGINE_VERSIONS = (ENGINE_VERSION,)

# Bytes that any machine has: asking what is available takes longer than a small job.
_SMALL = 2**25
_BYTES_PER_ENTRY = 32  # of an answer and a copy of it


class Timings(NamedTuple):
    """Seconds of a simulation: its checks and its plan, then the rest."""

    plan_s: float
    run_s: float


def simulate(
    program: Program,
    *,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
) -> Distributions:
    """Return the exact distribution of each circuit, measured on all its qubits from |0...0>.

    Probabilities of at most 1e-12 are dropped, the others are rounded to 45 significant bits (21
    in single precision; so that a Bell pair gives exactly 0.5) and sum to 1 within 1e-9.
    Circuits share what they have in common: identical ones are computed once, common first gates
    too, and of circuits that differ in the angle of one rotation most are derived. The number of
    threads does not change a bit of the answer.

    ``pauliexp`` is exact too, not a product formula: terms that commute are applied one by one,
    sets of terms that do not by a Taylor series of their common exponential. Clifford circuits of 20
    qubits and more need no state vector where they have at most 2**20 states. Circuits of 65 to 512
    qubits must be such; where there is one, states have several words (see `Distributions`).

    Args:
        program: The circuits.
        precision: Of the amplitudes. "single" takes half the memory of a state and less time,
            and keeps about six digits; probabilities are float64 in either case.
        threads: How many threads work at most; None for every core that this process may use.
        memory_limit: Bytes that may be used; None for 80 % of what the machine has available.

    Raises:
        MemoryLimitError: It would not fit; raised before anything is allocated.
        LargeSupportError: A circuit of more than 64 qubits has more than 2**20 states.
        ValueError: The program's arrays contradict each other or the gate table, a ``pauliexp``
            is too long, or a circuit of more than 64 qubits has a gate that is no Clifford gate.
    """
    return simulate_timed(program, precision=precision, threads=threads, memory_limit=memory_limit)[
        0
    ]


def simulate_timed(
    program: Program,
    *,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
) -> tuple[Distributions, Timings]:
    """Do what `simulate` does, and say where the time went."""
    start = time.perf_counter()
    workers, single = usable_threads(threads), is_single(precision)
    wide = wide_part(program, workers, memory_limit)
    if wide is not None:
        answer, timings = simulate_timed(
            wide.rest(), precision=precision, threads=threads, memory_limit=memory_limit
        )
        return wide.joined(answer), timings
    clifford = clifford_part(program, workers)
    planned_s = time.perf_counter() - start
    if clifford is None:
        return _simulate(program, workers, single, memory_limit)
    rest = clifford.rest()
    answer, timings = _simulate(rest, workers, single, memory_limit)
    return clifford.joined(answer), Timings(planned_s + timings.plan_s, timings.run_s)


def _simulate(
    program: Program,
    workers: int,
    single: bool,  # noqa: FBT001  # as the kernels take it
    memory_limit: int | None,
) -> tuple[Distributions, Timings]:
    run = partial(_kernels.simulate, **arrays_of(program), threads=workers, single=single)
    limit = memory_limit
    if limit is None:
        limit = _SMALL if _looks_small(program) else default_memory_limit()
    answer = run(memory_limit=float(limit))
    if isinstance(answer, int) and memory_limit is None and limit == _SMALL:
        limit = default_memory_limit()
        answer = run(memory_limit=float(limit))
    if isinstance(answer, int):
        raise MemoryLimitError(answer, limit)
    return Distributions(*answer[:3]), Timings(*answer[3:])


def estimate_memory(
    program: Program, threads: int | None = None, precision: Precision = "double"
) -> int:
    """Return the bytes that `simulate` needs at peak, answers included, in the worst case.

    Raises:
        ValueError: As `simulate`.
    """
    workers, single = usable_threads(threads), is_single(precision)
    listed_wide = estimate_wide_bytes(program, workers)
    program = without_wide(program)
    clifford = clifford_part(program, workers)
    rest = program if clifford is None else clifford.rest()
    listed = 0 if clifford is None else _BYTES_PER_ENTRY * len(clifford.answers.states)
    listed += listed_wide
    return listed + _kernels.estimate(**arrays_of(rest), threads=workers, single=single)[0]


def estimate_costs(program: Program) -> NDArray[np.float64]:
    """Return each circuit's work in amplitude updates (float64, shape (N,)).

    A circuit that equals one before it costs what copying the answer costs, so that jobs are cut
    into few chunks where few circuits differ.

    Raises:
        ValueError: As `simulate`.
    """
    wide = is_wide(program)
    if not wide.any():
        return _kernels.estimate(**arrays_of(program), threads=1)[1]
    check_wide(program)
    costs = np.where(wide, wide_costs(program), 0.0)
    costs[~wide] = _kernels.estimate(**arrays_of(without_wide(program)), threads=1)[1]
    return costs


def _looks_small(program: Program) -> bool:
    """Return whether the states and answers may well fit into what any machine has."""
    widest = int(program.widths.max(initial=0))
    return widest < 20 and len(program.widths) << widest <= _SMALL // 64  # noqa: PLR2004
