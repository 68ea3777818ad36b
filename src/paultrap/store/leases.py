"""Statements of the worker's side: who runs which chunk, and until when."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import sqlalchemy as sa

from paultrap.jobs import (
    ChunkStatus,
    CircuitFailure,
    Failures,
    Status,
)
from paultrap.precision import Precision
from paultrap.store import checksums, quick, sessions
from paultrap.store.choosing import KEY, Claimant, choose, chunk_of, job_of
from paultrap.store.clock import Moment
from paultrap.store.database import Database
from paultrap.store.deaths import counted, is_suspect, verdict
from paultrap.store.ending import (
    NONE_FAILED,
    ChunkKey,
    drop_slices,
    end_chunk,
    give_up,
    update_chunk,
)
from paultrap.store.errors import DamagedError
from paultrap.store.events import JOB_COLUMNS, EventKind, EventReason, note
from paultrap.store.halving import UNLEASED, halve_deadly, is_divisible
from paultrap.store.locking import claim_job, is_free, lock_job, lock_jobs
from paultrap.store.reading import batches
from paultrap.store.records import Lease, WorkerEngine
from paultrap.store.results import insert_slices
from paultrap.store.slices import PackedSlice
from paultrap.store.tables import chunks, jobs

_Row = sa.Row[*tuple[Any, ...]]


class Claim(NamedTuple):
    """A lease whose program has not been read yet."""

    chunk: ChunkKey
    attempt: int
    job: SimpleNamespace  # the job's row
    engine_version: str
    precision: Precision


_COUNTS = (chunks.c.deaths, chunks.c.outages, chunks.c.expiries)

_JOB_ID: sa.BindParameter[str] = sa.bindparam("job_id")
_JOB = sa.select(*JOB_COLUMNS).where(jobs.c.id == _JOB_ID)


def end_overdue(connection: sa.Connection, now: Moment) -> None:
    """End the sessions and the leases whose time is over.

    What waits in such a session is not run, and what had such a lease is run again.
    """
    sessions.settle_overdue(connection, now)
    free_expired(connection, now)


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
    row = choose(connection, claimant, now)
    if row is None:
        return None
    chunk = chunk_of(row)
    job = _job_of(connection, chunk, job_of(row))
    if job.status == Status.READY or job.precision is None:
        # Of two workers that lease a job's first chunks at once, one fixes its rules.
        claim_job(connection, chunk.job_id)
        job = _job_of(connection, chunk, *checksums.check(connection, jobs, chunk.job_id))
    starts_job = job.status == Status.READY
    version, precision = _rules(job, claimant.engine)
    leased = {
        "status": ChunkStatus.LEASED,
        "owner": claimant.owner,
        "server": claimant.server,
        "host": claimant.host,
        "lease_until": now.steady + lease_ms,
        "attempts": row.attempts + 1,
        "started_at": row.started_at or now.wall,
        "engine_version": version,
    }
    checksums.change_known(connection, chunks, [row._asdict()], leased)
    changed: dict[str, Any] = {}
    if starts_job:
        changed |= {"status": Status.STARTED, "started_at": now.wall, "engine_version": version}
    if job.precision is None:
        changed["precision"] = precision
    if changed:
        checksums.change_known(connection, jobs, [vars(job)], changed)
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


def _job_of(
    connection: sa.Connection, chunk: ChunkKey, found: dict[str, Any] | None = None
) -> SimpleNamespace:
    """Return a chunk's job from its row, which is sound."""
    if found is None:  # Who else would take it off the queue?
        raise DamagedError(chunk.job_id, f"chunk {chunk.position} of no job")
    checksums.checked(connection, jobs, [found], chunk.job_id)
    return SimpleNamespace(**found)


def _rules(job: SimpleNamespace, engine: WorkerEngine) -> tuple[str, Precision]:
    """Return by what a chunk is run: what its job began with, where the worker has that."""
    version = job.engine_version
    if version not in engine.versions:
        version = engine.versions[0]
    return version, job.precision or engine.precision


def extend(connection: sa.Connection, lease: Lease, until: int) -> bool:
    """Let the lease run until then, a steady time; return False when it is lost."""
    return quick.run(connection, _EXTEND, _own(lease) | {"until": until}) == 1


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
    """End the chunk, whose slices are all stored; return False when the lease is lost.

    The caller has locked the job, before its chunk.
    """
    if not _is(connection, lease, ChunkStatus.LEASED):
        is_done = len(failures) < lease.stop - lease.first
        # Once more by the same holder: harmless.
        return _is(connection, lease, ChunkStatus.DONE if is_done else ChunkStatus.FAILED)
    key = key_of(lease)
    end_chunk(connection, key, now, execution_us=execution_us, failures=failures)
    return True


def fail(connection: sa.Connection, lease: Lease, failure: CircuitFailure, now: Moment) -> bool:
    """Give the chunk up; return False when the lease is lost."""
    lock_job(connection, lease.job_id)
    if not _is(connection, lease, ChunkStatus.LEASED):
        return _is(connection, lease, ChunkStatus.FAILED)
    give_up(connection, key_of(lease), now, failure)
    return True


def free_expired(connection: sa.Connection, now: Moment) -> None:
    """Free the leases of workers that have been silent for too long."""
    expired = chunks.c.lease_until <= now.steady
    # What others free at this moment need not be waited for.
    _free(connection, expired, now, EventReason.LEASE_EXPIRED, skip_locked=True)


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
    *,
    skip_locked: bool = False,
) -> None:
    leased = chunks.c.status == ChunkStatus.LEASED
    found = sa.select(chunks.c.job_id).where(leased, which).distinct().order_by(chunks.c.job_id)
    ids = connection.scalars(found).all()
    if not ids:
        return
    if skip_locked:
        ids = [job_id for job_id in ids if is_free(connection, job_id)]
    else:
        lock_jobs(connection, ids)
    for part in batches(ids):
        rows = connection.execute(
            sa.select(*KEY, *_COUNTS, chunks.c.owner, chunks.c.attempts)
            .where(chunks.c.job_id.in_(part), leased, which)
            .order_by(chunks.c.job_id, chunks.c.position)
            .with_for_update(key_share=True)
        ).all()
        _free_all(connection, rows, now, reason)


def _free_all(
    connection: sa.Connection, rows: Sequence[_Row], now: Moment, reason: EventReason
) -> None:
    for row in rows:
        chunk = chunk_of(row)
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
            give_up(connection, chunk, now, failure)


def _note(
    connection: sa.Connection, kind: EventKind, row: _Row, now: Moment, reason: EventReason
) -> None:
    chunk = chunk_of(row)
    (job,) = quick.fetch(connection, _JOB, {"job_id": chunk.job_id})
    fields = chunk.as_fields() | {"attempt": row.attempts, "owner": row.owner, "reason": reason}
    note(connection, kind, job, now.wall, **fields)


def key_of(lease: Lease) -> ChunkKey:
    """Return which chunk is leased."""
    return ChunkKey(lease.job_id, lease.chunk, lease.first, lease.stop)


_OWN: dict[str, sa.BindParameter[Any]] = {
    name: sa.bindparam(f"own_{name}") for name in ("job_id", "chunk", "owner", "attempt", "status")
}
_HELD = (
    chunks.c.job_id == _OWN["job_id"],
    chunks.c.position == _OWN["chunk"],
    chunks.c.status == _OWN["status"],
    chunks.c.owner == _OWN["owner"],
    chunks.c.attempts == _OWN["attempt"],
)
_IS_HELD = sa.select(chunks.c.position).where(*_HELD).with_for_update(key_share=True)
_EXTEND = sa.update(chunks).where(*_HELD).values(lease_until=sa.bindparam("until"))


def _own(lease: Lease, status: ChunkStatus = ChunkStatus.LEASED) -> dict[str, Any]:
    """Return which chunk must have which owner, as the parameters of a statement."""
    return {
        "own_job_id": lease.job_id,
        "own_chunk": lease.chunk,
        "own_status": status,
        "own_owner": lease.owner,
        "own_attempt": lease.attempt,
    }


def _is(connection: sa.Connection, lease: Lease, status: ChunkStatus) -> bool:
    return bool(quick.fetch(connection, _IS_HELD, _own(lease, status)))
