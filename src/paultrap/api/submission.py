"""From a request body to a job that is ready to be stored, for either wire version.

A version describes its own spelling of the envelope as a `JobRequest`; everything after that is
the same for both.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from paultrap.api.errors import ApiError, invalid
from paultrap.api.fields import Noise
from paultrap.api.sources import Source
from paultrap.circuits import Program
from paultrap.compiler import Entangler, compile_native
from paultrap.engine import MemoryLimitError, RunOptions
from paultrap.engine.wide import LargeSupportError, NotCliffordError, check_clifford
from paultrap.formats import (
    CircuitBatch,
    CircuitLimits,
    JobInput,
    foreign_gate,
    read_circuits,
    split,
)
from paultrap.functions import Function, Request
from paultrap.host import total_memory, usable_cores
from paultrap.jobs import (
    JobType,
    NotEnoughQubitsError,
    PlannedChunk,
    Sampling,
    check_qubits,
    estimate,
    memory_of,
    plan_chunks,
    predicted_seconds,
)
from paultrap.jobs.bills import Bill, bill_of
from paultrap.machines import Backend, Machines
from paultrap.settings import Settings
from paultrap.store import KeyRecord, NewJob

__all__ = [
    "JobRequest",
    "Reader",
    "UnreadFunction",
    "UnreadJob",
    "check_batch",
    "new_job",
    "planned_chunks",
    "prepare",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What a client asks for, in the words of neither version.

    The fields in bytes are raw JSON.
    """

    input: JobInput
    backend: str
    shots: int
    noise: Noise
    name: str | None = None
    metadata: bytes | None = None
    settings: bytes | None = None
    registers: bytes | None = None
    dry_run: bool = False
    session_id: str | None = None
    source: Source | None = None  # a program in the place of circuits in JSON
    function: Function | None = None  # likewise


@dataclass(frozen=True, slots=True)
class UnreadJob:
    """A job whose program is still to be read, which takes longer than a request's other work."""

    request: JobRequest
    source: Source
    key: KeyRecord


@dataclass(frozen=True, slots=True)
class UnreadFunction:
    """A job whose ansatz is still to be read, by another process; the rest is checked after it."""

    request: JobRequest
    function: Function
    made_of: Request
    key: KeyRecord

    def ansatz(self, settings: Settings) -> Program:
        """Return the circuit of the ansatz. It waits for another process.

        Raises:
            CircuitError: 400 for what it says.
        """
        return self.function.ansatz(self.made_of.limits, settings.max_program_seconds)

    def job(self, ansatz: Program, settings: Settings, machines: Machines) -> NewJob:
        """Return the job, completely checked.

        Raises:
            ApiError, CircuitError: As of `prepare`.
        """
        batch = self.function.circuits(replace(self.made_of, ansatz=ansatz))
        return _job(self.request, batch, self.key, settings, machines)


Reader = Callable[[bytes, Settings, Machines], JobRequest]


# The engine takes less: with this, only circuits that may be too large are looked at closely.
_MOST_BYTES_PER_STATE = 64.0
_MOST_BYTES_PER_SHOT = 256.0


# Chunks that need less are not looked at closely: all of them together are no burden.
_SMALL_CHUNK = 1 << 28
_LEAST_BYTES = 1 << 16
_MOST_BYTES_PER_GATE = 1 << 10  # of the plan
_MOST_BYTES_PER_ENTRY = 32.0  # of an answer, which is made from another copy of it


def prepare(
    body: bytes, read: Reader, key: KeyRecord, settings: Settings, machines: Machines
) -> NewJob | UnreadJob | UnreadFunction:
    """Return the job that ``body`` describes, completely checked but for a program or an ansatz.

    It runs where every request has its turn, so it waits for nothing: see `UnreadJob`.

    Args:
        body: The request's body, unpacked.
        read: How this version of the API spells the envelope.
        key: Who submits.
        settings: The limits.
        machines: What jobs can be addressed to.

    Raises:
        ApiError: 400 for what the envelope says.
        CircuitError: 400 or 413 for what the circuits say.
    """
    job = split(body)
    request = read(job.envelope, settings, machines)
    if request.source is not None:
        return UnreadJob(request, request.source, key)
    backend = machines.backends[request.backend]
    is_plugin = machines.is_plugin(backend.name)
    limits = CircuitLimits(
        settings.max_circuits,
        settings.max_gates,
        backend.qubits if is_plugin else settings.max_qubits,
        0 if is_plugin else settings.max_clifford_qubits,
        backend.entangler,
    )
    read_batch = partial(read_circuits, job, request.input, limits)
    function = request.function
    if function is None:
        return _job(request, read_batch(), key, settings, machines)
    made_of = Request(limits, request.noise.sampling is None, read_batch)
    if function.has_ansatz:
        return UnreadFunction(request, function, made_of, key)
    batch = function.circuits(made_of)
    return _job(request, batch, key, settings, machines)


def _job(
    request: JobRequest,
    batch: CircuitBatch,
    key: KeyRecord,
    settings: Settings,
    machines: Machines,
) -> NewJob:
    backend = machines.backends[request.backend]
    sampling = request.noise.sampling
    if sampling is not None:
        _check_qubits(batch.program, sampling, backend)
    stages = 1 if request.function is None else request.function.stages
    chunks = _staged_chunks(batch.program, stages, sampling, settings, backend)
    return new_job(request, batch, chunks, key, backend)


def _staged_chunks(
    program: Program, stages: int, sampling: Sampling | None, settings: Settings, backend: Backend
) -> list[PlannedChunk]:
    """Return the chunks of a job with so many stages, which are alike.

    Raises:
        ApiError: As of `planned_chunks`.
    """
    if stages == 1:
        return planned_chunks(program, sampling, settings, backend)
    size = program.n_circuits // stages
    of_one = planned_chunks(program.slice(0, size), sampling, settings, backend)
    return [
        chunk._replace(
            first=chunk.first + stage * size, stop=chunk.stop + stage * size, stage=stage
        )
        for stage in range(stages)
        for chunk in of_one
    ]


def check_batch(program: Program, request: JobRequest, backend: Backend) -> None:
    """Refuse circuits, read before, that the machine of another request cannot run.

    Raises:
        ApiError: 400 naming the circuit.
    """
    found = None if backend.entangler is None else foreign_gate(program, backend.entangler)
    if found is not None:
        message = (
            f"circuit {found.circuit}, gate {found.gate} ({found.name}): the machine that the job "
            f"is for has {backend.entangler}, not {found.name}; the simulator has both."
        )
        raise invalid("backend", message)
    if request.noise.sampling is not None:
        _check_qubits(program, request.noise.sampling, backend)


def planned_chunks(
    program: Program, sampling: Sampling | None, settings: Settings, backend: Backend
) -> list[PlannedChunk]:
    """Return the chunks of a job.

    Raises:
        ApiError: 400 for a circuit that cannot be computed or compiled, or needs too much memory
            or time.
    """
    try:
        if sampling is None or sampling.backend is None:
            _check_clifford(program, sampling, settings)
        return _planned(_as_run(program, sampling, backend), sampling, settings)
    except ValueError as error:  # The kernels name the circuit and the gate.
        raise invalid("input", f"{error}.") from error


def _check_qubits(program: Program, sampling: Sampling, backend: Backend) -> None:
    try:
        check_qubits(program.widths, sampling, backend)
    except NotEnoughQubitsError as error:
        raise invalid("input", str(error)) from error


def _check_clifford(program: Program, sampling: Sampling | None, settings: Settings) -> None:
    """Refuse circuits that are too wide for a state vector and need one."""
    try:
        check_clifford(program, settings.max_qubits, exact=sampling is None)
    except LargeSupportError as error:
        raise invalid("input", str(error)) from error
    except NotCliffordError as error:
        raise invalid("input", f"{error} (setting PAULTRAP_MAX_QUBITS).") from error


def _as_run(program: Program, sampling: Sampling | None, backend: Backend) -> Program:
    """Return the circuits as they run: compiled where the noise follows native gates.

    Compiling can take seconds, and what is compiled already is only copied by the estimates.

    Raises:
        ValueError: A gate, a circuit or all of them are too much.
    """
    entangler = None if sampling is None else _entangler(sampling, backend)
    return program if entangler is None else compile_native(program, entangler)


def _entangler(sampling: Sampling, backend: Backend) -> Entangler | None:
    """Return the gate on two qubits that circuits are compiled to, or None where they are not."""
    noise = sampling.noise
    if noise is None:
        return backend.entangler
    return noise.entangler if noise.acts_on == "native" else None


def _check_time(costs: NDArray[np.float64], settings: Settings) -> None:
    """Refuse what would keep a worker busy for too long."""
    seconds = predicted_seconds(costs)
    limit = settings.max_predicted_seconds
    slow = np.flatnonzero(seconds > limit)
    if len(slow):
        index = int(slow[0])
        raise invalid(
            "input",
            f"circuit {index} is predicted to take {seconds[index]:,.0f} seconds on one core; the "
            f"limit is {limit:,.10g} (setting PAULTRAP_MAX_PREDICTED_SECONDS). Use fewer shots, "
            "gates or qubits.",
        )


def _check_memory(program: Program, sampling: Sampling | None, settings: Settings) -> None:
    """Refuse what this machine cannot simulate even when it has nothing else to do."""
    limit = _limit(settings)
    widths = program.widths
    bound = np.ldexp(_MOST_BYTES_PER_STATE, widths)
    if sampling is not None:
        bound = 2 * bound + _MOST_BYTES_PER_SHOT * sampling.shots
    for index in np.flatnonzero(bound > limit).tolist():
        needed = _estimated_memory(program.slice(index, index + 1), sampling, settings)
        if needed > limit:
            raise ApiError(
                400,
                f"circuit {index} ({widths[index]} qubits): {MemoryLimitError(needed, limit)} "
                "(setting PAULTRAP_MEMORY_LIMIT).",
                ("input",),
            )


def _planned(program: Program, sampling: Sampling | None, settings: Settings) -> list[PlannedChunk]:
    """Return the chunks of a job, each with what it needs and, where it can, within the limit.

    Raises:
        ApiError: 400 for a circuit that needs too much memory or too much time.
    """
    _check_memory(program, sampling, settings)
    costs = estimate(program, sampling)
    _check_time(costs, settings)
    found: list[PlannedChunk] = []
    waiting = plan_chunks(costs, program.widths)[::-1]
    while waiting:
        first, stop, cost, *_ = waiting.pop()
        memory = _memory(program, first, stop, sampling, settings)
        if memory <= _limit(settings) or stop - first == 1:
            found.append(PlannedChunk(first, stop, cost, memory))
            continue
        middle = (first + stop) // 2
        for begin, end in ((middle, stop), (first, middle)):
            waiting.append(PlannedChunk(begin, end, float(costs[begin:end].sum())))
    return found


def _memory(
    program: Program, first: int, stop: int, sampling: Sampling | None, settings: Settings
) -> int:
    """Return the bytes that a chunk needs at peak, in the worst case; of a small one, a bound."""
    if sampling is not None:
        return _estimated_memory(program.slice(first, stop), sampling, settings)
    states = np.ldexp(1.0, program.widths[first:stop])
    # Circuits that share work hold the states of a tree's branches, and some final states.
    held = max(_MOST_BYTES_PER_STATE, 16.0 * (3 + (stop - first).bit_length()))
    final = 16.0 * states.max() * ((stop - first) // 4)
    threads = settings.threads or usable_cores()
    gates = program.slice(first, stop).n_gates
    bound = (
        held * states.max() * threads
        + final
        + _MOST_BYTES_PER_ENTRY * states.sum()
        + _MOST_BYTES_PER_GATE * gates
        + _LEAST_BYTES
    )
    if bound < min(_SMALL_CHUNK, _limit(settings)):
        return int(bound)
    return _estimated_memory(program.slice(first, stop), None, settings)


def _estimated_memory(program: Program, sampling: Sampling | None, settings: Settings) -> int:
    return memory_of(program, sampling, RunOptions(settings.precision, settings.threads))


def _limit(settings: Settings) -> int:
    """Return the bytes that simulations may take when this machine has nothing else to do."""
    return settings.memory_limit or total_memory()


def new_job(
    request: JobRequest,
    batch: CircuitBatch,
    chunks: list[PlannedChunk],
    key: KeyRecord,
    backend: Backend,
) -> NewJob:
    """Return a job of circuits that are checked."""
    # A client that sent one circuit in a list reads its registers from the job.
    only_registers = batch.registers[0] if batch.program.n_circuits == 1 else None
    function = request.function
    return NewJob(
        project_id=key.project_id,
        submitter_id=key.submitter_id,
        backend=request.backend,
        batch=batch,
        chunks=chunks,
        name=request.name,
        shots=request.shots,
        metadata=request.metadata,
        noise=request.noise.echo,
        sampling=request.noise.sampling,
        settings=request.settings,
        registers=only_registers if request.registers is None else request.registers,
        type=None if function is None else function.type,
        child_type=JobType.CIRCUIT if function is None else function.child_type,
        source=None if function is None else function.source,
        dry_run=request.dry_run,
        session_id=request.session_id,
        bill=_bill(request, batch.program, backend),
    )


def _bill(request: JobRequest, program: Program, backend: Backend) -> Bill:
    if not backend.is_emulated:
        return Bill()
    gates_1q, gates_2q = program.gate_counts().sum(axis=0).tolist()
    return bill_of(backend, gates_1q, gates_2q, request.shots, program.n_circuits)
