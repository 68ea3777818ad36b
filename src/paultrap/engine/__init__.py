"""Engine: `Program` in, `Distributions` out. Knows nothing of jobs, JSON or storage."""

from paultrap.engine.aggregation import AGGREGATIONS, aggregated
from paultrap.engine.debiasing import (
    LEAST_SHOTS,
    N_VARIANTS,
    estimate_debiasing_memory,
    estimate_debiasing_work,
    qubit_maps,
    sample_variants,
)
from paultrap.engine.draws import Draw, shots_of_groups
from paultrap.engine.interruption import ShortWork, interrupt_runs
from paultrap.engine.noise import NoiseModel, depolarizing_of
from paultrap.engine.options import (
    ENGINE_VERSION,
    MemoryLimitError,
    RunOptions,
    default_memory_limit,
)
from paultrap.engine.reuse import (
    estimate_reuse_memory,
    estimate_reuse_work,
    is_reused,
    sample_reused,
    simulate_reused,
)
from paultrap.engine.sampling import (
    Placement,
    estimate_sampling_costs,
    estimate_sampling_memory,
    estimate_sampling_work,
    sample,
    search_work,
)
from paultrap.engine.simulator import (
    estimate_costs,
    estimate_memory,
    estimate_work,
    simulate,
    simulate_timed,
)
from paultrap.engine.stabilizers import MOST_STATES
from paultrap.engine.thread_memory import exact_thread_memory, sampled_thread_memory
from paultrap.engine.wide import LargeSupportError, check_clifford
from paultrap.engine.work import WORK_UPDATES, plugin_work, updates_of

__all__ = [
    "AGGREGATIONS",
    "ENGINE_VERSION",
    "LEAST_SHOTS",
    "MOST_STATES",
    "N_VARIANTS",
    "WORK_UPDATES",
    "Draw",
    "LargeSupportError",
    "MemoryLimitError",
    "NoiseModel",
    "Placement",
    "RunOptions",
    "ShortWork",
    "aggregated",
    "check_clifford",
    "default_memory_limit",
    "depolarizing_of",
    "estimate_costs",
    "estimate_debiasing_memory",
    "estimate_debiasing_work",
    "estimate_memory",
    "estimate_reuse_memory",
    "estimate_reuse_work",
    "estimate_sampling_costs",
    "estimate_sampling_memory",
    "estimate_sampling_work",
    "estimate_work",
    "exact_thread_memory",
    "interrupt_runs",
    "is_reused",
    "plugin_work",
    "qubit_maps",
    "sample",
    "sample_reused",
    "sample_variants",
    "sampled_thread_memory",
    "search_work",
    "shots_of_groups",
    "simulate",
    "simulate_reused",
    "simulate_timed",
    "updates_of",
]
