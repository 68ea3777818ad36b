"""`ResultService`: what jobs have come to, as pieces of text. It asks nothing of the workers.

Where a name ends in "by_register", states are bitstrings by register; else they are numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, SimulationError, selection
from paultrap.compiler import Entangler, compile_native
from paultrap.engine import shots_of_groups
from paultrap.errors import FailureCode
from paultrap.formats import (
    NamedBits,
    aggregate_parts,
    declared_registers,
    in_whole_shots,
    joined,
    mapped_registers,
    ordered_shots,
    stream_histogram_by_register,
    stream_histogram_v1,
    stream_histogram_v2,
    stream_native_v1,
    stream_parts_v1,
    stream_parts_v2,
    stream_probabilities_by_register,
    stream_shots_by_register,
    stream_shots_v1,
    stream_shots_v2,
)
from paultrap.functions import Step, is_function
from paultrap.jobs import AVERAGE, Sampling, Status, method_of
from paultrap.service.errors import FailedJobResultError, NoResultError, UnfinishedJobError
from paultrap.service.function_results import FunctionResults
from paultrap.service.listing import Listed, listed
from paultrap.service.threads import Threads
from paultrap.store import JobNotFoundError, JobRecord, JobStore, ResultSlice


class ResultService:
    """The results of the jobs of one server.

    Args:
        jobs: The store's client for jobs.
        threads: The threads that blocking calls run in.
    """

    def __init__(self, jobs: JobStore, threads: Threads) -> None:
        self._jobs = jobs
        self._threads = threads
        self._functions = FunctionResults(jobs)

    async def of_function(self, job: JobRecord) -> dict[str, Any] | None:
        """Return the results of a quantum function; None where there are none, as of other jobs."""
        return await self._threads.evaluate(self._functions.of, job) if _is_function(job) else None

    async def with_results(self, jobs: Sequence[JobRecord]) -> Listed[dict[str, Any]]:
        """Return the jobs of a list, quantum functions with their results, where there are any.

        Without those of which they are damaged.
        """
        if not any(map(_is_function, jobs)):
            return Listed(jobs, {})
        return await self._threads.evaluate(listed, jobs, self._functions.of)

    async def steps(self, job: JobRecord) -> list[Step]:
        """Return what a quantum function has measured where; nothing of other jobs."""
        if job.parent_id is not None or not is_function(job.type):
            return []
        return await self._threads.evaluate(self._functions.steps, job)

    async def probabilities(self, job: JobRecord, aggregation: str = AVERAGE) -> Iterator[bytes]:
        """Return the pieces of one circuit's `{"<state>": probability}`.

        Args:
            job: The job; of several circuits the first is read.
            aggregation: How the variants of a debiased circuit become one distribution.
        """
        _check_finished(job)
        return self._first_circuit(
            job, lambda parts: stream_parts_v1(_selected(job, 1, parts)), aggregation
        )

    async def probabilities_by_register(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one circuit's bitstrings and their probabilities."""
        _check_finished(job)
        shots = None if job.sampling is None else job.sampling.shots
        return self._first_circuit(job, partial(_stream_probabilities, job, shots))

    async def histogram(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one sampled circuit's `{"<state>": count}`."""
        shots = _sampling_of(job, "histogram").shots
        return self._first_circuit(
            job, lambda parts: stream_histogram_v1(_selected(job, 1, parts), shots)
        )

    async def histogram_by_register(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one sampled circuit's bitstrings and their counts."""
        shots = _sampling_of(job, "histogram").shots
        return self._first_circuit(job, partial(_stream_histogram, job, shots))

    async def shots(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one sampled circuit's `["<state>", ...]`, one for each shot."""
        order = _order_of(job, _sampling_of(job, "shots"))
        return self._first_circuit(
            job, lambda parts: stream_shots_v1(_states(job, 1, order(parts)))
        )

    async def shots_by_register(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one sampled circuit's shots, each a list of bits."""
        order = _order_of(job, _sampling_of(job, "shots"))
        return self._first_circuit(job, lambda parts: _stream_shots(job, order(parts)))

    async def aggregated_histogram(self, job: JobRecord, aggregation: str) -> Iterator[bytes]:
        """Return the pieces of a debiased circuit's bitstrings and their counts."""
        shots = _sampling_of(job, "histogram").shots

        def encode(parts: Iterator[Distributions]) -> Iterator[bytes]:
            whole = (in_whole_shots(part, shots) for part in parts)
            return _stream_histogram(job, shots, whole)

        return self._first_circuit(job, encode, aggregation)

    async def variant(self, job: JobRecord, number: int, kind: str) -> Iterator[bytes]:
        """Return the pieces of what one variant of a debiased circuit gave, by register.

        Args:
            job: A job of one circuit that was debiased.
            number: The number of the variant, from 0.
            kind: "probabilities", "histogram" or "shots".
        """
        sampling = _sampling_of(job, kind)
        shots = int(shots_of_groups(sampling.shots, sampling.variants)[number])
        # A circuit's slices hold all of its variants.
        found = await self._threads.read(next, self._jobs.results(job), None)
        if found is None:
            raise JobNotFoundError([job.id])
        parts = [found.distributions.slice(number, number + 1)]
        if kind == "probabilities":
            return _stream_probabilities(job, shots, parts)
        if kind == "histogram":
            return _stream_histogram(job, shots, parts)
        index = (job.index or 0) * sampling.variants + number
        return _stream_shots(job, ordered_shots(parts, shots, sampling.seed, index))

    async def compiled_circuit(self, job: JobRecord, entangler: Entangler) -> Iterator[bytes]:
        """Return the pieces of one circuit's native gates; raise `NoResultError` if it has none."""
        if job.readout is not None and job.readout.measures_within:
            raise NoResultError(
                job.id,
                "measures or resets qubits within its circuit, for which there are no native gates",
            )
        program = await self._threads.read(self._jobs.circuit, job)
        if program is None:
            raise NoResultError(job.id, "keeps no circuit")
        try:
            compiled = await self._threads.compute(compile_native, program, entangler)
        except SimulationError as error:  # kept by an earlier release, which took more
            raise NoResultError(job.id, f"has no native gates: {error}") from error
        return stream_native_v1(compiled, 0)

    async def source(self, job: JobRecord) -> bytes:
        """Return the program that a job was made from.

        Raises:
            NoResultError: It was made from circuits in JSON.
        """
        found = await self._threads.read(self._jobs.source, job.id)
        if found is None:
            raise NoResultError(job.id, "was not made from a program")
        return found

    async def aggregate(self, job: JobRecord, aggregation: str = AVERAGE) -> Iterator[bytes]:
        """Return the pieces of `{"<id>": {"<state>": probability}}`, circuits in order.

        Raises:
            NoResultError: There are no results, or not of all circuits.
            ChildGoneError: A child was deleted or canceled.
        """
        _check_finished(job)
        ids = [job.id]
        if job.is_multicircuit:
            ids = await self._threads.read(self._ids_of_children, job.id)
        slices = self._results(job, aggregation)
        if _has_final(job):
            whole = _selected(job, 1, (part.distributions for part in slices))
            return aggregate_parts(ids, ((part, False) for part in whole))
        return aggregate_parts(ids, ((part.distributions, part.is_continued) for part in slices))

    def _ids_of_children(self, job_id: str) -> list[str]:
        self._jobs.check_children(job_id)
        return self._jobs.child_ids(job_id)

    def _results(self, job: JobRecord, aggregation: str) -> Iterator[ResultSlice]:
        """Yield the slices of a job's result, with one distribution for each circuit."""
        method = method_of(job.sampling)
        for found in self._jobs.results(job):
            one_each = method.combined(found.distributions, found.first, aggregation)
            yield found._replace(distributions=one_each)

    def _first_circuit(
        self,
        job: JobRecord,
        encode: Callable[[Iterator[Distributions]], Iterator[bytes]],
        aggregation: str = AVERAGE,
    ) -> Iterator[bytes]:
        slices = self._results(job, aggregation)
        first = next(slices, None)
        if first is None:  # deleted, the whole job or its only child
            raise JobNotFoundError([job.id])
        yield from encode(_parts_of_one(first, slices))


def _parts_of_one(first: ResultSlice, more: Iterator[ResultSlice]) -> Iterator[Distributions]:
    """Yield the parts of the circuit that the ``first`` slice begins with."""
    yield first.distributions.slice(0, 1)
    is_continued = first.is_continued
    while is_continued:
        found = next(more)
        yield found.distributions
        is_continued = found.is_continued


def _is_function(job: JobRecord) -> bool:
    return is_function(job.type)


def _check_finished(job: JobRecord) -> None:
    if is_function(job.type):
        reason = f'is a "{job.type}": it has no such result; see "results" in the job'
        raise NoResultError(job.id, reason)
    if job.status is Status.FAILED:
        code = job.failure_code or FailureCode.INTERNAL
        raise FailedJobResultError(job.id, code, job.failure_message or "")
    if job.status is not Status.COMPLETED or job.dry_run:
        raise UnfinishedJobError(job.id, "a dry run" if job.dry_run else job.status)


def _sampling_of(job: JobRecord, what: str) -> Sampling:
    """Return how a finished circuit was sampled.

    Raises:
        NoResultError: It has no ``what``: several circuits, an exact answer, or none yet.
    """
    _check_finished(job)
    if job.is_multicircuit:
        raise NoResultError(job.id, f"has several circuits; each child has its own {what}")
    if job.sampling is None:
        raise NoResultError(
            job.id,
            f"has no {what}: the ideal simulator takes no shots, it gives exact probabilities. "
            "Give the job a noise model to have it sampled",
        )
    return job.sampling


def _order_of(
    job: JobRecord, sampling: Sampling
) -> Callable[[Iterator[Distributions]], NDArray[np.uint64]]:
    return partial(ordered_shots, shots=sampling.shots, seed=sampling.seed, index=job.index or 0)


def _stream_probabilities(
    job: JobRecord, shots: int | None, parts: Iterable[Distributions]
) -> Iterator[bytes]:
    """Yield the bitstrings of a circuit and their probabilities; of ``shots``, or exact ones."""
    if registers := _registers_of(job):
        measured = _selected(job, 2, parts)
        return stream_probabilities_by_register(measured, registers, shots)
    return stream_parts_v2(parts, _bits_of(job))


def _stream_histogram(
    job: JobRecord, shots: int, parts: Iterable[Distributions]
) -> Iterator[bytes]:
    """Yield the bitstrings of a sampled circuit and their counts."""
    if registers := _registers_of(job):
        return stream_histogram_by_register(_selected(job, 2, parts), registers, shots)
    return stream_histogram_v2(parts, shots, _bits_of(job))


def _stream_shots(job: JobRecord, states: NDArray[np.uint64]) -> Iterator[bytes]:
    """Yield the shots of a sampled circuit, each a list of bits; ``states`` in order of shots."""
    if registers := _registers_of(job):
        return stream_shots_by_register(_states(job, 2, states), registers)
    return stream_shots_v2(states, _bits_of(job))


def _has_final(job: JobRecord) -> bool:
    return job.readout is not None and bool(job.readout.final)


def _selected(
    job: JobRecord, version: int, parts: Iterable[Distributions]
) -> Iterable[Distributions]:
    """Return the bits of an answer that formats of one version show."""
    if job.readout is None or not job.readout.final:
        return parts
    shots = None if job.sampling is None else np.array([job.sampling.shots])
    return [selection(job.readout.part(version)).of(joined(parts), shots)]


def _states(job: JobRecord, version: int, states: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the bits of shots that formats of one version show."""
    if job.readout is None or not job.readout.final:
        return states
    return selection(job.readout.part(version)).states_of(states)


def _registers_of(job: JobRecord) -> Sequence[NamedBits]:
    if job.readout is not None:
        return declared_registers(job.readout.registers)
    return [] if job.registers is None else mapped_registers(job.registers, job.qubits)


def _bits_of(job: JobRecord) -> int:
    """Return how many bits a state of the job's has."""
    return job.qubits if job.readout is None else len(job.readout.bits)
