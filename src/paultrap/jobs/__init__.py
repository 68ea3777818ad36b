"""Jobs: their status, ids, prices, usage and failures, and how their circuits are run. No I/O."""

from paultrap.jobs.execution import (
    AVERAGE,
    RULES,
    Method,
    Work,
    execute,
    method_for,
    method_of,
)
from paultrap.jobs.failures import (
    EXPIRIES_PER_DEATH,
    HALVING_DEATHS,
    MAX_DEATHS,
    MAX_OUTAGES,
    CircuitFailure,
    Failure,
    Failures,
    does_not_fit,
    in_summary,
    server_died,
    worker_died,
)
from paultrap.jobs.identifiers import Identifiers, new_id
from paultrap.jobs.prices import cost_usd, machine_ms
from paultrap.jobs.sampling import Sampling
from paultrap.jobs.types import PROGRAM_TYPES, ChunkStatus, JobType, Status
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
    "EXPIRIES_PER_DEATH",
    "HALVING_DEATHS",
    "MAX_DEATHS",
    "MAX_OUTAGES",
    "MOST_GROUPS",
    "OTHER_GROUPS",
    "PROGRAM_TYPES",
    "RULES",
    "ChunkStatus",
    "CircuitFailure",
    "DayUsage",
    "Failure",
    "Failures",
    "GroupBy",
    "Identifiers",
    "JobType",
    "Method",
    "Modality",
    "PeriodUsage",
    "Sampling",
    "Status",
    "Usage",
    "Work",
    "cost_usd",
    "does_not_fit",
    "execute",
    "in_summary",
    "machine_ms",
    "method_for",
    "method_of",
    "new_id",
    "server_died",
    "total_usage",
    "usage_by_period",
    "worker_died",
]
