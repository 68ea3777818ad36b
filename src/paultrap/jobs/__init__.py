"""Jobs: their life, their ids, how they are cut into chunks, and what they run on. No I/O."""

from paultrap.jobs.execution import (
    AVERAGE,
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
from paultrap.jobs.sampling import Sampling
from paultrap.jobs.status import ChunkStatus, Status
from paultrap.jobs.types import JobType

__all__ = [
    "AVERAGE",
    "MAX_DEATHS",
    "MAX_OUTAGES",
    "ChunkStatus",
    "Failure",
    "JobType",
    "Sampling",
    "Status",
    "Work",
    "combined",
    "distributions_per_circuit",
    "does_not_fit",
    "estimate",
    "execute",
    "in_circuits",
    "memory_of",
    "new_id",
    "new_ids",
    "server_died",
    "worker_died",
]
