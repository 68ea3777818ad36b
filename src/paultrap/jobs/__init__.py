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
from paultrap.jobs.planning import (
    PlannedChunk,
    due_delays,
    plan_chunks,
    predicted_ms,
    predicted_seconds,
)
from paultrap.jobs.sampling import (
    NotEnoughQubitsError,
    Sampling,
    TooFewShotsError,
    check_qubits,
    new_seed,
    noise_json,
    variants_of,
)
from paultrap.jobs.status import ChunkStatus, Status
from paultrap.jobs.types import JobType

__all__ = [
    "AVERAGE",
    "MAX_DEATHS",
    "MAX_OUTAGES",
    "ChunkStatus",
    "Failure",
    "JobType",
    "NotEnoughQubitsError",
    "PlannedChunk",
    "Sampling",
    "Status",
    "TooFewShotsError",
    "Work",
    "check_qubits",
    "combined",
    "distributions_per_circuit",
    "does_not_fit",
    "due_delays",
    "estimate",
    "execute",
    "in_circuits",
    "memory_of",
    "new_id",
    "new_ids",
    "new_seed",
    "noise_json",
    "plan_chunks",
    "predicted_ms",
    "predicted_seconds",
    "server_died",
    "variants_of",
    "worker_died",
]
