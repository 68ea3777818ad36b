"""Engine: `Program` in, `Distributions` out. Knows nothing of jobs, JSON or storage."""

from paultrap.engine.memory import MemoryLimitError
from paultrap.engine.simulator import (
    ENGINE_VERSION,
    Precision,
    estimate_costs,
    estimate_memory,
    simulate,
)

__all__ = [
    "ENGINE_VERSION",
    "MemoryLimitError",
    "Precision",
    "estimate_costs",
    "estimate_memory",
    "simulate",
]
