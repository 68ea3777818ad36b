"""The engine's entry points: exact simulation of all circuits of a program, and its cost.

Nothing here touches a gate or a circuit: that is the compiled kernels' work.
"""

import time
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, Program
from paultrap.engine.options import MemoryLimitError, RunOptions
from paultrap.engine.stabilizers import StatelessPart, clifford_dimensions, clifford_part
from paultrap.engine.wide import (
    check_wide,
    estimate_wide_bytes,
    is_wide,
    listed_states,
    wide_part,
    wide_work,
)
from paultrap.engine.work import add_work, as_work, updates_of

# Bytes that any machine has: asking what is available takes longer than a small job.
_SMALL = 2**25
_BYTES_PER_ENTRY = 32  # of an answer and a copy of it
_LISTED_CIRCUIT = 200.0  # times what others take beside their gates: it is judged by itself
_DEFAULTS = RunOptions()


class Timings(NamedTuple):
    """Seconds of a simulation: its checks and its plan, then the rest."""

    plan_s: float
    run_s: float


def simulate(program: Program, options: RunOptions = _DEFAULTS) -> Distributions:
    """Return the exact distribution of each circuit, measured on all its qubits from |0...0>.

    The smallest probabilities are dropped: those of at most 1e-12, and less in circuits of 7 qubits
    and more, so that all that is dropped sums up to less than 1e-10. In single precision it is 1e-12
    whatever the width. The others are rounded to 45 significant bits (21 in single precision; so
    that a Bell pair gives exactly 0.5) and, in double precision, sum to 1 within 1e-9.
    Circuits share what they have in common: identical ones are computed once, common first gates
    too, and of circuits that differ in the angle of one rotation most are derived. The number of
    threads does not change a bit of the answer.

    A ``pauliexp`` that is to be exact (see `paultrap.circuits.Evolution`) is: terms that commute are
    applied one by one, sets of terms that do not by a Taylor series of their exponential. Clifford circuits of 20
    qubits and more need no state vector where they have at most 2**20 states. Circuits of 65 to 512
    qubits must be such; where there is one, states have several words (see `Distributions`).

    Args:
        program: N circuits.
        options: How the machine may be used.

    Raises:
        MemoryLimitError: It would not fit; raised before anything is allocated.
        LargeSupportError: A circuit of more than 64 qubits has more than 2**20 states.
        SimulationError: A ``pauliexp`` is too long, or a circuit of more than 64 qubits has a gate
            that is no Clifford gate.
        ValueError: The program's arrays contradict each other or the gate table.
    """
    return simulate_timed(program, options)[0]


def simulate_timed(
    program: Program, options: RunOptions = _DEFAULTS
) -> tuple[Distributions, Timings]:
    """Do what `simulate` does, and say where the time went."""
    start = time.perf_counter()
    stateless = _stateless_part(program, options)
    planned_s = time.perf_counter() - start
    if stateless is None:
        return _simulate(program, options)
    answer, timings = _simulate(stateless.rest(), options)
    return stateless.joined(answer), Timings(planned_s + timings.plan_s, timings.run_s)


def _stateless_part(program: Program, options: RunOptions) -> StatelessPart | None:
    """Return the answers that need no state vector, or None where each does."""
    wide = wide_part(program, options)
    clifford = clifford_part(program, options)
    return clifford if wide is None else wide.merged(clifford)


def _simulate(program: Program, options: RunOptions) -> tuple[Distributions, Timings]:
    run = partial(
        _kernels.simulate,
        program.arrays(),
        threads=options.usable_threads(),
        single=options.is_single,
        fixed_floor=options.has_fixed_floor,
    )
    is_tried = options.memory_limit is None and _looks_small(program)
    limit = _SMALL if is_tried else options.usable_memory()
    answer = run(memory_limit=float(limit))
    if isinstance(answer, int) and is_tried:
        limit = options.usable_memory()
        answer = run(memory_limit=float(limit))
    if isinstance(answer, int):
        raise MemoryLimitError(answer, limit)
    return Distributions(*answer[:3]), Timings(*answer[3:])


def estimate_memory(program: Program, options: RunOptions = _DEFAULTS) -> int:
    """Return the bytes that `simulate` needs at peak, answers included, in the worst case.

    Raises:
        ValueError: As `simulate`.
    """
    threads = options.usable_threads()
    listed = estimate_wide_bytes(program, threads)
    rest = program.select(~is_wide(program))
    if (clifford := clifford_part(rest, options)) is not None:
        listed += _BYTES_PER_ENTRY * len(clifford.answers.states)
        rest = clifford.rest()
    estimate = _kernels.estimate(rest.arrays(), threads=threads, single=options.is_single)
    return listed + estimate[0]


def estimate_costs(program: Program) -> NDArray[np.float64]:
    """Return each circuit's work in amplitude updates (float64, shape (N,)).

    Raises:
        ValueError: As `simulate`.
    """
    return updates_of(estimate_work(program))


def estimate_work(program: Program) -> NDArray[np.float64]:
    """Return each circuit's work by kind (float64, shape (N, kinds)); see `paultrap.engine.work`.

    A circuit that equals one before it costs what copying the answer costs, so that jobs are cut
    into few chunks where few circuits differ.

    Raises:
        ValueError: As `simulate`.
    """
    wide = is_wide(program)
    check_wide(program)
    program.arrays()  # What is not a valid program is refused here.
    narrow = program.select(~wide)
    work = wide_work(program)
    if wide.any():
        add_work(work, "listed state", listed_states(program))
    work[~wide] = _narrow_work(narrow)
    return work


def _narrow_work(program: Program) -> NDArray[np.float64]:
    """Return the work of circuits of at most 64 qubits."""
    work = as_work(_kernels.estimate(program.arrays(), threads=1)[1])
    dimensions = clifford_dimensions(program)
    is_listed = dimensions >= 0
    if is_listed.any():
        listed = wide_work(program.select(is_listed))
        add_work(listed, "circuit", _LISTED_CIRCUIT)
        add_work(listed, "listed state", np.ldexp(1.0, dimensions[is_listed]))
        work[is_listed] = listed
    return work


def _looks_small(program: Program) -> bool:
    """Return whether the states and answers may well fit into what any machine has."""
    widest = int(program.widths.max(initial=0))
    return widest < 20 and len(program.widths) << widest <= _SMALL // 64  # noqa: PLR2004
