"""What both versions say of a job as if its machine existed: price, times, gates.

The emulation takes a time of its own, which clients that read times of a QPU do not ask about.
"""

from paultrap.compiler import Entangler
from paultrap.jobs import BACKENDS, Backend, Status
from paultrap.jobs.prices import cost_usd
from paultrap.jobs.timing import machine_ms
from paultrap.store import JobRecord

__all__ = [
    "LOCATION",
    "MAX_INT32",
    "entangler_of",
    "estimated_usd",
    "execution_ms",
    "is_free",
    "machine_of",
    "predicted_execution_ms",
    "price_usd",
]

#: Where an emulated machine stands.
LOCATION = "emulated by paultrap: no ion is moved"

# The document's durations are int32; a job that would take longer than 24 days never ends anyway.
MAX_INT32 = 2**31 - 1


def machine_of(job: JobRecord) -> Backend | None:
    """Return the machine that is emulated for ``job``, or None on the simulator."""
    backend = BACKENDS.get(job.backend)
    return None if backend is None or backend.timing is None else backend


def entangler_of(job: JobRecord) -> Entangler | None:
    """Return the machine's entangling gate that ``job`` is compiled to, or None if it is not.

    It is that of the noise the job is stored with, so it is what runs; a back end of one's own
    says itself what it takes.
    """
    sampling = job.sampling
    if sampling is None:
        return None
    if sampling.noise is None:
        own = BACKENDS.get(job.backend)
        return None if own is None else own.entangler
    if machine_of(job) is None or sampling.noise.acts_on != "native":
        return None
    return sampling.noise.entangler


def is_free(job: JobRecord) -> bool:
    """Return whether jobs have no price where ``job`` runs, as on the simulator."""
    machine = machine_of(job)
    return machine is None or machine.prices is None


def estimated_usd(job: JobRecord) -> float:
    """Return what ``job`` would cost on its machine, done or not. A child has no minimum."""
    machine = machine_of(job)
    prices = None if machine is None else machine.prices
    return cost_usd(
        job.gates_1q, job.gates_2q, job.shots or 0, prices, whole_job=job.parent_id is None
    )


def price_usd(job: JobRecord) -> float:
    """Return what ``job`` has cost: nothing until it is completed, and nothing as a dry run."""
    is_due = job.status is Status.COMPLETED and not job.dry_run
    return estimated_usd(job) if is_due else 0.0


def predicted_execution_ms(job: JobRecord) -> int | None:
    """Return how long ``job`` should take: its machine, or the simulator where it has none."""
    machine = machine_of(job)
    return job.predicted_execution_ms if machine is None else _busy_ms(job, machine)


def execution_ms(job: JobRecord) -> int | None:
    """Return how long ``job`` has taken: on a machine as predicted, once it is completed.

    Of the simulator it is the time that was measured.
    """
    machine = machine_of(job)
    if machine is None:
        return job.execution_ms
    is_done = job.status is Status.COMPLETED and not job.dry_run
    return _busy_ms(job, machine) if is_done else None


def _busy_ms(job: JobRecord, machine: Backend) -> int:
    busy = machine_ms(
        job.gates_1q, job.gates_2q, job.shots or 0, machine.timing, circuits=job.circuits
    )
    return min(busy, MAX_INT32)
