"""`ResultService`: what jobs have come to, as text. It asks nothing of the workers.

Where a name ends in "by_register", states are bitstrings by register; else they are numbers.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, SimulationError
from paultrap.compiler import Entangler, compile_native
from paultrap.engine import shots_of_groups
from paultrap.errors import FailureCode
from paultrap.formats import (
    NamedBits,
    Sections,
    declared_registers,
    in_whole_shots,
    mapped_registers,
    ordered_shots,
    stream_aggregate,
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
from paultrap.jobs import AVERAGE, Sampling, Status
from paultrap.service.answers import Answer, averaged, from_section, shown_states
from paultrap.service.errors import (
    FailedJobResultError,
    ForeignCircuitError,
    NoResultError,
    UnfinishedJobError,
)
from paultrap.service.function_results import FunctionResults
from paultrap.service.listing import Listed, listed
from paultrap.service.texts import Text, digest_of
from paultrap.service.threads import Threads
from paultrap.store import JobNotFoundError, JobRecord, JobStore, StoredResult, StoreError

# Of shorter texts nothing is kept: they are written at once.
_WORTH_KEEPING = 1 << 20


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
        self._measuring: dict[bytes, asyncio.Task[Sequence[int]]] = {}

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

    async def probabilities(
        self, job: JobRecord, aggregation: str = AVERAGE, after: str | None = None
    ) -> Text:
        """Return one circuit's `{"<state>": probability}`.

        Args:
            job: The job, of one circuit.
            aggregation: How the variants of a debiased circuit become one distribution.
            after: As of `aggregate`; no circuit is behind the only one.

        Raises:
            ForeignCircuitError: There is an ``after``.
        """
        _check_finished(job)
        if after is not None:
            raise ForeignCircuitError(job.id, after)
        circuit = await self._circuit(job, aggregation)
        return circuit.text(
            "probabilities v1", lambda start: stream_parts_v1(circuit.selected(1, start))
        )

    async def probabilities_by_register(self, job: JobRecord) -> Text:
        """Return one circuit's bitstrings and their probabilities."""
        _check_finished(job)
        shots = None if job.sampling is None else job.sampling.shots
        circuit = await self._circuit(job)
        return circuit.text("probabilities v2", partial(_stream_probabilities, circuit, shots))

    async def histogram(self, job: JobRecord) -> Text:
        """Return one sampled circuit's `{"<state>": count}`."""
        shots = _sampling_of(job, "histogram").shots
        circuit = await self._circuit(job)
        return circuit.text(
            "histogram v1", lambda start: stream_histogram_v1(circuit.selected(1, start), shots)
        )

    async def histogram_by_register(self, job: JobRecord) -> Text:
        """Return one sampled circuit's bitstrings and their counts."""
        shots = _sampling_of(job, "histogram").shots
        circuit = await self._circuit(job)
        return circuit.text("histogram v2", partial(_stream_histogram, circuit, shots))

    async def shots(self, job: JobRecord) -> Text:
        """Return one sampled circuit's `["<state>", ...]`, one for each shot."""
        order = _order_of(job, _sampling_of(job, "shots"))
        circuit = await self._circuit(job)

        def sections(start: int) -> Sections:
            states = shown_states(job, 1, order(circuit.whole()))
            return from_section(start, stream_shots_v1(states))

        return circuit.text("shots v1", sections)

    async def shots_by_register(self, job: JobRecord) -> Text:
        """Return one sampled circuit's shots, each a list of bits."""
        order = _order_of(job, _sampling_of(job, "shots"))
        circuit = await self._circuit(job)

        def sections(start: int) -> Sections:
            return from_section(start, _stream_shots(job, order(circuit.whole())))

        return circuit.text("shots v2", sections)

    async def aggregated_histogram(self, job: JobRecord, aggregation: str) -> Text:
        """Return a debiased circuit's bitstrings and their counts."""
        shots = _sampling_of(job, "histogram").shots
        circuit = await self._circuit(job, aggregation)
        counted = circuit.changed(partial(in_whole_shots, shots=shots))
        return counted.text("histogram v2 in shots", partial(_stream_histogram, counted, shots))

    async def variant(self, job: JobRecord, number: int, kind: str) -> Text:
        """Return what one variant of a debiased circuit gave, by register.

        Args:
            job: A job of one circuit that was debiased.
            number: The number of the variant, from 0.
            kind: "probabilities", "histogram" or "shots".
        """
        sampling = _sampling_of(job, kind)
        shots = int(shots_of_groups(sampling.shots, sampling.variants)[number])
        stored = await self._stored(job)
        # A circuit's slices hold all of its variants.
        own = slice(number, number + 1)
        circuit = Answer(
            self._jobs, job, stored, lambda found: found.distributions.slice(own.start, own.stop)
        )
        name = f"variant {number} {kind}"
        if kind == "probabilities":
            return circuit.text(name, partial(_stream_probabilities, circuit, shots))
        if kind == "histogram":
            return circuit.text(name, partial(_stream_histogram, circuit, shots))
        index = (job.index or 0) * sampling.variants + number

        def sections(start: int) -> Sections:
            states = ordered_shots(circuit.whole(), shots, sampling.seed, index)
            return from_section(start, _stream_shots(job, states))

        return circuit.text(name, sections)

    async def compiled_circuit(self, job: JobRecord, entangler: Entangler) -> Text:
        """Return one circuit's native gates; raise `NoResultError` if it has none."""
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
        digest = digest_of(compiled.to_bytes())
        return Text.of(
            job,
            ("native v1",),
            digest,
            lambda start: from_section(start, iter([stream_native_v1(compiled, 0)])),
        )

    async def source(self, job: JobRecord) -> Text:
        """Return the program that a job was made from.

        Raises:
            NoResultError: It was made from circuits in JSON.
        """
        found = await self._threads.read(self._jobs.source, job.id)
        if found is None:
            raise NoResultError(job.id, "was not made from a program")
        return Text.of(
            job,
            ("source",),
            digest_of(found),
            lambda start: from_section(start, iter([iter([found])])),
        )

    async def aggregate(
        self, job: JobRecord, aggregation: str = AVERAGE, after: str | None = None
    ) -> Text:
        """Return `{"<id>": {"<state>": probability}}`, circuits in order.

        Args:
            job: The job.
            aggregation: How the variants of a debiased circuit become one distribution.
            after: The id of a circuit: only those behind it are in the text. None for all.

        Raises:
            NoResultError: There are no results, or not of all circuits.
            ChildGoneError: A child was deleted or canceled.
            ForeignCircuitError: The job has no circuit of the id ``after``.
        """
        _check_finished(job)
        ids, own = [job.id], job.index or 0  # Circuits are counted in the parent.
        if job.is_multicircuit:
            ids = await self._threads.read(self._jobs.child_ids, job.id)
        stored = await self._stored(job)
        if after is not None:
            if after not in ids:
                raise ForeignCircuitError(job.id, after)
            stored = stored.since(own + ids.index(after) + 1)
        asked = (aggregation, str(stored.first))
        answer = Answer(self._jobs, job, stored, averaged(job, aggregation), asked)
        behind = ids[stored.first - own :]
        return answer.text(
            "aggregate v1", lambda start: stream_aggregate(behind, answer.circuits(start))
        )

    def pieces(self, text: Text) -> Iterator[bytes]:
        """Yield all pieces of a text, and keep how long its sections are."""
        text.check()
        lengths = []
        for section in text.sections(0):
            lengths.append(0)
            for piece in section:
                lengths[-1] += len(piece)
                yield piece
        self._keep(text, lengths)

    async def lengths(self, text: Text) -> Sequence[int]:
        """Return how many bytes each section of a text has, from the store where it is known there.

        Else the text is written once, for all that ask meanwhile.
        """
        known = await self._threads.read(self._jobs.lengths, text.job_id, text.digest)
        if known is not None:
            return known
        found = self._measuring.get(text.digest)
        if found is None:
            found = asyncio.create_task(self._threads.read(self._measured, text))
            self._measuring[text.digest] = found
            found.add_done_callback(lambda _: self._measuring.pop(text.digest))
        return await asyncio.shield(found)

    def _measured(self, text: Text) -> Sequence[int]:
        lengths = [sum(map(len, section)) for section in text.sections(0)]
        self._keep(text, lengths)
        return lengths

    def _keep(self, text: Text, lengths: Sequence[int]) -> None:
        if sum(lengths) >= _WORTH_KEEPING:
            self._threads.write_in_background(partial(self._write, text, lengths))

    def _write(self, text: Text, lengths: Sequence[int]) -> None:
        with suppress(StoreError):  # They can be found again.
            if self._jobs.lengths(text.job_id, text.digest) is None:
                self._jobs.keep_lengths(text.job_id, text.digest, lengths)

    async def _circuit(self, job: JobRecord, aggregation: str = AVERAGE) -> Answer:
        stored = await self._stored(job)
        if not stored.places:  # deleted, the whole job or its only child
            raise JobNotFoundError([job.id])
        return Answer(self._jobs, job, stored, averaged(job, aggregation), (aggregation,))

    async def _stored(self, job: JobRecord) -> StoredResult:
        return await self._threads.read(self._jobs.result, job)


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
) -> Callable[[Iterable[Distributions]], NDArray[np.uint64]]:
    return partial(ordered_shots, shots=sampling.shots, seed=sampling.seed, index=job.index or 0)


def _stream_probabilities(circuit: Answer, shots: int | None, start: int) -> Sections:
    """Yield the bitstrings of a circuit and their probabilities; of ``shots``, or exact ones."""
    if registers := _registers_of(circuit.job):
        found = stream_probabilities_by_register(circuit.selected(2), registers, shots)
        return from_section(start, found)
    return stream_parts_v2(circuit.parts(start), _bits_of(circuit.job))


def _stream_histogram(circuit: Answer, shots: int, start: int) -> Sections:
    """Yield the bitstrings of a sampled circuit and their counts."""
    if registers := _registers_of(circuit.job):
        found = stream_histogram_by_register(circuit.selected(2), registers, shots)
        return from_section(start, found)
    return stream_histogram_v2(circuit.parts(start), shots, _bits_of(circuit.job))


def _stream_shots(job: JobRecord, states: NDArray[np.uint64]) -> Sections:
    """Yield the shots of a sampled circuit, each a list of bits; ``states`` in order of shots."""
    if registers := _registers_of(job):
        return stream_shots_by_register(shown_states(job, 2, states), registers)
    return stream_shots_v2(states, _bits_of(job))


def _registers_of(job: JobRecord) -> Sequence[NamedBits]:
    if job.readout is not None:
        return declared_registers(job.readout.registers)
    return [] if job.registers is None else mapped_registers(job.registers, job.qubits)


def _bits_of(job: JobRecord) -> int:
    """Return how many bits a state of the job's has."""
    return job.qubits if job.readout is None else len(job.readout.bits)
