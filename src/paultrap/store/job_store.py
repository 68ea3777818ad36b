"""`JobStore`: jobs, their circuits and their results, as those who submitted them see them."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial

import sqlalchemy as sa

from paultrap.admission import AdmittedJob
from paultrap.circuits import Program
from paultrap.formats import CircuitBatch
from paultrap.jobs import Identifiers, Status, method_of
from paultrap.store import changes, reading, results, retrying, stages, verified
from paultrap.store.blobs import unpack_program
from paultrap.store.creating import CreatingRequest
from paultrap.store.creations import Creations, forget
from paultrap.store.database import Database
from paultrap.store.errors import JobNotFoundError
from paultrap.store.events import EventReason
from paultrap.store.host_records import (
    QueuedNeed,
)
from paultrap.store.lengths import keep_lengths, lengths_of
from paultrap.store.locking import lock_jobs
from paultrap.store.records import (
    JobEngine,
    JobFilter,
    JobRecord,
    NewJob,
    Page,
    ResultSlice,
)
from paultrap.store.results import StoredResult
from paultrap.store.retrying import FailedCircuits, Retry
from paultrap.store.submission import Submission


class JobStore:
    """The jobs of a database.

    Args:
        database: The database.
        creations: Which requests have made something in it.
        ids: Makes the ids of jobs and of their children, by which they are listed.
    """

    def __init__(self, database: Database, creations: Creations, ids: Identifiers) -> None:
        self._database = database
        self._ids = ids
        self._damage = database.damage
        self._creations = creations

    def add(self, new: NewJob, request: CreatingRequest | None = None) -> JobRecord:
        """Store a job; when this returns, it is on disk.

        Args:
            new: The job.
            request: The request that asks for it, where it may come again.

        Raises:
            SessionNotFoundError: It names a session that does not exist.
            SessionClosedError: The session has ended, is full, or is for another backend.
            RepeatedRequestError, IdempotencyKeyError: As of `Creations.once`.
        """
        submission = Submission(new, self._database.moment(), self._ids)

        def insert(connection: sa.Connection) -> JobRecord:
            submission.insert(self._database, connection)
            return submission.record

        return self._creations.once(request, insert)

    def get(self, project_id: str, job_id: str) -> JobRecord | None:
        """Return a job of the project, parent or child, or None."""
        with self._watch(job_id), self._database.read() as connection:
            return reading.get_job(connection, project_id, job_id)

    def page(
        self, project_id: str, wanted: JobFilter, limit: int, cursor: str | None = None
    ) -> Page:
        """Return one page of the project's jobs.

        Newest first, but the children of a parent in submission order.

        Args:
            project_id: The id of the project whose jobs are listed.
            wanted: The filter that the jobs pass.
            limit: The largest number of jobs on the page.
            cursor: The ``next`` of the page before: the id of its last job.
        """
        report, cut = self._damage.report, reading.Cut(limit, cursor)
        with self._watch(wanted.parent_id), self._database.read() as connection:
            return reading.list_jobs(connection, project_id, wanted, cut, report)

    def source(self, job_id: str) -> bytes | None:
        """Return what a job was made from, or None where that was circuits in JSON."""
        with self._watch(job_id), self._database.read() as connection:
            return stages.read_source(connection, job_id)

    def findings(self, job_id: str) -> list[bytes]:
        """Return the findings of the chunks that are done, in their order.

        Only chunks of jobs with several stages have some.
        """
        with self._watch(job_id), self._database.read() as connection:
            return stages.findings_of(connection, job_id)

    def engine_of(self, job: JobRecord) -> JobEngine:
        """Return by what rules a job is computed."""
        with self._watch(job.id), self._database.read() as connection:
            return reading.engine_of(connection, job)

    def queued_needs(self, job: JobRecord) -> list[QueuedNeed]:
        """Return what those chunks of a job need, or that of a child, that wait to be run."""
        with self._database.read() as connection:
            return reading.queued_needs(connection, job)

    def child_ids(self, job_id: str) -> list[str]:
        """Return the ids of a job's children in submission order; a deleted one keeps its place."""
        with self._watch(job_id), self._database.read() as connection:
            found = verified.child_ids(connection, job_id)
            verified.check_child_ids(connection, job_id, found)
            return found

    def check_children(self, job_id: str) -> None:
        """Refuse to give the results of a job together where a child was deleted or canceled.

        Raises:
            ChildGoneError: One was; it names the first.
        """
        with self._watch(job_id), self._database.read() as connection:
            results.check_children(connection, job_id)

    def result(self, job: JobRecord) -> StoredResult:
        """Return what is stored of a job's result; of a child, its own alone.

        Raises:
            ChildGoneError: A child was deleted or canceled.
        """
        per_circuit = method_of(job.sampling).distributions_per_circuit
        with self._watch(job.id):
            if job.parent_id is None or job.index is None:
                return results.job_result(self._database, job.id, per_circuit)
            return results.child_result(self._database, job.parent_id, job.index, per_circuit)

    def slices(self, job: JobRecord, stored: StoredResult, start: int = 0) -> Iterator[ResultSlice]:
        """Yield the distributions of a job, slice by slice, in submission order.

        Of a parent, one for each circuit that has run. A circuit that was debiased has one for each
        variant.

        Args:
            job: The job.
            stored: What `result` has returned of it.
            start: How many slices are left out at the beginning.

        Raises:
            JobNotFoundError: The job was deleted in the meantime.
        """
        with self._watch(job.id):
            yield from stored.slices(start)

    def check(self, job: JobRecord, stored: StoredResult) -> None:
        """Look at what is stored of a job's result before the first of it is told.

        Raises:
            DamagedError: It is not what was written.
        """
        with self._watch(job.id):
            stored.check()

    def lengths(self, job_id: str, digest: bytes) -> list[int] | None:
        """Return how many bytes each section of a text of a job has, or None where that is not known.

        Args:
            job_id: The id of the job; of a child's text, its parent's.
            digest: What the text is known by.
        """
        with self._watch(job_id), self._database.read() as connection:
            return lengths_of(connection, job_id, digest)

    def keep_lengths(self, job_id: str, digest: bytes, lengths: Sequence[int]) -> None:
        """Keep what `lengths` is to return; nothing of a job that was deleted."""
        keep = partial(keep_lengths, job_id=job_id, digest=digest, lengths=lengths)
        self._database.change(keep, durable=False)

    def results(self, job: JobRecord) -> Iterator[ResultSlice]:
        """Yield all `slices` of what is stored of a job's result."""
        yield from self.slices(job, self.result(job))

    def all_results(self, job: JobRecord) -> Iterator[ResultSlice]:
        """Yield what has run of a parent as `results` does, whatever became of its children."""
        with self._watch(job.id):
            yield from results.all_results(self._database, job.id)

    def circuit(self, job: JobRecord) -> Program | None:
        """Return the circuit of a job of one or of a child, as it was submitted.

        None when the job was deleted in the meantime.
        """
        job_id = job.parent_id or job.id
        with self._watch(job.id):
            with self._database.read() as connection:
                packed = reading.read_circuit(connection, job_id, job.index or 0)
            if packed is None:
                return None
            program, place = packed
            return unpack_program(program).slice(place, place + 1)

    def admitted(self, job: JobRecord) -> AdmittedJob | None:
        """Return a job as it was admitted, without its chunks and without deleted children.

        None when it was deleted in the meantime, or keeps no circuits: a program that was never
        read.
        """
        with self._watch(job.id):
            batch = self._circuits(job)
        if batch is None:
            return None
        return AdmittedJob(
            backend=job.backend,
            batch=batch,
            chunks=(),
            name=job.name,
            shots=job.shots,
            metadata=job.metadata,
            noise=job.noise,
            settings=job.settings,
            registers=job.registers,
            sampling=job.sampling,
            session_id=job.session_id,
            type=job.type,
            source=self.source(job.id),
            readout=job.readout,
            dry_run=job.dry_run,
        )

    def _circuits(self, job: JobRecord) -> CircuitBatch | None:
        if not job.is_multicircuit:
            program = self.circuit(job)
            if program is None:
                return None
            gateset = job.gateset or "qis"
            return CircuitBatch(
                program, [job.name], [gateset], [None], is_multicircuit=False, qubits=job.qubits
            )
        with self._database.read() as connection:
            packed = reading.read_all(connection, job.id)
            rows = reading.read_children(connection, job.id)
        if not packed or not rows:
            return None
        whole = Program.concatenate([unpack_program(each) for each in packed])
        kept = [row.position for row in rows]
        if len(kept) < whole.n_circuits:
            whole = Program.concatenate([whole.slice(k, k + 1) for k in kept])
        return CircuitBatch(
            program=whole,
            names=[row.name for row in rows],
            gatesets=[row.gateset for row in rows],
            registers=[row.registers for row in rows],
            is_multicircuit=True,
            qubits=job.qubits,
        )

    def move(
        self, new: NewJob, old_id: str, request: CreatingRequest | None = None
    ) -> JobRecord | None:
        """Store a job in the place of one that has not started, which is canceled with it.

        Args:
            new: The job.
            old_id: The id of the other one, in the same project.
            request: The request that asks for it, where it may come again.

        Returns:
            The new job, or None when the other one has started; nothing has changed then.

        Raises:
            JobNotFoundError: There is no such job.
            RepeatedRequestError, IdempotencyKeyError: As of `Creations.once`.
        """
        submission = Submission(new, self._database.moment(), self._ids)

        def insert(connection: sa.Connection) -> JobRecord | None:
            lock_jobs(connection, [old_id])
            old = reading.get_job(connection, new.project_id, old_id)
            if old is None:
                raise JobNotFoundError([old_id])
            if old.status not in {Status.SUBMITTED, Status.READY}:
                return None
            submission.insert(self._database, connection)
            now = self._database.now()
            forget(connection, [old_id])
            changes.cancel(connection, new.project_id, [old_id], now, EventReason.MOVED)
            return submission.record

        return self._creations.once(request, insert)

    def cancel(self, project_id: str, ids: Sequence[str]) -> list[str]:
        """Cancel jobs and return the ids of those that had not ended yet.

        A job that has ended stays as it is. Of a parent, the chunks that are done stay done.

        Raises:
            JobNotFoundError: One of them does not exist; nothing was canceled.
        """
        now = self._database.now()

        def cancel(connection: sa.Connection) -> list[str]:
            forget(connection, ids)
            return changes.cancel(connection, project_id, ids, now)

        return self._database.change(cancel)

    def failed_circuits(self, project_id: str, job_id: str) -> list[FailedCircuits]:
        """Return the circuits of a job that have failed, in order.

        Raises:
            JobNotFoundError: There is no such job.
            NothingToRetryError: None can be run again.
        """
        with self._database.read() as connection:
            return retrying.read_failed(connection, project_id, job_id)

    def retry(self, project_id: str, job_id: str, again: Retry) -> None:
        """Run the failed circuits of a job again, which goes on as if they had not run yet.

        Raises:
            JobNotFoundError: There is no such job.
            NothingToRetryError: The circuits are not those that have failed.
        """
        now = self._database.moment()
        retry = partial(retrying.retry, project_id=project_id, job_id=job_id, again=again, now=now)
        self._database.change(retry)

    def delete(self, project_id: str, ids: Sequence[str]) -> None:
        """Delete jobs, and with a parent its children.

        Raises:
            JobNotFoundError: One of them does not exist; nothing was deleted.
        """
        now = self._database.now()

        def delete(connection: sa.Connection) -> None:
            forget(connection, ids)
            changes.delete(connection, project_id, ids, now)

        self._database.change(delete)

    def _watch(self, job_id: str | None) -> AbstractContextManager[None]:
        """Report what is found damaged of a job, unless it was deleted meanwhile."""
        return self._damage.watch(job_id, self._is_gone)

    def _is_gone(self, job_id: str) -> bool:
        with self._database.read() as connection:
            return verified.is_gone(connection, job_id)
