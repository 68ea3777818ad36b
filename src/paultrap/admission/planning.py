"""How a job is planned: its chunks, and the time and memory that each of them takes.

It judges circuits that are read: what no engine, no machine and no limit lets run is refused. The
chunks follow from the job alone, whoever plans it and whoever is there to run it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paultrap.admission.chunks import PlannedChunk, plan_chunks, predicted_seconds
from paultrap.admission.limits import Limits
from paultrap.admission.refusals import Kind, Refusal, invalid
from paultrap.circuits import (
    Limit,
    NotCliffordError,
    OverLimit,
    Program,
    Readout,
    SimulationError,
)
from paultrap.compiler import compile_compact, compile_native, whole_gates
from paultrap.engine import (
    LargeSupportError,
    MemoryLimitError,
    RunOptions,
    check_clifford,
    search_work,
    updates_of,
)
from paultrap.formats import MOST_NAMED
from paultrap.jobs import Method, Sampling, method_for
from paultrap.machines import Backend

# The engine takes less: with this, only circuits that may be too large are looked at closely.
_MOST_BYTES_PER_STATE = 64.0
_MOST_BYTES_PER_SHOT = 256.0

# A chunk needs no more where its circuits can be parted, so that a small host can run it beside
# others. Those of stages are smaller: they cannot be halved later, for a host that has less.
_MOST_BYTES = 1 << 29
_MOST_BYTES_OF_STAGE = 1 << 26

# What needs less is not looked at closely: many chunks together are no burden, and one that should
# be too large for a host is halved there. One that cannot be halved is to have its true size.
_SMALL_CHUNK = 1 << 28
_SMALL_CIRCUIT = 1 << 20
_LEAST_BYTES = 1 << 16
_MOST_BYTES_PER_GATE = 1 << 10  # of the plan
_MOST_BYTES_PER_ENTRY = 32.0  # of an answer, which is made from another copy of it


class Plan(NamedTuple):
    """A planned job: its chunks, and shape (N, 2): each circuit's gates on one qubit and on more."""

    chunks: list[PlannedChunk]
    gate_counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans circuits that are sampled in one way.

    Attributes:
        sampling: How the circuits are sampled; None for exact answers.
        limits: The most time and memory that the circuits may take.
        backend: The backend that runs the circuits.
        method: How they are run.
        is_staged: Whether the circuits are one of several stages.
    """

    sampling: Sampling | None
    limits: Limits
    backend: Backend
    method: Method
    is_staged: bool = False

    def plan(self, program: Program) -> Plan:
        """Return how a job is planned.

        Raises:
            Refusal: A circuit cannot be computed or compiled, or needs too much memory or time.
        """
        is_simulated = self.sampling is None or self.sampling.backend is None
        if is_simulated and not self.method.takes_any_width:
            self._check_clifford(program)
        as_run = self._as_run(program)
        return Plan(self._planned(as_run, program), self._counted(program, as_run))

    def _counted(self, program: Program, as_run: Program) -> NDArray[np.int64]:
        """Return each circuit's gates: on an emulated machine those that its compiler makes."""
        entangler = self.backend.entangler
        if entangler is None or not self.backend.is_emulated:
            return program.gate_counts()
        if as_run is not program and not whole_gates(as_run).any():
            return as_run.gate_counts()
        with _named_gates():
            return compile_native(program, entangler).gate_counts()

    def _check_clifford(self, program: Program) -> None:
        """Refuse circuits that are too wide for a state vector and need one."""
        first, found, texts = 0, list[SimulationError](), list[str]()
        while first < program.n_circuits and len(found) < MOST_NAMED:
            try:
                rest = program.slice(first, program.n_circuits) if first else program
                check_clifford(rest, self.limits.qubits, exact=self.sampling is None)
                break
            except SimulationError as error:
                found.append(error)
                texts.append(error.describe(first))
                first += program.n_circuits if error.circuit is None else error.circuit + 1
        said = "; ".join(texts)
        match found:
            case [LargeSupportError(), *_]:
                raise invalid("input", said, Kind.RESOURCES) from found[0]
            case [NotCliffordError(), *_]:
                message = OverLimit(Limit.QUBITS, f"input: {said}", ".")
                raise Refusal("input", message, Kind.LIMIT) from found[0]
            case [_, *_]:
                raise invalid("input", f"{said}.", Kind.UNSUPPORTED) from found[0]

    def _as_run(self, program: Program) -> Program:
        """Return the circuits as they run: compiled where the noise follows native gates.

        Compiling can take seconds, and what is compiled already is only copied by the estimates.
        """
        sampling = self.sampling
        entangler = None if sampling is None else sampling.compiled_to(self.backend)
        if entangler is None:
            return program
        with _named_gates():
            return compile_compact(program, entangler)

    def _planned(self, program: Program, written: Program) -> list[PlannedChunk]:
        """Return the chunks, each with what it needs; its circuits are parted where that is much."""
        self._check_memory(program)
        with _named_gates():
            costs = self.method.costs(program)
            if program is not written:
                costs = costs + updates_of(search_work(written, program))
        self._check_time(costs)
        found: list[PlannedChunk] = []
        most = _MOST_BYTES_OF_STAGE if self.is_staged else _MOST_BYTES
        start = self.method.start_cost
        waiting = plan_chunks(costs, program.widths, start)[::-1]
        while waiting:
            first, stop, cost, *_ = waiting.pop()
            memory = self._memory(program, first, stop)
            if memory <= most or stop - first == 1:
                threads = self.method.thread_memory(program.slice(first, stop))
                found.append(PlannedChunk(first, stop, cost, memory, thread_memory=threads))
                continue
            middle = (first + stop) // 2
            for begin, end in ((middle, stop), (first, middle)):
                waiting.append(PlannedChunk(begin, end, start + float(costs[begin:end].sum())))
        return found

    def _check_time(self, costs: NDArray[np.float64]) -> None:
        """Refuse what would keep a worker busy for too long."""
        limit = self.limits.predicted_seconds
        if limit is None:
            return
        seconds = predicted_seconds(costs)
        slow = np.flatnonzero(seconds > limit)[:MOST_NAMED].tolist()
        if slow:
            said = (f"circuit {k} is predicted to take {seconds[k]:,.0f} seconds" for k in slow)
            message = OverLimit(
                Limit.PREDICTED_SECONDS,
                f"input: {', '.join(said)} on one core; the limit is {limit:,.10g}",
                ". Use fewer shots, gates or qubits.",
            )
            raise Refusal("input", message, Kind.RESOURCES)

    def _check_memory(self, program: Program) -> None:
        """Refuse what no host can simulate even when it has nothing else to do."""
        limit = self.limits.memory
        if limit is None:
            return
        bound = np.ldexp(_MOST_BYTES_PER_STATE, program.widths)
        if self.sampling is not None:
            bound = 2 * bound + _MOST_BYTES_PER_SHOT * self.sampling.shots
        found: dict[str, int] = {}
        for index in np.flatnonzero(bound > limit).tolist():
            needed = self._estimated_memory(program.slice(index, index + 1))
            if needed > limit:
                found[f"circuit {index} ({program.widths[index]} qubits)"] = needed
            if len(found) == MOST_NAMED:
                break
        if found:
            hosts = self.limits.hosts
            where = "" if hosts == 1 else f" on the largest of {hosts} hosts"
            most = MemoryLimitError(max(found.values()), limit, where)
            message = OverLimit(Limit.MEMORY, f"{', '.join(found)}: {most}", ".")
            raise Refusal("input", message, Kind.RESOURCES)

    def _memory(self, program: Program, first: int, stop: int) -> int:
        """Return the bytes that a chunk needs at peak, in the worst case; of a small one, a bound."""
        if self.sampling is not None:
            return self._estimated_memory(program.slice(first, stop))
        states = np.ldexp(1.0, program.widths[first:stop])
        # Circuits that share work hold the states of a tree's branches, and some final states.
        held = max(_MOST_BYTES_PER_STATE, 16.0 * (3 + (stop - first).bit_length()))
        final = 16.0 * states.max() * ((stop - first) // 4)
        gates = program.slice(first, stop).n_gates
        bound = (
            held * states.max()
            + final
            + _MOST_BYTES_PER_ENTRY * states.sum()
            + _MOST_BYTES_PER_GATE * gates
            + _LEAST_BYTES
        )
        can_be_halved = stop - first > 1 and not self.is_staged
        if bound < (_SMALL_CHUNK if can_be_halved else _SMALL_CIRCUIT):
            return int(bound)
        return self._estimated_memory(program.slice(first, stop))

    def _estimated_memory(self, program: Program) -> int:
        with _named_gates():
            options = RunOptions(self.limits.precision, threads=1)
            return self.method.memory(program, options)


def plan_again(
    program: Program,
    sampling: Sampling | None,
    readout: Readout | None,
    limits: Limits,
    backend: Backend,
) -> list[PlannedChunk]:
    """Return the chunks of circuits of a job that are run once more, by their place among these.

    Args:
        program: The circuits.
        sampling: How they are sampled.
        readout: What they measure.
        limits: The most time and memory that they may take.
        backend: The backend that runs them.

    Raises:
        Refusal: A circuit needs more than there is now.
    """
    planner = Planner(sampling, limits, backend, method_for(program, sampling, readout))
    return planner.plan(program).chunks


@contextmanager
def _named_gates() -> Iterator[None]:
    """Refuse the circuit and the gate that a kernel names, around a call of a kernel alone."""
    try:
        yield
    except SimulationError as error:
        raise invalid("input", f"{error}.", Kind.UNSUPPORTED) from error
