"""`Store`: everything that is kept, behind one object. It blocks; callers bring the threads."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from paultrap.circuits import Distributions, Program
from paultrap.formats import CircuitBatch
from paultrap.jobs import Failure, Status, distributions_per_circuit
from paultrap.jobs.usage import DayUsage, GroupBy
from paultrap.store import (
    accounts,
    changes,
    events,
    executions,
    keys,
    leases,
    members,
    programs,
    reading,
    results,
    schema,
    sessions,
    sqlite,
    stages,
)
from paultrap.store.blobs import pack_program, unpack_program
from paultrap.store.database import Database
from paultrap.store.errors import (
    JobNotFoundError,
    SessionNotFoundError,
    StoreError,
    StoreUnavailableError,
)
from paultrap.store.events import EventBus, EventReason, Listener
from paultrap.store.monitoring import StoreLoad, file_bytes, read_backends
from paultrap.store.records import (
    JobFilter,
    JobRecord,
    KeyRecord,
    Lease,
    MemberRecord,
    NewJob,
    NewSession,
    OrganizationRecord,
    Page,
    ProjectRecord,
    ResultSlice,
    Role,
    SessionRecord,
    UserRecord,
)
from paultrap.store.server_lock import ServerLock
from paultrap.store.slices import PackedSlice, pack_slices
from paultrap.store.submission import Submission

__all__ = ["Store"]


# A transaction holds up all other writers, so a large result is written in several.
_BATCH_BYTES = 1 << 26


def _now() -> int:
    return time.time_ns() // 1_000_000


def _bus(listener: Listener | None) -> EventBus:
    return EventBus() if listener is None else EventBus(listener)


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


class Store:
    """The jobs, keys and projects of one database. Safe to use from many threads.

    Attributes:
        path: The database file.
    """

    def __init__(self, database: Database, clock: Callable[[], int], resources: ExitStack) -> None:
        self.path = database.path
        self._database = database
        self._clock = clock
        self._resources = resources
        self._is_closed = False

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        exclusive: bool = False,
        clock: Callable[[], int] = _now,
        on_event: Listener | None = None,
    ) -> Self:
        """Open a database, making it and its folder where they are missing.

        Args:
            path: The database file.
            exclusive: Whether a server opens it. A server has the database for itself until it
                closes it or dies, and frees what the workers of a dead one before it had leased.
            clock: Returns Unix milliseconds.
            on_event: As `on_event`, from the first transaction on.

        Raises:
            NetworkFileSystemError: The file would lie on a file system shared by machines.
            SchemaVersionError: The database was written by a newer release.
            DatabaseInUseError: ``exclusive``, and another server has it.
            StoreError: The file is no database, or cannot be written.
        """
        path = Path(path).absolute()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # jobs are nobody else's
        sqlite.check_file_system(path.parent)
        with ExitStack() as resources:
            if exclusive:
                resources.callback(ServerLock(path).release)
            sqlite.make_private(path)
            database = Database(path, _bus(on_event))
            resources.callback(database.close)
            try:
                schema.migrate(database)
                with database.write() as connection:
                    keys.ensure_open_key(connection, clock())
                    if exclusive:
                        leases.free_all(connection, clock())
                if exclusive:
                    database.keep_house()
            except sa.exc.DBAPIError as error:
                raise StoreError(f"{path} cannot be used as a database: {error.orig}.") from error
            return cls(database, clock, resources.pop_all())
        raise AssertionError  # An ExitStack swallows nothing; mypy cannot know.

    @classmethod
    def open_ephemeral(cls, *, on_event: Listener | None = None) -> Self:
        """Open a new database in a temporary folder, which goes when the store is closed."""
        with ExitStack() as resources:
            folder = tempfile.TemporaryDirectory(prefix="paultrap-")
            resources.callback(folder.cleanup)
            path = Path(folder.name) / "paultrap.db"
            store = cls.open(path, exclusive=True, on_event=on_event)
            # The folder goes last, when nothing in it is open.
            resources.push(store._resources.pop_all())  # noqa: SLF001  # our own class
            store._resources = resources.pop_all()  # noqa: SLF001
            return store
        raise AssertionError  # as above

    @classmethod
    def attach(
        cls,
        path: Path | str,
        *,
        clock: Callable[[], int] = _now,
        on_event: Listener | None = None,
    ) -> Self:
        """Open a database that a server has open, as its workers do: nothing is made or changed.

        Raises:
            SchemaVersionError: Its schema is not this release's.
        """
        with ExitStack() as resources:
            database = Database(Path(path).absolute(), _bus(on_event))
            resources.callback(database.close)
            schema.check(database)
            return cls(database, clock, resources.pop_all())
        raise AssertionError  # as above

    def on_event(self, listener: Listener) -> None:
        """Have ``listener`` called with each event of a job that this process commits from now on.

        It is called after the commit, in the thread that made it, and must not block for long.
        """
        self._database.bus.subscribe(listener)

    def is_open(self) -> bool:
        """Return whether the database answers."""
        if self._is_closed:
            return False
        try:
            with self._database.read() as connection:
                connection.execute(sa.text("SELECT 1"))
        except (sa.exc.SQLAlchemyError, StoreUnavailableError):
            return False
        return True

    def load(self) -> StoreLoad:
        """Return what waits and what runs, and how large the database is."""
        started = time.perf_counter()
        with self._database.read() as connection:
            backends = read_backends(connection)
        return StoreLoad(
            at=self._clock(),
            backends=backends,
            database_bytes=file_bytes(self.path),
            log_bytes=file_bytes(Path(f"{self.path}-wal")),
            read_s=time.perf_counter() - started,
        )

    def tidy_soon(self) -> None:
        """Say that another process has committed something."""
        self._database.tidy_soon()

    def close(self) -> None:
        """Close all connections; what was answered is on disk already."""
        self._is_closed = True
        self._resources.close()

    # Accounts

    def create_organization(self, organization_id: str, name: str = "") -> OrganizationRecord:
        """Make an organization.

        Args:
            organization_id: Such as `com.example`.
            name: For people.

        Raises:
            StoreError: There is one of this id, or it cannot be one.
        """
        with self._database.write() as connection:
            return accounts.create_organization(
                connection, organization_id, name or organization_id, self._clock()
            )

    def list_organizations(self) -> list[OrganizationRecord]:
        """Return all organizations, oldest first."""
        with self._database.read() as connection:
            return accounts.list_organizations(connection)

    def create_project(
        self, name: str, organization_id: str = accounts.DEFAULT_ORGANIZATION
    ) -> ProjectRecord:
        """Make a project.

        Raises:
            StoreError: There is one of this name, or no such organization.
        """
        with self._database.write() as connection:
            return accounts.create_project(connection, name, organization_id, self._clock())

    def list_projects(self) -> list[ProjectRecord]:
        """Return all projects, oldest first."""
        with self._database.read() as connection:
            return accounts.list_projects(connection)

    def create_user(
        self,
        email: str,
        first_name: str = "",
        last_name: str = "",
        organization_id: str = accounts.DEFAULT_ORGANIZATION,
    ) -> UserRecord:
        """Make a user.

        Raises:
            StoreError: There is one with this address, or no such organization.
        """
        with self._database.write() as connection:
            return accounts.create_user(
                connection, email, first_name, last_name, organization_id, self._clock()
            )

    def list_users(self, organization_id: str | None = None) -> list[UserRecord]:
        """Return all users, or those of one organization, oldest first."""
        with self._database.read() as connection:
            return accounts.list_users(connection, organization_id)

    def disable_user(self, email: str) -> bool:
        """Let none of a user's keys count; return False when there is no user who could use one."""
        with self._database.write() as connection:
            return accounts.disable_user(connection, email, self._clock())

    # Keys

    def create_key(
        self,
        name: str,
        project: str = accounts.DEFAULT_PROJECT,
        *,
        user: str | None = None,
        role: Role = Role.MEMBER,
    ) -> tuple[str, KeyRecord]:
        """Return the secret of a new key, which is not kept and cannot be shown again, and it.

        Args:
            name: What its owner calls it.
            project: The name of its project, which is made where it is missing.
            user: The address of its user; without one it is a submitter of its own.
            role: What it may do.

        Raises:
            StoreError: There is no such user in the project's organization.
        """
        with self._database.write() as connection:
            return keys.create(connection, name, project, self._clock(), user=user, role=role)

    def list_keys(self) -> list[KeyRecord]:
        """Return all keys that were made, revoked ones too, oldest first."""
        with self._database.read() as connection:
            return keys.list_all(connection)

    def revoke_key(self, id_or_prefix: str) -> bool:
        """Revoke a key; return False when there is none, or it was revoked already.

        Raises:
            StoreError: Several keys have this prefix.
        """
        with self._database.write() as connection:
            return keys.revoke(connection, id_or_prefix, self._clock())

    def find_key(self, secret: str) -> KeyRecord | None:
        """Return the key with this secret, or None when there is none or it is revoked."""
        with self._database.read() as connection:
            return keys.find(connection, secret)

    def open_access_key(self, secret: str) -> KeyRecord | None:
        """Return the default project's key that any secret but an empty one opens."""
        if not secret:
            return None
        with self._database.read() as connection:
            return keys.find_open_key(connection)

    # Jobs

    def add_job(self, new: NewJob) -> JobRecord:
        """Store a job; when this returns, it is on disk.

        Raises:
            SessionNotFoundError: It names a session that there is not.
            SessionClosedError: The session has ended, is full, or is for another backend.
        """
        submission = Submission(new, self._clock())
        with self._database.write() as connection:
            submission.insert(connection)
        return submission.record()

    def get_job(self, project_id: str, job_id: str) -> JobRecord | None:
        """Return a job of the project, parent or child, or None."""
        with self._database.read() as connection:
            return reading.get_job(connection, project_id, job_id)

    def list_jobs(
        self, project_id: str, wanted: JobFilter, limit: int, cursor: str | None = None
    ) -> Page:
        """Return one page of the project's jobs.

        Newest first, but the children of a parent in submission order.

        Args:
            project_id: Whose jobs.
            wanted: Which of them.
            limit: At most so many.
            cursor: The ``next`` of the page before: the id of its last job.
        """
        with self._database.read() as connection:
            return reading.list_jobs(connection, project_id, wanted, limit, cursor)

    def source(self, job_id: str) -> bytes | None:
        """Return what a job was made from, or None where that was circuits in JSON."""
        with self._database.read() as connection:
            return reading.source(connection, job_id)

    def findings(self, job_id: str) -> list[bytes]:
        """Return the findings of the chunks that are done, in their order.

        Only chunks of jobs with several stages have some.
        """
        with self._database.read() as connection:
            return stages.findings_of(connection, job_id)

    def child_ids(self, job_id: str) -> list[str]:
        """Return the ids of a job's children, without deleted ones, in submission order."""
        with self._database.read() as connection:
            return reading.child_ids(connection, job_id)

    def results(self, job: JobRecord) -> Iterator[ResultSlice]:
        """Yield the distributions of a job, slice by slice, in submission order.

        Of a child, its own alone. Of a parent, one for each id in `child_ids` whose chunk is
        done: a deleted child is left out, and a canceled one has no states. A circuit that was
        debiased has one for each variant.

        Raises:
            JobNotFoundError: The job was deleted in the meantime.
        """
        per_circuit = distributions_per_circuit(job.sampling)
        if job.parent_id is None or job.index is None:
            return results.job_results(self._database, job.id, per_circuit)
        return results.child_result(self._database, job.parent_id, job.index, per_circuit)

    def circuit(self, job: JobRecord) -> Program | None:
        """Return the circuit of a job of one or of a child, as it was submitted.

        None when the job was deleted in the meantime.
        """
        job_id = job.parent_id or job.id
        with self._database.read() as connection:
            packed = programs.read_circuit(connection, job_id, job.index or 0)
        if packed is None:
            return None
        return unpack_program(packed.program).slice(packed.place, packed.place + 1)

    def circuits(self, job: JobRecord) -> CircuitBatch | None:
        """Return the circuits of a job as they were submitted, without deleted children.

        None when it was deleted in the meantime, or keeps none: a program that was never read.
        """
        if not job.is_multicircuit:
            program = self.circuit(job)
            if program is None:
                return None
            gateset = job.gateset or "qis"
            return CircuitBatch(
                program, [job.name], [gateset], [None], is_multicircuit=False, qubits=job.qubits
            )
        with self._database.read() as connection:
            packed = programs.read_all(connection, job.id)
            rows = programs.read_children(connection, job.id)
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

    def move_job(self, new: NewJob, project_id: str, job_id: str) -> JobRecord | None:
        """Store a job in the place of one that has not started, which is canceled with it.

        Returns:
            The new job, or None when the other one has started; nothing has changed then.

        Raises:
            JobNotFoundError: There is no such job.
        """
        submission = Submission(new, self._clock())
        with self._database.write() as connection:
            old = reading.get_job(connection, project_id, job_id)
            if old is None:
                raise JobNotFoundError([job_id])
            if old.status not in {Status.SUBMITTED, Status.READY}:
                return None
            submission.insert(connection)
            changes.cancel(connection, project_id, [job_id], self._clock(), EventReason.MOVED)
        return submission.record()

    def cancel(self, project_id: str, ids: Sequence[str]) -> list[str]:
        """Cancel jobs and return the ids of those that had not ended yet.

        A job that has ended stays as it is. Of a parent, the chunks that are done stay done.

        Raises:
            JobNotFoundError: One of them does not exist; nothing was canceled.
        """
        with self._database.write() as connection:
            return changes.cancel(connection, project_id, ids, self._clock())

    def delete(self, project_id: str, ids: Sequence[str]) -> None:
        """Delete jobs, and with a parent its children.

        Raises:
            JobNotFoundError: One of them does not exist; nothing was deleted.
        """
        with self._database.write() as connection:
            changes.delete(connection, project_id, ids, self._clock())
        self._database.remove_deleted()

    # What was executed

    def usage(
        self, organization_id: str, group_by: GroupBy, first: date, last: date
    ) -> list[DayUsage]:
        """Return what an organization has used on each day, by group.

        Jobs count that have completed and were no dry runs, deleted ones too.

        Args:
            organization_id: Whose jobs.
            group_by: What to tell apart; users are submitters.
            first: The first day, in UTC.
            last: The last day, which counts.
        """
        with self._database.read() as connection:
            return executions.usage_by_day(connection, organization_id, group_by, first, last)

    def group_names(
        self, organization_id: str, group_by: GroupBy, groups: Sequence[str]
    ) -> dict[str, str]:
        """Return the names of an organization's groups by their ids, where they have one."""
        with self._database.read() as connection:
            return executions.group_names(connection, organization_id, group_by, groups)

    def members(self, organization_id: str) -> list[MemberRecord]:
        """Return who submits the jobs of an organization: its users, and keys without one."""
        with self._database.read() as connection:
            return members.members(connection, organization_id)

    def get_organization(self, organization_id: str) -> OrganizationRecord | None:
        """Return an organization, or None."""
        found = (each for each in self.list_organizations() if each.id == organization_id)
        return next(found, None)

    # Sessions

    def add_session(self, new: NewSession) -> SessionRecord:
        """Store a session."""
        with self._database.write() as connection:
            return sessions.create(connection, new, self._clock())

    def get_session(self, project_id: str, session_id: str) -> SessionRecord:
        """Return a session of the project.

        Raises:
            SessionNotFoundError: There is none.
        """
        self._settle_sessions()
        with self._database.read() as connection:
            found = sessions.get(connection, project_id, session_id)
        if found is None:
            raise SessionNotFoundError(session_id)
        return found

    def list_sessions(
        self, project_id: str, limit: int, *, active: bool | None = None
    ) -> list[SessionRecord]:
        """Return the project's newest sessions, or those of them that have ended or have not."""
        self._settle_sessions()
        with self._database.read() as connection:
            return sessions.list_newest(connection, project_id, limit, active=active)

    def end_session(self, project_id: str, session_id: str, ender_id: str) -> list[str]:
        """End a session, and cancel its jobs that have not started; return their ids.

        One that has ended stays as it is.

        Raises:
            SessionNotFoundError: The project has no such session.
        """
        with self._database.write() as connection:
            return sessions.end(connection, project_id, session_id, ender_id, self._clock())

    def _settle_sessions(self) -> None:
        with self._database.read() as connection:
            if not sessions.are_over(connection, self._clock()):
                return
        with self._database.write() as connection:
            sessions.settle(connection, self._clock())

    # The worker's side

    def lease_chunk(
        self, owner: str, lease_ms: int, memory_limit: int | None = None
    ) -> Lease | None:
        """Lease the chunk that is due first, or return None when there is nothing to do.

        A chunk that has no room beside what is leased waits, and for a while those that have
        room go first. One that needs more than there is fails.

        Args:
            owner: The worker's name, which no other worker has had.
            lease_ms: After this time without `extend_lease` another worker may have the chunk.
            memory_limit: Bytes that all leased chunks together may need; None for no limit.
        """
        while True:
            with self._database.write_in_passing() as connection:
                claim = leases.claim(connection, owner, self._clock(), lease_ms, memory_limit)
            if claim is None:
                return None
            # Read outside of the transaction, which holds up all writers.
            with self._database.read() as connection:
                sampling, readout = leases.read_conditions(connection, claim.chunk.job_id)
                packed = leases.read_program(connection, claim.chunk)
                stage = stages.read_stage(connection, claim.chunk)
            if packed is not None:
                chunk = claim.chunk
                return Lease(
                    job_id=chunk.job_id,
                    chunk=chunk.position,
                    first=chunk.first,
                    stop=chunk.stop,
                    owner=owner,
                    attempt=claim.attempt,
                    program=unpack_program(packed),
                    sampling=sampling,
                    readout=readout,
                    stage=stage,
                    project_id=claim.job.project_id,
                    backend=claim.job.backend,
                    request_id=claim.job.request_id,
                    traceparent=claim.job.traceparent,
                )

    def note_loss(self, lease: Lease) -> None:
        """Publish that a worker has found its lease gone; nothing is written."""
        self._database.bus.publish([events.lost(lease, self._clock())])

    def extend_lease(self, lease: Lease, lease_ms: int) -> bool:
        """Keep the lease for another ``lease_ms``; return False when it is lost.

        It is lost when the job was canceled or deleted, or another worker has the chunk.
        """
        with self._database.write_in_passing() as connection:
            return leases.extend(connection, lease, self._clock() + lease_ms)

    def finish_chunk(
        self,
        lease: Lease,
        distributions: Distributions,
        execution_us: int,
        findings: bytes | None = None,
    ) -> bool:
        """Store a chunk's answer; with the last one its job ends.

        Args:
            lease: Of the chunk.
            distributions: The answer.
            execution_us: How long the run took, in microseconds.
            findings: Of a job with several stages: what its function keeps of the answer. The
                lease's program is stored with it, as what has run.

        Returns:
            Whether the answer counts: False when the lease is lost. The same holder may finish
            twice; the first answer stays.
        """
        per_circuit = distributions_per_circuit(lease.sampling)
        program = None if findings is None else pack_program(lease.program)
        batches = _batched(pack_slices(distributions, lease.first, per_circuit))
        batch = next(batches, [])
        anew = True
        for next_batch in batches:
            with self._database.write() as connection:
                if not leases.keep(connection, lease, batch, anew=anew):
                    break
            batch, anew = next_batch, False
        with self._database.write() as connection:
            is_held = leases.keep(connection, lease, batch, anew=anew)
            if is_held and findings is not None and program is not None:
                leases.keep_findings(connection, lease, findings, program)
            return leases.finish(connection, lease, execution_us, self._clock())

    def fail_chunk(self, lease: Lease, code: str, message: str) -> bool:
        """Give a chunk up for good; the job fails when its other chunks have ended.

        Returns:
            Whether it counts, as in `finish_chunk`.
        """
        with self._database.write() as connection:
            return leases.fail(connection, lease, Failure(code, message), self._clock())

    def release_worker(self, owner: str, *, blame: bool = True) -> None:
        """Free the leases of a worker that is gone, at once.

        Args:
            owner: The worker's name.
            blame: Whether what it ran may have killed it. A chunk that did so three times fails.
        """
        with self._database.write_in_passing() as connection:
            leases.free(connection, owner, self._clock(), blame=blame)
