"""What both wire versions ask of the lower floors, in threads and within the caller's project.

It knows jobs, not their spelling: nothing here depends on a version of the API.
"""

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paultrap.admission import (
    Admission,
    AdmittedJob,
    Changes,
    JobRequest,
    UnreadFunction,
    UnreadProgram,
    admit,
    admit_clone,
)
from paultrap.api.endings import Endings
from paultrap.api.errors import ApiError
from paultrap.api.outcomes import Outcomes
from paultrap.api.requests import Origin
from paultrap.api.threads import Threads
from paultrap.api.workers import Workers
from paultrap.circuits import Distributions, Register, SimulationError
from paultrap.compiler import Entangler, compile_native
from paultrap.engine import shots_of_groups
from paultrap.formats import (
    aggregate_parts,
    in_whole_shots,
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
from paultrap.functions import is_function
from paultrap.jobs import AVERAGE, Sampling, Status, combined
from paultrap.jobs.usage import DayUsage, GroupBy
from paultrap.limits import limits_of
from paultrap.machines import Machines
from paultrap.settings import Settings
from paultrap.store import (
    JobEngine,
    JobFilter,
    JobRecord,
    KeyRecord,
    MemberRecord,
    NewJob,
    NewSession,
    Page,
    ResultSlice,
    SessionRecord,
    Store,
)
from paultrap.tracing import Span, Tracing

__all__ = ["JobService"]

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_MOST_SESSIONS = 1_000  # of a list, which has no pages

# How long a probe waits for the store, and for how long the store may keep all probes waiting. It
# answers late where it is busy, and that is no trouble; see also the patience of `Threads`.
_PROBE_S = 0.5
_MOST_PROBE_S = 40.0


class JobService:
    """The jobs of one server.

    Attributes:
        settings: The limits.
        machines: What jobs can be addressed to.
        threads: Where the blocking calls of a request run.
        started_at: Unix milliseconds.
    """

    def __init__(  # noqa: PLR0913  # named at the only call
        self,
        settings: Settings,
        store: Store,
        supervisor: Workers,
        threads: Threads,
        endings: Endings,
        *,
        machines: Machines,
        tracing: Tracing,
    ) -> None:
        self.settings = settings
        self.machines = machines
        self.threads = threads
        self._limits = limits_of(settings)
        self._store = store
        self._outcomes = Outcomes(store.jobs)
        self._supervisor = supervisor
        self._endings = endings
        self._tracing = tracing
        self._probe: asyncio.Task[bool] | None = None
        self._probed_at = 0.0
        self.started_at = time.time_ns() // 1_000_000

    async def trouble(self) -> str | None:
        """Return why jobs are not taken or not worked on now, or None where they are.

        It answers within a second whatever is stuck.
        """
        if not self._supervisor.is_alive():
            return "No worker is alive."
        if stuck := self.threads.stuck():
            each = ", ".join(f"{pool} for {seconds:.0f} s" for pool, seconds in stuck)
            return f"Threads of the server are stuck: {each}."
        return await self._store_trouble()

    async def _store_trouble(self) -> str | None:
        """Return what is wrong with the store; many that ask share one question."""
        clock = self.threads.clock
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self.threads.read(self._store.is_open))
            self._probed_at = clock()
        done, _ = await asyncio.wait({self._probe}, timeout=_PROBE_S)
        if done:
            is_open = not self._probe.cancelled() and self._probe.exception() is None
            return None if is_open and self._probe.result() else "The store does not answer."
        waited = clock() - self._probed_at
        if waited > _MOST_PROBE_S:
            return f"The store has not answered for {waited:.0f} s."
        return None

    async def submit(
        self, origin: Origin, key: KeyRecord, body: bytes, read: Callable[[bytes], JobRequest]
    ) -> JobRecord:
        """Return the job that a request's body asks for, durably stored.

        Args:
            origin: The request.
            key: Who submits.
            body: As sent, unpacked.
            read: Reads the spelling of a version of the API.

        Raises:
            Refusal: The job cannot be run.
            paultrap.languages.ReaderError: No process could be started to read its program.
        """
        with self._span("read request", origin):
            job = await self.threads.compute(self._admit, body, read)
        if isinstance(job, UnreadProgram):
            with self._span("read program", origin):
                job = await self.threads.await_program(job.read)
        elif isinstance(job, UnreadFunction):
            with self._span("read ansatz", origin):
                ansatz = await self.threads.await_ansatz(job.read)
            with self._span("make circuits", origin):
                job = await self.threads.compute(job.job, ansatz)
        with self._span("store job", origin):
            stored = await self.threads.write(self._store.jobs.add, _new_job(job, key, origin))
        self._supervisor.wake()
        return stored

    def _admit(self, body: bytes, read: Callable[[bytes], JobRequest]) -> Admission:
        return admit(read(body), self._limits, self.machines)

    def _span(self, name: str, origin: Origin) -> Span:
        return self._tracing.span(name, parent=origin.traceparent)

    async def clone(
        self, origin: Origin, key: KeyRecord, job_id: str, changes: Changes
    ) -> JobRecord:
        """Return a new job of another's circuits.

        Raises:
            ApiError: 404 when the caller has no such job, 400 when it keeps no circuits.
            Refusal: The circuits cannot be run like that.
        """
        new = await self._again(origin, key, job_id, changes)
        job = await self.threads.write(self._store.jobs.add, new)
        self._supervisor.wake()
        return job

    async def move(
        self, origin: Origin, key: KeyRecord, job_id: str, changes: Changes
    ) -> JobRecord:
        """Return a new job that takes the place of one that has not started.

        Raises:
            ApiError, Refusal: As `clone`, and 409 when it has started.
        """
        new = await self._again(origin, key, job_id, changes)
        wanted = _check_id(job_id)
        job = await self.threads.write(self._store.jobs.move, new, key.project_id, wanted)
        if job is None:
            raise ApiError(409, f'Job "{wanted}" has started and cannot be moved; clone it.')
        self._endings.announce(wanted)
        self._supervisor.wake()
        return job

    async def _again(self, origin: Origin, key: KeyRecord, job_id: str, changes: Changes) -> NewJob:
        job = await self.find(key, job_id)
        batch = await self.threads.read(self._store.jobs.circuits, job)
        if batch is None:
            raise ApiError(400, f'Job "{job.id}" keeps no circuits that could be run again.')
        admitted = await self.threads.compute(
            admit_clone, changes, job, batch, self._limits, self.machines
        )
        return _new_job(admitted, key, origin)

    async def find(self, key: KeyRecord, job_id: str) -> JobRecord:
        """Return a parent or a child.

        Raises:
            ApiError: 404 when the caller has no such job.
        """
        wanted = _check_id(job_id)
        job = await self.threads.read(self._store.jobs.get, key.project_id, wanted)
        if job is None:
            raise _no_job(job_id)
        return job

    async def find_settled(self, key: KeyRecord, job_id: str) -> JobRecord:
        """Return a parent or a child, once it has ended or the time to hold an answer is over.

        Raises:
            ApiError: 404 when the caller has no such job.
        """
        job = await self.find(key, job_id)
        if job.status.is_final or not self.settings.hold_seconds:
            return job
        with suppress(TimeoutError), self._endings.watch(job.parent_id or job.id) as changed:
            async with asyncio.timeout(self.settings.hold_seconds):
                # Read again before the first wait: it may have ended since.
                while not (job := await self.find(key, job_id)).status.is_final:
                    await changed.wait()
                    changed.clear()
        return job

    async def settle(self, key: KeyRecord, job_id: str) -> None:
        """Wait as `find_settled` does; for a job that does not exist not at all."""
        with suppress(ApiError):
            await self.find_settled(key, job_id)

    async def page(self, key: KeyRecord, wanted: JobFilter, limit: int, cursor: str | None) -> Page:
        """Return one page of the caller's jobs, newest first."""
        return await self.threads.read(self._store.jobs.page, key.project_id, wanted, limit, cursor)

    async def children(self, jobs: Sequence[JobRecord]) -> dict[str, list[str]]:
        """Return the child ids of each multicircuit job of ``jobs``, in submission order."""
        parents = [job.id for job in jobs if job.is_multicircuit]
        if not parents:
            return {}
        return await self.threads.read(self._children, parents)

    def _children(self, parents: list[str]) -> dict[str, list[str]]:
        return {parent: self._store.jobs.child_ids(parent) for parent in parents}

    async def outcomes(self, jobs: Sequence[JobRecord]) -> dict[str, dict[str, Any]]:
        """Return the results of the quantum functions among ``jobs``, by id, where there are any."""
        if not any(is_function(job.type) for job in jobs):
            return {}
        return await self.threads.evaluate(self._outcomes.of, jobs)

    async def engine_of(self, job: JobRecord) -> JobEngine:
        """Return by what rules a job is computed."""
        return await self.threads.read(self._store.jobs.engine_of, job)

    async def usage(
        self, organization_id: str, group_by: GroupBy, first: date, last: date
    ) -> list[DayUsage]:
        """Return what an organization has used on each day; see `paultrap.store.Usage.by_day`."""
        return await self.threads.read(
            self._store.usage.by_day, organization_id, group_by, first, last
        )

    async def group_names(
        self, organization_id: str, group_by: GroupBy, groups: Sequence[str]
    ) -> dict[str, str]:
        """Return the names of an organization's groups by their ids, where they have one."""
        return await self.threads.read(
            self._store.usage.group_names, organization_id, group_by, groups
        )

    async def members(self, organization_id: str) -> list[MemberRecord]:
        """Return who submits the jobs of an organization."""
        return await self.threads.read(self._store.accounts.members, organization_id)

    async def organization_name(self, organization_id: str) -> str:
        """Return the name of an organization."""
        found = await self.threads.read(self._store.accounts.get_organization, organization_id)
        return organization_id if found is None else found.name

    async def cancel(self, key: KeyRecord, job_ids: Sequence[str]) -> list[str]:
        """Cancel all of the jobs, or none of them when one does not exist.

        A job that has ended stays as it is.
        """
        ids = [_check_id(job_id) for job_id in job_ids]
        await self.threads.write(self._store.jobs.cancel, key.project_id, ids)
        self._supervisor.check_leases()
        for job_id in ids:
            self._endings.announce(job_id)
        return ids

    async def delete(self, key: KeyRecord, job_ids: Sequence[str]) -> list[str]:
        """Delete all of the jobs with their children, or none when one does not exist."""
        ids = [_check_id(job_id) for job_id in job_ids]
        await self.threads.write(self._store.jobs.delete, key.project_id, ids)
        self._supervisor.check_leases()
        return ids

    async def add_session(self, new: NewSession) -> SessionRecord:
        """Return a new session, durably stored."""
        return await self.threads.write(self._store.sessions.create, new)

    async def session(self, key: KeyRecord, session_id: str) -> SessionRecord:
        """Return one of the caller's sessions.

        Raises:
            SessionNotFoundError: There is none of this id.
        """
        wanted = session_id.lower()
        return await self.threads.read(self._store.sessions.get, key.project_id, wanted)

    async def sessions(self, key: KeyRecord, *, active: bool | None) -> list[SessionRecord]:
        """Return the caller's newest sessions, or those of them that have ended or have not."""
        newest = partial(self._store.sessions.list_newest, active=active)
        return await self.threads.read(newest, key.project_id, _MOST_SESSIONS)

    async def end_session(self, key: KeyRecord, session_id: str) -> SessionRecord:
        """Return a session of the caller's, which has ended now; its waiting jobs are canceled.

        Raises:
            SessionNotFoundError: There is none of this id.
        """
        wanted = session_id.lower()
        canceled = await self.threads.write(
            self._store.sessions.end, key.project_id, wanted, key.submitter_id
        )
        for job_id in canceled:
            self._endings.announce(job_id)
        return await self.session(key, wanted)

    async def probabilities(self, job: JobRecord, aggregation: str = AVERAGE) -> Iterator[bytes]:
        """Return the pieces of one circuit's `{"<state>": probability}`.

        Args:
            job: It has one circuit, or it is its first that is meant.
            aggregation: How the variants of a debiased circuit become one distribution.
        """
        _check_finished(job)
        return self._first_circuit(job, stream_parts_v1, aggregation)

    async def probabilities_by_register(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one circuit's bitstrings and their probabilities."""
        _check_finished(job)
        shots = None if job.sampling is None else job.sampling.shots
        return self._first_circuit(job, partial(_probabilities_v2, job, shots))

    async def histogram(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one sampled circuit's `{"<state>": count}`."""
        shots = _sampling_of(job, "histogram").shots
        return self._first_circuit(job, partial(stream_histogram_v1, shots=shots))

    async def histogram_by_register(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one sampled circuit's bitstrings and their counts."""
        shots = _sampling_of(job, "histogram").shots
        return self._first_circuit(job, partial(_histogram_v2, job, shots))

    async def shots(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one sampled circuit's `["<state>", ...]`, one for each shot."""
        order = _order_of(job, _sampling_of(job, "shots"))
        return self._first_circuit(job, lambda parts: stream_shots_v1(order(parts)))

    async def shots_by_register(self, job: JobRecord) -> Iterator[bytes]:
        """Return the pieces of one sampled circuit's shots, each a list of bits."""
        order = _order_of(job, _sampling_of(job, "shots"))
        return self._first_circuit(job, lambda parts: _shots_v2(job, order(parts)))

    async def aggregated_histogram(self, job: JobRecord, aggregation: str) -> Iterator[bytes]:
        """Return the pieces of a debiased circuit's bitstrings and their counts."""
        shots = _sampling_of(job, "histogram").shots

        def encode(parts: Iterator[Distributions]) -> Iterator[bytes]:
            whole = (in_whole_shots(part, shots) for part in parts)
            return _histogram_v2(job, shots, whole)

        return self._first_circuit(job, encode, aggregation)

    async def variant(self, job: JobRecord, number: int, kind: str) -> Iterator[bytes]:
        """Return the pieces of what one variant of a debiased circuit gave, by register.

        Args:
            job: It has one circuit.
            number: Of the variant, from 0 on.
            kind: "probabilities", "histogram" or "shots".
        """
        sampling = _sampling_of(job, kind)
        shots = int(shots_of_groups(sampling.shots, sampling.variants)[number])
        # A circuit's slices hold all of its variants.
        found = await self.threads.read(next, self._store.jobs.results(job), None)
        if found is None:
            raise _no_job(job.id)
        parts = [found.distributions.slice(number, number + 1)]
        if kind == "probabilities":
            return _probabilities_v2(job, shots, parts)
        if kind == "histogram":
            return _histogram_v2(job, shots, parts)
        index = (job.index or 0) * sampling.variants + number
        return _shots_v2(job, ordered_shots(parts, shots, sampling.seed, index))

    async def compiled_circuit(self, job: JobRecord, entangler: Entangler) -> Iterator[bytes]:
        """Return the pieces of one circuit's native gates, compiled as it is for its run."""
        if job.readout is not None and job.readout.measures_within:
            raise ApiError(
                404,
                f'Job "{job.id}" measures or resets qubits within its circuit, for which there are '
                "no native gates.",
            )
        program = await self.threads.read(self._store.jobs.circuit, job)
        if program is None:
            raise ApiError(404, f'Job "{job.id}" keeps no circuit.')
        try:
            compiled = await self.threads.compute(compile_native, program, entangler)
        except SimulationError as error:  # kept by an earlier release, which took more
            raise ApiError(404, f'Job "{job.id}" has no native gates: {error}.') from error
        return stream_native_v1(compiled, 0)

    async def source(self, job: JobRecord) -> bytes:
        """Return the program that a job was made from.

        Raises:
            ApiError: 404 where it was made from circuits in JSON.
        """
        found = await self.threads.read(self._store.jobs.source, job.id)
        if found is None:
            raise ApiError(404, f'Job "{job.id}" was not made from a program.')
        return found

    async def aggregate(self, job: JobRecord, aggregation: str = AVERAGE) -> Iterator[bytes]:
        """Return the pieces of `{"<id>": {"<state>": probability}}`, circuits in order."""
        _check_finished(job)
        ids = (await self.children([job])).get(job.id, [job.id])
        slices = self._results(job, aggregation)
        return aggregate_parts(ids, ((part.distributions, part.goes_on) for part in slices))

    def _results(self, job: JobRecord, aggregation: str) -> Iterator[ResultSlice]:
        """Yield the slices of a job's result, with one distribution for each circuit."""
        for found in self._store.jobs.results(job):
            one_each = combined(
                found.distributions,
                job.sampling,
                first_index=found.first,
                aggregation=aggregation,
            )
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
            raise _no_job(job.id)
        yield from encode(_parts_of_one(first, slices))


def _probabilities_v2(
    job: JobRecord, shots: int | None, parts: Iterable[Distributions]
) -> Iterator[bytes]:
    if registers := _registers_of(job):
        return stream_probabilities_by_register(parts, registers, shots)
    return stream_parts_v2(parts, _bits_of(job))


def _histogram_v2(job: JobRecord, shots: int, parts: Iterable[Distributions]) -> Iterator[bytes]:
    if registers := _registers_of(job):
        return stream_histogram_by_register(parts, registers, shots)
    return stream_histogram_v2(parts, shots, _bits_of(job))


def _shots_v2(job: JobRecord, states: NDArray[np.uint64]) -> Iterator[bytes]:
    if registers := _registers_of(job):
        return stream_shots_by_register(states, registers)
    return stream_shots_v2(states, _bits_of(job))


def _registers_of(job: JobRecord) -> Sequence[Register]:
    return () if job.readout is None else job.readout.registers


def _bits_of(job: JobRecord) -> int:
    """Return how many bits a state of the job's has."""
    return job.qubits if job.readout is None else len(job.readout.bits)


def _parts_of_one(first: ResultSlice, more: Iterator[ResultSlice]) -> Iterator[Distributions]:
    """Yield the parts of the circuit that the ``first`` slice begins with."""
    yield first.distributions.slice(0, 1)
    goes_on = first.goes_on
    while goes_on:
        found = next(more)
        yield found.distributions
        goes_on = found.goes_on


def _new_job(job: AdmittedJob, key: KeyRecord, origin: Origin) -> NewJob:
    """Return a job that waits to be stored for the owner of a key."""
    admitted = {each.name: getattr(job, each.name) for each in fields(AdmittedJob)}
    return NewJob(
        **admitted,
        project_id=key.project_id,
        submitter_id=key.submitter_id,
        **origin._asdict(),
    )


def _check_id(job_id: str) -> str:
    wanted = job_id.lower()
    if _UUID.fullmatch(wanted) is None:
        raise _no_job(job_id[:64])
    return wanted


def _no_job(job_id: str) -> ApiError:
    return ApiError(404, f'Job "{job_id}" not found.')


def _check_finished(job: JobRecord) -> None:
    if is_function(job.type):
        raise ApiError(
            404,
            f'Job "{job.id}" is a "{job.type}": it has no such result; see "results" in the job.',
        )
    if job.status is not Status.COMPLETED or job.dry_run:
        raise ApiError(404, f'Job not found or not yet completed: "{job.id}" is {_state(job)}.')


def _sampling_of(job: JobRecord, what: str) -> Sampling:
    """Return how a finished circuit was sampled.

    Raises:
        ApiError: 404 for what has no ``what``: several circuits, an exact answer, or none yet.
    """
    _check_finished(job)
    if job.is_multicircuit:
        raise ApiError(404, f'Job "{job.id}" has several circuits; each child has its own {what}.')
    if job.sampling is None:
        raise ApiError(
            404,
            f'Job "{job.id}" has no {what}: the ideal simulator takes no shots, it gives exact '
            "probabilities. Name a noise model to sample.",
        )
    return job.sampling


def _order_of(
    job: JobRecord, sampling: Sampling
) -> Callable[[Iterator[Distributions]], NDArray[np.uint64]]:
    return partial(ordered_shots, shots=sampling.shots, seed=sampling.seed, index=job.index or 0)


def _state(job: JobRecord) -> str:
    return "a dry run" if job.dry_run else str(job.status)
