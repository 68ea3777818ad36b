"""`WorkQueue`: chunks of jobs, leased to workers, who extend, finish, fail or lose them."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from paultrap.circuits import Distributions, Program, Readout
from paultrap.jobs import CircuitFailure, Failures, Sampling, method_of
from paultrap.store import (
    choosing,
    creations,
    deaths,
    events,
    leases,
    reading,
    sessions,
    stages,
    workers,
)
from paultrap.store.blobs import pack_program, read_blob, unpack_program
from paultrap.store.database import Database
from paultrap.store.ending import NONE_FAILED
from paultrap.store.errors import DamagedError
from paultrap.store.host_records import (
    WorkerBackends,
)
from paultrap.store.liveness import death_of
from paultrap.store.locking import lock_job
from paultrap.store.records import Lease, Stage, WorkerEngine
from paultrap.store.slices import PackedSlice, pack_slices
from paultrap.store.tables import chunk_programs

# A transaction holds up all other writers, so a large result is written in several.
_BATCH_BYTES = 1 << 26
_OVERDUE_EVERY_MS = 1_000  # where there may be many workers
_MOST_DAMAGED = 100  # jobs that one call gives up

T = TypeVar("T")


class WorkQueue:
    """The chunks of a database that wait or run.

    Args:
        database: The database that holds the chunks.
        server: The id of the server whose workers lease; None without a server.
    """

    def __init__(self, database: Database, server: str | None = None) -> None:
        self._database = database
        self._server = server
        self._looked_at = -_OVERDUE_EVERY_MS  # for what is overdue

    def lease(  # noqa: PLR0913  # all that a worker says of itself
        self,
        owner: str,
        lease_ms: int,
        memory_limit: int | None = None,
        engine: WorkerEngine | None = None,
        *,
        short_work: bool = False,
        host: str | None = None,
        backends: WorkerBackends | None = None,
        most_cost: float | None = None,
    ) -> Lease | None:
        """Lease the chunk that is due first, or return None when there is nothing to do.

        A chunk that does not fit in memory beside what is leased waits, and for a while those that
        fit overtake it. One that needs more than its host has is left to another, and fails where
        none that is registered has so much.

        Args:
            owner: The worker's name, which no other worker has had.
            lease_ms: After this time without `extend` another worker may have the chunk.
            memory_limit: Bytes that all leased chunks of ``host`` together may need; None for no
                limit.
            engine: By what rules the worker can compute, None for this release's. The first lease
                of a job fixes its own; later ones are for these where the worker has them.
            short_work: Whether only short work is wanted: chunks that are predicted to end within a
                second, of jobs of which nothing runs. One that does not fit waits, and fails nothing.
            host: The name of what has the memory; see `HostRegistration`.
            backends: What the worker can run; None for everything.
            most_cost: The largest cost of a chunk that it takes; None for any.
        """
        claimant = choosing.Claimant(
            owner,
            self._server,
            memory_limit,
            engine or WorkerEngine(),
            short_work,
            host,
            choosing.wanted(self._database, backends),
            most_cost,
        )
        while True:
            claim = self._past_damage(partial(self._claim, claimant, lease_ms), None)
            if claim is None:
                return None
            chunk, job = claim.chunk, claim.job
            # Read outside of the transaction, which holds up all writers.
            found = self._past_damage(partial(self._content, claim), None)
            if found is not None:
                program, stage = found
                return Lease(
                    job_id=chunk.job_id,
                    chunk=chunk.position,
                    first=chunk.first,
                    stop=chunk.stop,
                    owner=owner,
                    attempt=claim.attempt,
                    program=program,
                    sampling=None if job.sampling is None else Sampling.from_bytes(job.sampling),
                    readout=None if job.readout is None else Readout.from_bytes(job.readout),
                    stage=stage,
                    engine_version=claim.engine_version,
                    precision=claim.precision,
                    project_id=job.project_id,
                    backend=job.backend,
                    request_id=job.request_id,
                    traceparent=job.traceparent,
                )

    def _claim(self, claimant: choosing.Claimant, lease_ms: int) -> leases.Claim | None:
        def claim(connection: sa.Connection) -> leases.Claim | None:
            now = self._database.moment()
            if not self._database.is_shared:
                leases.end_overdue(connection, now)
            if claimant.host is not None and claimant.memory_limit is not None:
                self._database.lock(connection, choosing.lock_of(claimant.host))
            return leases.claim(connection, claimant, now, lease_ms)

        # Where nobody else writes, to look for what is overdue is a part of each claim.
        may_look = self._database.is_shared
        if may_look and self._is_due():
            self.end_overdue()
            may_look = False
        found = self._database.change(claim, durable=False)
        if found is None and may_look and self.end_overdue():
            found = self._database.change(claim, durable=False)
        return found

    def _is_due(self) -> bool:
        """Return whether this process has not looked lately for what is overdue, and does now."""
        now = self._database.moment().steady
        if self._looked_at <= now < self._looked_at + _OVERDUE_EVERY_MS:
            return False
        self._looked_at = now
        return True

    def _content(self, claim: leases.Claim) -> tuple[Program, Stage | None] | None:
        """Return what a chunk runs; None where it was deleted meanwhile."""
        job_id = claim.chunk.job_id
        with self._database.damage.watch(job_id), self._database.look() as connection:
            packed = read_blob(connection, chunk_programs, job_id, claim.chunk.position)
            if packed is None:
                if reading.is_there(connection, job_id):
                    raise DamagedError(job_id, f"circuits of chunk {claim.chunk.position}")
                return None
            stage = stages.read_stage(connection, claim.chunk) if claim.job.stages > 1 else None
            return unpack_program(packed), stage

    def _past_damage(self, act: Callable[[], T], lost: T) -> T:
        """Return what ``act`` does once the jobs that are found damaged meanwhile are given up.

        Args:
            act: Does it; it changes nothing where it fails.
            lost: What is returned where too much is damaged.
        """
        for _ in range(_MOST_DAMAGED):
            try:
                return act()
            except DamagedError as error:
                self._database.damage.report(error)
                if error.owner_id is None:
                    raise
                self._database.change(
                    partial(deaths.give_up_damaged, error=error, now=self._database.moment())
                )
        return lost

    def has_short_work(self) -> bool:
        """Return whether a chunk waits that `lease` gives to whom asks for short work."""
        with self._database.look() as connection:
            return choosing.has_short_work(connection)

    def rest(self) -> None:
        """Close the connections that are not in use: there is nothing to do for a while."""
        self._database.rest()

    def note_loss(self, lease: Lease) -> None:
        """Publish that a worker has found its lease gone; nothing is written."""
        self._database.publish([events.lost(lease, self._database.now())])

    def extend(self, lease: Lease, lease_ms: int) -> bool:
        """Keep the lease for another ``lease_ms``; return False when it is lost.

        It is lost when the job was canceled or deleted, or another worker has the chunk.
        """

        def extend(connection: sa.Connection) -> bool:
            return leases.extend(connection, lease, self._database.moment().steady + lease_ms)

        return self._database.change(extend, durable=False)

    def finish(
        self,
        lease: Lease,
        distributions: Distributions,
        execution_us: int,
        findings: bytes | None = None,
        failures: Failures = NONE_FAILED,
    ) -> bool:
        """Store a chunk's answer; with the last one its job ends.

        Args:
            lease: The lease of the chunk.
            distributions: The answers of the chunk's circuits, in submission order; those that
                have failed are left out.
            execution_us: How long the run took, in microseconds.
            findings: Of a job with several stages: what its function keeps of the answer. The
                lease's program is stored with it, as what has run.
            failures: Why some of the circuits have failed, by their index in the job.

        Returns:
            Whether the answer counts: False when the lease is lost. The same holder may finish
            twice; the first answer stays.
        """
        per_circuit = method_of(lease.sampling).distributions_per_circuit
        program = None if findings is None else pack_program(lease.program)
        batches = _batched(_packed(distributions, lease, per_circuit, failures))
        batch = next(batches, [])
        anew = True
        for next_batch in batches:
            keep = partial(leases.keep, self._database, lease=lease, slices=batch, anew=anew)
            if not self._database.change(keep):
                break
            batch, anew = next_batch, False

        def finish(connection: sa.Connection) -> bool:
            lock_job(connection, lease.job_id)  # before its chunk
            is_held = leases.keep(self._database, connection, lease, batch, anew=anew)
            if is_held and findings is not None and program is not None:
                stages.keep_findings(connection, leases.key_of(lease), findings, program)
            now = self._database.moment()
            return leases.finish(connection, lease, execution_us, now, failures)

        return self._past_damage(partial(self._database.change, finish), lost=False)

    def fail(self, lease: Lease, code: str, text: str) -> bool:
        """Give all circuits of a chunk up; the job fails when its other chunks have ended.

        Args:
            lease: The lease of the chunk.
            code: The code of the failure, a `paultrap.errors.FailureCode`.
            text: What is wrong, as it follows the circuit in a message: ": no such gate".

        Returns:
            Whether it counts, as in `finish`.
        """
        failure = CircuitFailure(code, text)

        def fail(connection: sa.Connection) -> bool:
            return leases.fail(connection, lease, failure, self._database.moment())

        return self._past_damage(partial(self._database.change, fail), lost=False)

    def release(self, owner: str, *, blame: bool = True) -> None:
        """Free the leases of a worker that is gone, at once.

        Args:
            owner: The worker's name.
            blame: Whether what it ran may have killed it. A chunk that did so three times fails.
        """

        def free(connection: sa.Connection) -> None:
            leases.free(connection, owner, self._database.moment(), blame=blame)

        self._past_damage(partial(self._database.change, free, durable=False), None)

    def end_overdue(self) -> bool:
        """Free the leases that have run out and end the sessions whose time is over.

        Whoever leases does so too; this is for when nobody does.

        Returns:
            Whether there were such leases.
        """
        now = self._database.moment()
        with self._database.look() as connection:
            is_expired = choosing.has_expired(connection, now)
            is_overdue = sessions.has_overdue(connection, now)
        if is_expired:
            free = partial(leases.free_expired, now=now)
            self._past_damage(partial(self._database.change, free, durable=False), None)
        if is_overdue:
            self._database.change(partial(sessions.settle_overdue, now=now))
        return is_expired

    def release_dead_servers(self, *, unknown: bool = False) -> None:
        """Free the leases of servers that are gone, and lose their answers; of those that live, none.

        Args:
            unknown: Whether leases of a server that is not known are freed too, as an earlier
                release made them.
        """
        with self._database.read() as connection:
            found = {
                *leases.servers(connection),
                *creations.servers(connection),
                *workers.registered(connection),
            }
        for server in found:
            if server == self._server or (server is None and not unknown):
                continue
            with death_of(self._database, server) as is_dead:
                if is_dead:
                    self._past_damage(partial(self._free_server, server), None)

    def _free_server(self, server: str | None) -> None:
        def free(connection: sa.Connection) -> None:
            now = self._database.moment()
            leases.free_server(connection, server, now)
            creations.lose_answers(connection, server)
            workers.end(connection, server, now)

        self._database.change(free)


def _packed(
    answers: Distributions, lease: Lease, per_circuit: int, failures: Failures
) -> Iterator[PackedSlice]:
    """Yield the slices of a chunk's answers; none has a circuit that failed within it.

    So what is missing can be stored later beside what is there.
    """
    if not failures:
        yield from pack_slices(answers, lease.first, per_circuit)
        return
    taken, start = 0, lease.first
    for end in (*sorted(failures), lease.stop):
        if end > start:
            kept = answers.slice(taken, taken + (end - start) * per_circuit)
            yield from pack_slices(kept, start, per_circuit)
            taken += kept.n_circuits
        start = end + 1


def _batched(slices: Iterator[PackedSlice]) -> Iterator[list[PackedSlice]]:
    batch: list[PackedSlice] = []
    size = 0
    for packed in slices:
        batch.append(packed)
        size += len(packed.data)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
