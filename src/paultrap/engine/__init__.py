"""Engine: `Program` in, `Distributions` out. Knows nothing of jobs, JSON or storage."""

from paultrap.engine.arguments import Precision
from paultrap.engine.memory import MemoryLimitError
from paultrap.engine.sampling import estimate_sampling_costs, estimate_sampling_memory, sample
from paultrap.engine.simulator import (
    ENGINE_VERSION,
    ENGINE_VERSIONS,
    Timings,
    estimate_costs,
    estimate_memory,
    simulate,
    simulate_timed,
)
from paultrap.engine.wide import LargeSupportError

__all__ = [
    "ENGINE_VERSION",
    "ENGINE_VERSIONS",
    "LargeSupportError",
    "MemoryLimitError",
    "Precision",
    "Timings",
    "estimate_costs",
    "estimate_memory",
    "estimate_sampling_costs",
    "estimate_sampling_memory",
    "sample",
    "simulate",
    "simulate_timed",
]
