"""Statements of the worker's side: who runs which chunk, and until when."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from paultrap.admission import SHORT_COST
from paultrap.jobs import (
    ChunkStatus,
    CircuitFailure,
    Failures,
    Status,
    does_not_fit,
)
from paultrap.precision import Precision
from paultrap.store import checksums, sessions
from paultrap.store.clock import Moment
from paultrap.store.database import Database
from paultrap.store.deaths import counted, is_suspect, verdict
from paultrap.store.ending import NONE_FAILED, ChunkKey, end_chunk, update_chunk
from paultrap.store.errors import DamagedError
from paultrap.store.events import JOB_COLUMNS, EventKind, EventReason, note
from paultrap.store.halving import UNLEASED, halve_deadly, halve_large, is_divisible
from paultrap.store.records import Lease, WorkerEngine
from paultrap.store.results import drop_slices, insert_slices
from paultrap.store.slices import PackedSlice
from paultrap.store.tables import chunks, circuits, jobs

_Row = sa.Row[*tuple[Any, ...]]


class Claimant(NamedTuple):
    """Who asks for a chunk.

    Attributes:
        owner: The name of the worker.
        server: The id of its server, or None of a worker without one.
        memory_limit: Bytes that all leased chunks of the server together may need; None for no
            limit.
        engine: The engine's versions and the precision that the worker computes with.
        short_work: Whether it takes short work only.
    """

    owner: str
    server: str | None
    memory_limit: int | None
    engine: WorkerEngine
    short_work: bool = False


class Claim(NamedTuple):
    """A lease whose program has not been read yet."""

    chunk: ChunkKey
    attempt: int
    job: _Row  # of `_CLAIMED_JOB`
    engine_version: str
    precision: Precision


_KEY = (chunks.c.job_id, chunks.c.position, chunks.c.first, chunks.c.stop)
_COUNTS = (chunks.c.deaths, chunks.c.outages, chunks.c.expiries)

# A chunk that waits for memory is overtaken by those that fit for so long after it is due. Then
# all wait until what runs has ended and it fits.
_OVERTAKEN_MS = 30_000

_QUEUED = (
    sa.select(*_KEY, chunks.c.memory, chunks.c.due_at, chunks.c.attempts, chunks.c.started_at)
    .where(chunks.c.status == ChunkStatus.QUEUED)
    .order_by(chunks.c.due_at, chunks.c.job_id, chunks.c.position)
    .limit(1)
    .with_for_update(skip_locked=True)
)
# What is predicted to end within a second. Chunks of a job that runs are left to whoever runs it: it
# has more threads, and the job would end later with the last chunk on one.
_RUNNING = chunks.alias("running")
_IS_SHORT = (
    chunks.c.cost <= SHORT_COST,
    ~sa.exists().where(
        _RUNNING.c.job_id == chunks.c.job_id, _RUNNING.c.status == ChunkStatus.LEASED
    ),
)
_SHORT = _QUEUED.where(*_IS_SHORT)
_ANY_SHORT = (
    sa.select(chunks.c.position).where(chunks.c.status == ChunkStatus.QUEUED, *_IS_SHORT).limit(1)
)
_JOB_ID: sa.BindParameter[str] = sa.bindparam("job_id")
_JOB = sa.select(*JOB_COLUMNS).where(jobs.c.id == _JOB_ID)
# The row is locked: of two workers that lease a job's first chunks at once, one fixes its rules.
_CLAIMED_JOB = (
    sa.select(
        *JOB_COLUMNS,
        jobs.c.status,
        jobs.c.stages,
        jobs.c.engine_version,
        jobs.c.precision,
        jobs.c.sampling,
        jobs.c.readout,
    )
    .where(jobs.c.id == _JOB_ID)
    .with_for_update()
)
_SERVER = sa.bindparam("server", type_=sa.String)
# The workers of one server share the memory of a machine.
_IN_USE = sa.select(sa.func.coalesce(sa.func.sum(chunks.c.memory), 0)).where(
    chunks.c.status == ChunkStatus.LEASED, chunks.c.server.is_not_distinct_from(_SERVER)
)


def claim(
    connection: sa.Connection, claimant: Claimant, now: Moment, lease_ms: int
) -> Claim | None:
    """Lease the chunk that is due first, or return None when none is queued or fits.

    Args:
        connection: The connection of a transaction that writes.
        claimant: The worker that wants a chunk.
        now: The current time.
        lease_ms: How long the lease lasts.
    """
    free_expired(connection, now)
    # What waits in a session whose time is over is not run.
    sessions.settle_overdue(connection, now)
    row = _choose(connection, claimant, now)
    if row is None:
        return None
    chunk = _chunk_of(row)
    if not checksums.check(connection, jobs, chunk.job_id):  # Who else would take it off the queue?
        raise DamagedError(chunk.job_id, f"chunk {chunk.position} of no job")
    job = connection.execute(_CLAIMED_JOB, {"job_id": chunk.job_id}).one()
    starts_job = job.status == Status.READY
    version, precision = _rules(job, claimant.engine)
    update_chunk(
        connection,
        chunk,
        status=ChunkStatus.LEASED,
        owner=claimant.owner,
        server=claimant.server,
        lease_until=now.steady + lease_ms,
        attempts=row.attempts + 1,
        started_at=row.started_at or now.wall,
        engine_version=version,
    )
    changed: dict[str, Any] = {}
    if starts_job:
        changed |= {"status": Status.STARTED, "started_at": now.wall, "engine_version": version}
    if job.precision is None:
        changed["precision"] = precision
    if changed:
        checksums.change(connection, jobs, changed, jobs.c.id == chunk.job_id)
    note(
        connection,
        EventKind.LEASED,
        job,
        now.wall,
        **chunk.as_fields(),
        attempt=row.attempts + 1,
        owner=claimant.owner,
        starts_job=starts_job,
    )
    return Claim(chunk, row.attempts + 1, job, version, precision)


def _rules(job: _Row, engine: WorkerEngine) -> tuple[str, Precision]:
    """Return by what a chunk is run: what its job began with, where the worker has that."""
    version = job.engine_version
    if version not in engine.versions:
        version = engine.versions[0]
    return version, job.precision or engine.precision


def _choose(connection: sa.Connection, claimant: Claimant, now: Moment) -> _Row | None:
    """Return the queued chunk to run next; circuits that can never run fail."""
    memory_limit = claimant.memory_limit
    if claimant.short_work:
        return _choose_short(connection, claimant)
    while (first := connection.execute(_QUEUED).one_or_none()) is not None:
        if memory_limit is None:
            return first
        if first.memory > memory_limit:
            _refuse(connection, first, now, memory_limit, claimant.engine.precision)
            continue
        free = memory_limit - connection.scalars(_IN_USE, {"server": claimant.server}).one()
        if first.memory <= free:
            return first
        if now.steady - first.due_at > _OVERTAKEN_MS:
            return None
        return connection.execute(_QUEUED.where(chunks.c.memory <= free)).one_or_none()
    return None


def _choose_short(connection: sa.Connection, claimant: Claimant) -> _Row | None:
    """Return the short chunk to run next; what waits for memory does not hold it up."""
    if claimant.memory_limit is None:
        return connection.execute(_SHORT).one_or_none()
    in_use = connection.scalars(_IN_USE, {"server": claimant.server}).one()
    fits = chunks.c.memory <= claimant.memory_limit - in_use
    return connection.execute(_SHORT.where(fits)).one_or_none()


def has_short_work(connection: sa.Connection) -> bool:
    """Return whether a chunk waits that is short work."""
    return connection.execute(_ANY_SHORT).first() is not None


def _refuse(
    connection: sa.Connection, row: _Row, now: Moment, memory_limit: int, precision: Precision
) -> None:
    """Halve a chunk that never fits, or fail the only circuit of one."""
    chunk = _chunk_of(row)
    if is_divisible(connection, chunk):
        halve_large(connection, chunk, precision)
        return
    widest = sa.select(sa.func.max(circuits.c.qubits)).where(
        circuits.c.job_id == row.job_id,
        circuits.c.position >= row.first,
        circuits.c.position < row.stop,
    )
    qubits = (
        connection.scalar(widest)
        or connection.scalars(sa.select(jobs.c.qubits).where(jobs.c.id == row.job_id)).one()
    )
    failure = does_not_fit(qubits, row.memory, memory_limit)
    _give_up(connection, chunk, now, failure)


def extend(connection: sa.Connection, lease: Lease, until: int) -> bool:
    """Let the lease run until then, a steady time; return False when it is lost."""
    extended = connection.execute(sa.update(chunks).where(*_held(lease)).values(lease_until=until))
    return extended.rowcount == 1


def keep(
    database: Database,
    connection: sa.Connection,
    lease: Lease,
    slices: Sequence[PackedSlice],
    *,
    anew: bool,
) -> bool:
    """Store slices of the result; return False when the lease is lost.

    Args:
        database: The database, which inserts many rows at once.
        connection: The connection of the transaction.
        lease: The lease of the chunk.
        slices: The next slices of the chunk's result.
        anew: Whether they are the first ones; what an earlier lease or try has left goes.
    """
    if not _is(connection, lease, ChunkStatus.LEASED):
        return False
    if anew:
        drop_slices(connection, lease.job_id, lease.chunk)
    insert_slices(database, connection, key_of(lease), slices)
    return True


def finish(
    connection: sa.Connection,
    lease: Lease,
    execution_us: int,
    now: Moment,
    failures: Failures = NONE_FAILED,
) -> bool:
    """End the chunk, whose slices are all stored; return False when the lease is lost."""
    if not _is(connection, lease, ChunkStatus.LEASED):
        is_done = len(failures) < lease.stop - lease.first
        # Once more by the same holder: harmless.
        return _is(connection, lease, ChunkStatus.DONE if is_done else ChunkStatus.FAILED)
    key = key_of(lease)
    end_chunk(connection, key, now, execution_us=execution_us, failures=failures)
    return True


def fail(connection: sa.Connection, lease: Lease, failure: CircuitFailure, now: Moment) -> bool:
    """Give the chunk up; return False when the lease is lost."""
    if not _is(connection, lease, ChunkStatus.LEASED):
        return _is(connection, lease, ChunkStatus.FAILED)
    _give_up(connection, key_of(lease), now, failure)
    return True


def _give_up(
    connection: sa.Connection, chunk: ChunkKey, now: Moment, failure: CircuitFailure
) -> None:
    """End a chunk all of whose circuits fail, for one reason."""
    drop_slices(connection, chunk.job_id, chunk.position)
    failures = dict.fromkeys(range(chunk.first, chunk.stop), failure)
    end_chunk(connection, chunk, now, failures=failures)


def free_expired(connection: sa.Connection, now: Moment) -> None:
    """Free the leases of workers that have been silent for too long."""
    _free(connection, chunks.c.lease_until <= now.steady, now, EventReason.LEASE_EXPIRED)


def free(connection: sa.Connection, owner: str, now: Moment, *, blame: bool) -> None:
    """Free the leases of a worker that is gone.

    Args:
        connection: The connection of a transaction that writes.
        owner: The name of the worker.
        now: The current time.
        blame: Whether its chunk may have killed it. A chunk that did so too often fails.
    """
    reason = EventReason.WORKER_DIED if blame else EventReason.WORKER_STOPPED
    _free(connection, chunks.c.owner == owner, now, reason)


def servers(connection: sa.Connection) -> list[str | None]:
    """Return the servers whose workers have leases; None is one that is not known."""
    leased = chunks.c.status == ChunkStatus.LEASED
    return list(connection.scalars(sa.select(chunks.c.server).where(leased).distinct()))


def free_server(connection: sa.Connection, server: str | None, now: Moment) -> None:
    """Free what a server that died had leased. A chunk that ran at too many such deaths fails."""
    which = chunks.c.server.is_not_distinct_from(server)
    _free(connection, which, now, EventReason.SERVER_DIED)


def _free(
    connection: sa.Connection,
    which: sa.ColumnElement[bool],
    now: Moment,
    reason: EventReason,
) -> None:
    rows = connection.execute(
        sa.select(*_KEY, *_COUNTS, chunks.c.owner, chunks.c.attempts)
        .where(chunks.c.status == ChunkStatus.LEASED, which)
        .order_by(chunks.c.job_id, chunks.c.position)
        .with_for_update()
    ).all()
    for row in rows:
        chunk = _chunk_of(row)
        counts = counted(row, reason)
        if is_suspect(counts) and is_divisible(connection, chunk):
            halve_deadly(connection, chunk, counts)
            _note(connection, EventKind.HALVED, row, now, reason)
            continue
        values: dict[str, Any] = {**counts, **UNLEASED}
        failure = verdict(counts)
        if failure is None:
            update_chunk(connection, chunk, status=ChunkStatus.QUEUED, **values)
            _note(connection, EventKind.RETRIED, row, now, reason)
        else:
            update_chunk(connection, chunk, **values)
            _give_up(connection, chunk, now, failure)


def _note(
    connection: sa.Connection, kind: EventKind, row: _Row, now: Moment, reason: EventReason
) -> None:
    chunk = _chunk_of(row)
    job = connection.execute(_JOB, {"job_id": chunk.job_id}).one()
    fields = chunk.as_fields() | {"attempt": row.attempts, "owner": row.owner, "reason": reason}
    note(connection, kind, job, now.wall, **fields)


def _chunk_of(row: _Row) -> ChunkKey:
    return ChunkKey(row.job_id, row.position, row.first, row.stop)


def key_of(lease: Lease) -> ChunkKey:
    """Return which chunk is leased."""
    return ChunkKey(lease.job_id, lease.chunk, lease.first, lease.stop)


def _held(lease: Lease, status: ChunkStatus = ChunkStatus.LEASED) -> list[sa.ColumnElement[bool]]:
    return [
        chunks.c.job_id == lease.job_id,
        chunks.c.position == lease.chunk,
        chunks.c.status == status,
        chunks.c.owner == lease.owner,
        chunks.c.attempts == lease.attempt,
    ]


def _is(connection: sa.Connection, lease: Lease, status: ChunkStatus) -> bool:
    held = sa.select(chunks.c.position).where(*_held(lease, status)).with_for_update()
    return connection.scalar(held) is not None
