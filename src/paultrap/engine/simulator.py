"""The engine's entry points: exact simulation of all circuits of a program, and its cost.

Nothing here touches a gate or a circuit: that is the compiled kernels' work.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, Program
from paultrap.engine.memory import MemoryLimitError, default_memory_limit

__all__ = ["ENGINE_VERSION", "estimate_costs", "estimate_memory", "simulate"]

# Changes whenever the same program may give different bits.
ENGINE_VERSION = "1"

# Bytes that any machine has: asking what is available takes longer than a small job.
_SMALL = 2**25

_FIELDS = {
    "widths": np.uint16,
    "gate_offsets": np.int64,
    "opcodes": np.uint8,
    "control_counts": np.uint16,
    "qubit_offsets": np.int64,
    "qubits": np.uint16,
    "param_offsets": np.int64,
    "params": np.float64,
}


def simulate(
    program: Program, *, threads: int | None = None, memory_limit: int | None = None
) -> Distributions:
    """Return the exact distribution of each circuit, measured on all its qubits from |0...0>.

    Double precision throughout. Probabilities of at most 1e-12 are dropped, the others are
    rounded to 45 significant bits (so that a Bell pair gives exactly 0.5) and sum to 1 within
    1e-9. Identical circuits are computed once. The number of threads does not change a bit of
    the answer.

    ``pauliexp`` is exact too, not a product formula: terms that commute are applied one by one,
    sets of terms that do not by a Taylor series of their common exponential.

    Args:
        program: The circuits.
        threads: How many threads work at most; None for every core that this process may use.
        memory_limit: Bytes that may be used; None for 80 % of what the machine has available.

    Raises:
        MemoryLimitError: It would not fit; raised before anything is allocated.
        ValueError: The program's arrays contradict each other or the gate table.
    """
    arrays, workers = _arrays(program), _threads(threads)
    limit = memory_limit
    if limit is None:
        limit = _SMALL if _looks_small(program) else default_memory_limit()
    answer = _kernels.simulate(**arrays, threads=workers, memory_limit=float(limit))
    if isinstance(answer, int) and memory_limit is None and limit == _SMALL:
        limit = default_memory_limit()
        answer = _kernels.simulate(**arrays, threads=workers, memory_limit=float(limit))
    if isinstance(answer, int):
        raise MemoryLimitError(answer, limit)
    return Distributions(*answer)


def estimate_memory(program: Program, threads: int | None = None) -> int:
    """Return the bytes that `simulate` needs at peak, answers included, in the worst case.

    Raises:
        ValueError: As `simulate`.
    """
    return _kernels.estimate(**_arrays(program), threads=_threads(threads))[0]


def estimate_costs(program: Program) -> NDArray[np.float64]:
    """Return each circuit's work in amplitude updates (float64, shape (N,)).

    A circuit that equals one before it costs what copying the answer costs, so that jobs are cut
    into few chunks where few circuits differ.

    Raises:
        ValueError: As `simulate`.
    """
    return _kernels.estimate(**_arrays(program), threads=1)[1]


def _arrays(program: Program) -> dict[str, Any]:
    return {
        name: np.ascontiguousarray(getattr(program, name), dtype=dtype)
        for name, dtype in _FIELDS.items()
    }


def _looks_small(program: Program) -> bool:
    """Return whether the states and answers may well fit into what any machine has."""
    widest = int(program.widths.max(initial=0))
    return widest < 20 and len(program.widths) << widest <= _SMALL // 64  # noqa: PLR2004


def _threads(threads: int | None) -> int:
    if threads is None:
        usable = getattr(os, "sched_getaffinity", None)
        return len(usable(0)) if usable else os.cpu_count() or 1
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    return threads
