"""Engine: `Program` in, `Distributions` out. Knows nothing of jobs, JSON or storage."""

from paultrap.engine.memory import MemoryLimitError
from paultrap.engine.simulator import (
    ENGINE_VERSION,
    Precision,
    Timings,
    estimate_costs,
    estimate_memory,
    simulate,
    simulate_timed,
)

__all__ = [
    "ENGINE_VERSION",
    "MemoryLimitError",
    "Precision",
    "Timings",
    "estimate_costs",
    "estimate_memory",
    "simulate",
    "simulate_timed",
]
