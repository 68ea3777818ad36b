"""What the engine's entry points take, in the form that the kernels take it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from paultrap.circuits import Program
from paultrap.host import usable_cores

__all__ = ["Precision", "arrays_of", "is_single", "usable_threads"]

Precision = Literal["single", "double"]

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


def arrays_of(program: Program) -> dict[str, Any]:
    """Return the program's arrays by name, contiguous and of the kernels' types."""
    return {
        name: np.ascontiguousarray(getattr(program, name), dtype=dtype)
        for name, dtype in _FIELDS.items()
    }


def is_single(precision: str) -> bool:
    """Return whether amplitudes are to have single precision.

    Raises:
        ValueError: It is neither "single" nor "double".
    """
    if precision not in ("single", "double"):
        raise ValueError(f"precision must be 'single' or 'double', not {precision!r}")
    return precision == "single"


def usable_threads(threads: int | None) -> int:
    """Return how many threads work at most; None means every core that this process may use.

    Raises:
        ValueError: It is less than one.
    """
    if threads is None:
        return usable_cores()
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    return threads
