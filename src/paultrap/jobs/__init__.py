"""Jobs: their status, ids, prices, usage and failures, and how their circuits are run. No I/O."""

from paultrap.jobs.execution import (
    AVERAGE,
    RULES,
    Work,
    combined,
    distributions_per_circuit,
    estimate,
    execute,
    memory_of,
)
from paultrap.jobs.failures import (
    MAX_DEATHS,
    MAX_OUTAGES,
    Failure,
    does_not_fit,
    in_circuits,
    server_died,
    worker_died,
)
from paultrap.jobs.identifiers import new_id, new_ids
from paultrap.jobs.prices import cost_usd
from paultrap.jobs.sampling import Sampling
from paultrap.jobs.status import ChunkStatus, Status
from paultrap.jobs.timing import machine_ms
from paultrap.jobs.types import PROGRAM_TYPES, JobType
from paultrap.jobs.usage import (
    MOST_GROUPS,
    OTHER_GROUPS,
    DayUsage,
    GroupBy,
    Modality,
    PeriodUsage,
    Usage,
    total_usage,
    usage_by_period,
)

__all__ = [
    "AVERAGE",
    "MAX_DEATHS",
    "MAX_OUTAGES",
    "MOST_GROUPS",
    "OTHER_GROUPS",
    "PROGRAM_TYPES",
    "RULES",
    "ChunkStatus",
    "DayUsage",
    "Failure",
    "GroupBy",
    "JobType",
    "Modality",
    "PeriodUsage",
    "Sampling",
    "Status",
    "Usage",
    "Work",
    "combined",
    "cost_usd",
    "distributions_per_circuit",
    "does_not_fit",
    "estimate",
    "execute",
    "in_circuits",
    "machine_ms",
    "memory_of",
    "new_id",
    "new_ids",
    "server_died",
    "total_usage",
    "usage_by_period",
    "worker_died",
]
