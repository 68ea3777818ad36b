"""Jobs: their life, their ids, how they are cut into chunks, and what they run on. No I/O."""

from paultrap.jobs.backends import ALIASES, BACKENDS, Backend
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
from paultrap.jobs.planning import (
    PlannedChunk,
    due_delays,
    plan_chunks,
    predicted_ms,
    predicted_seconds,
)
from paultrap.jobs.sampling import (
    IDEAL,
    SIMULATOR,
    NotEnoughQubitsError,
    Sampling,
    UnknownModelError,
    check_qubits,
    execute,
    model_of,
    new_seed,
    noise_json,
)
from paultrap.jobs.status import ChunkStatus, Status

__all__ = [
    "ALIASES",
    "BACKENDS",
    "IDEAL",
    "MAX_DEATHS",
    "MAX_OUTAGES",
    "SIMULATOR",
    "Backend",
    "ChunkStatus",
    "Failure",
    "FailureCode",
    "NotEnoughQubitsError",
    "PlannedChunk",
    "Sampling",
    "Status",
    "UnknownModelError",
    "check_qubits",
    "does_not_fit",
    "due_delays",
    "execute",
    "in_circuits",
    "model_of",
    "new_id",
    "new_ids",
    "new_seed",
    "noise_json",
    "plan_chunks",
    "predicted_ms",
    "predicted_seconds",
    "server_died",
    "worker_died",
]
