"""Jobs: their life, their ids, how they are cut into chunks, and what they run on. No I/O."""

from paultrap.jobs.backends import BACKENDS, Backend
from paultrap.jobs.failures import (
    MAX_DEATHS,
    MAX_OUTAGES,
    Failure,
    FailureCode,
    does_not_fit,
    in_circuits,
    server_died,
    worker_died,
)
from paultrap.jobs.identifiers import new_id, new_ids
from paultrap.jobs.planning import PlannedChunk, due_delays, plan_chunks, predicted_ms
from paultrap.jobs.status import ChunkStatus, Status

__all__ = [
    "BACKENDS",
    "MAX_DEATHS",
    "MAX_OUTAGES",
    "Backend",
    "ChunkStatus",
    "Failure",
    "FailureCode",
    "PlannedChunk",
    "Status",
    "does_not_fit",
    "due_delays",
    "in_circuits",
    "new_id",
    "new_ids",
    "plan_chunks",
    "predicted_ms",
    "server_died",
    "worker_died",
]
