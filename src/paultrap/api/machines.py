"""What both versions say of a job as if its machine existed: price, times, gates.

Each function takes the job and where it runs, or None where that is not known any more.

The emulation takes a time of its own, which clients that read times of a QPU do not ask about.
"""

from paultrap.compiler import Entangler
from paultrap.jobs import Status, cost_usd, machine_ms
from paultrap.machines import SIMULATOR, Backend
from paultrap.store import JobRecord

_NEWER: Entangler = "zz"

#: Where an emulated machine is located.
LOCATION = "emulated by paultrap: no ion is moved"

# The document's durations and limits of sessions are int32; a job that would take longer than 24
# days never ends anyway.
MAX_INT32 = 2**31 - 1


def entangler_of(job: JobRecord, backend: Backend | None) -> Entangler | None:
    """Return the machine's entangling gate that ``job`` is compiled to, or None if it is not.

    What the simulator compiles for a noise model is shown of dry runs alone, which are made for it;
    without a machine to compile for, one of theirs has the gate of the newer machines.
    """
    if backend is None or (backend.name == SIMULATOR and not job.dry_run):
        return None
    if backend.name == SIMULATOR:
        noise = None if job.sampling is None else job.sampling.noise
        return _NEWER if noise is None else noise.entangler
    if job.sampling is None:
        return None
    return job.sampling.compiled_to(backend)


def is_free(backend: Backend | None) -> bool:
    """Return whether jobs have no price there, as on the simulator."""
    return backend is None or backend.prices is None


def estimated_usd(job: JobRecord, backend: Backend | None) -> float:
    """Return what ``job`` costs on its machine, done or not: its bill, where it has one.

    A child has none, and no minimum.
    """
    if job.price_usd is not None:
        return job.price_usd
    prices = None if backend is None else backend.prices
    return cost_usd(
        job.gates_1q, job.gates_2q, job.shots or 0, prices, whole_job=job.parent_id is None
    )


def price_usd(job: JobRecord, backend: Backend | None) -> float:
    """Return what ``job`` has cost: nothing until it has ended, and nothing as a dry run.

    Of one that has failed, the circuits that completed count.
    """
    if job.completed_usd is not None:
        return job.completed_usd
    return estimated_usd(job, backend) if _counts_whole(job) else 0.0


def _counts_whole(job: JobRecord) -> bool:
    return job.status is Status.COMPLETED and not job.dry_run


def predicted_execution_ms(job: JobRecord, backend: Backend | None) -> int | None:
    """Return how long ``job`` should take: its machine, or the simulator where it has none."""
    busy = _busy_ms(job, backend)
    return job.predicted_execution_ms if busy is None else busy


def execution_ms(job: JobRecord, backend: Backend | None) -> int | None:
    """Return how long ``job`` has taken: on a machine as predicted, once it has ended.

    Of the simulator it is the time that was measured.
    """
    busy = _busy_ms(job, backend)
    if busy is None:
        return job.execution_ms
    if job.completed_us is not None:
        return min(job.completed_us // 1000, MAX_INT32)
    return busy if _counts_whole(job) else None


def _busy_ms(job: JobRecord, backend: Backend | None) -> int | None:
    """Return how long the machine of ``job`` is busy with it; None where none is emulated."""
    if job.machine_us is not None:
        return min(job.machine_us // 1000, MAX_INT32)
    if backend is None or not backend.is_emulated:
        return None
    timing, shots = backend.timing, job.shots or 0
    busy = machine_ms(job.gates_1q, job.gates_2q, shots, timing, circuits=job.circuits)
    return min(busy, MAX_INT32)
