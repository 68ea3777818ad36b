"""Which chunk a worker runs next: what it can run, what fits in its host's memory, and what is due.

Memory is one bound for all workers of a host, whoever has started them: the sum over what is leased
there, and the choice, belong into one transaction under that host's lock (`lock_of`).
"""

from functools import cache
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa

from paultrap.admission import SHORT_COST
from paultrap.jobs import ChunkStatus, does_not_fit
from paultrap.precision import Precision
from paultrap.store import checksums, quick
from paultrap.store.capacity import capacity
from paultrap.store.clock import Moment
from paultrap.store.database import Database
from paultrap.store.ending import ChunkKey, give_up
from paultrap.store.halving import halve_large, is_divisible
from paultrap.store.host_records import (
    WorkerBackends,
)
from paultrap.store.locking import claim_job
from paultrap.store.records import (
    WorkerEngine,
)
from paultrap.store.tables import chunks, circuits, jobs

_Row = quick.Row
_Query: TypeAlias = sa.Select[*tuple[Any, ...]]


class Claimant(NamedTuple):
    """Who asks for a chunk.

    Attributes:
        owner: The name of the worker.
        server: The id of its server, or None of a worker without one.
        memory_limit: Bytes that all leased chunks of the host together may need; None for no limit.
        engine: The engine's versions and the precision that the worker computes with.
        short_work: Whether it takes short work only.
        host: The name of what has the memory: a machine in one boot.
        backends: What it can run; None for everything.
        most_cost: The largest cost of a chunk that it takes; None for any.
    """

    owner: str
    server: str | None
    memory_limit: int | None
    engine: WorkerEngine
    short_work: bool = False
    host: str | None = None
    backends: WorkerBackends | None = None
    most_cost: float | None = None

    def needed(self, row: _Row) -> int:
        """Return the bytes that a chunk takes which the host can hold, with the worker's threads.

        All that the host has, where it would be more: it is run with fewer threads then.
        """
        whole: int = row.memory + (self.engine.threads - 1) * row.thread_memory
        return whole if self.memory_limit is None else min(whole, self.memory_limit)


#: The columns of a `ChunkKey`.
KEY = (chunks.c.job_id, chunks.c.position, chunks.c.first, chunks.c.stop)

# A chunk that waits for memory of its host is overtaken by those that fit for so long after it is
# due. Then all wait until what runs has ended and it fits.
_OVERTAKEN_MS = 30_000

# All that is needed to change a chunk's row, and its job's: both are read once.
_CHUNK = checksums.columns_of(chunks)
_JOB = [each.label(f"job_has_{each.name}") for each in checksums.columns_of(jobs)]
_JOB_NAMES = [each.name for each in checksums.columns_of(jobs)]
# What is predicted to end within a second. Chunks of a job that runs are left to whoever runs it: it
# has more threads, and the job would end later with the last chunk on one.
_RUNNING = chunks.alias("running")
_IS_SHORT = (
    chunks.c.cost <= SHORT_COST,
    ~sa.exists().where(
        _RUNNING.c.job_id == chunks.c.job_id, _RUNNING.c.status == ChunkStatus.LEASED
    ),
)
_EXPIRED = (
    sa.select(chunks.c.position)
    .where(chunks.c.status == ChunkStatus.LEASED, chunks.c.lease_until <= sa.bindparam("now"))
    .limit(1)
)
_HOST = sa.bindparam("host", type_=sa.String)
_LIMIT: sa.BindParameter[int] = sa.bindparam("memory_limit", type_=sa.BigInteger)
_MORE_THREADS: sa.BindParameter[int] = sa.bindparam("more_threads", type_=sa.Integer)


def _needed(of: sa.FromClause) -> sa.ColumnElement[int]:
    """Return what a chunk takes: as `Claimant.needed`."""
    whole = of.c.memory + _MORE_THREADS * of.c.thread_memory
    return sa.case((whole <= _LIMIT, whole), else_=_LIMIT)


# All workers of a machine share its memory, whoever has started them.
_LEASED = chunks.alias("leased")
_IN_USE = (
    sa.select(sa.func.coalesce(sa.func.sum(_needed(_LEASED)), 0))
    .where(_LEASED.c.status == ChunkStatus.LEASED, _LEASED.c.host.is_not_distinct_from(_HOST))
    .scalar_subquery()
)
_BOUNDS: dict[str, sa.ColumnElement[bool]] = {
    "most_memory": chunks.c.memory <= sa.bindparam("most_memory", type_=sa.BigInteger),
    "fits": sa.and_(chunks.c.memory <= _LIMIT, _needed(chunks) + _IN_USE <= _LIMIT),
    "most_cost": chunks.c.cost <= sa.bindparam("most_cost", type_=sa.Float),
}


def lock_of(host: str) -> str:
    """Return the name of the lock under which chunks are chosen for a host's memory."""
    return f"host {host}"


def choose(connection: sa.Connection, claimant: Claimant, now: Moment) -> _Row | None:
    """Return the queued chunk to run next; circuits that no host could ever run fail.

    What this host could never hold is left to one that could.
    """
    memory_limit = claimant.memory_limit
    if claimant.short_work:  # What waits for memory does not hold it up.
        return _first(connection, claimant, fits=True)
    most: int | None = None
    while (first := _first(connection, claimant, most)) is not None:
        if memory_limit is None:
            return first
        if first.memory > memory_limit:
            largest = _largest_limit(connection, claimant, first.backend)
            if largest is None or first.memory <= largest:
                most = memory_limit
            else:
                _refuse(connection, first, now, largest, claimant.engine.precision)
            continue
        if first.in_use + claimant.needed(first) <= memory_limit:
            return first
        if now.steady - first.due_at > _OVERTAKEN_MS:
            return None
        return _first(connection, claimant, fits=True)
    return None


def _first(
    connection: sa.Connection,
    claimant: Claimant,
    most_memory: int | None = None,
    *,
    fits: bool = False,
) -> _Row | None:
    """Return the chunk that is due first of those that a worker may have, and lock its row.

    With it come its job (`job_of`) and, where the host's memory has a limit, what of that is
    ``in_use``.

    Args:
        connection: The connection of a transaction that writes.
        claimant: The worker.
        most_memory: The most bytes that the chunk may need with one thread; None for any.
        fits: Whether it must fit beside what the host runs.
    """
    counts = claimant.memory_limit is not None
    bounds: dict[str, Any] = {"most_memory": most_memory, "most_cost": claimant.most_cost}
    known = {name: value for name, value in bounds.items() if value is not None}
    names = (*known, *(("fits",) if fits and counts else ()))
    query = _claiming(_query(claimant.backends, claimant.short_work, names), counts)
    if counts:
        known |= {
            "host": claimant.host,
            "memory_limit": claimant.memory_limit,
            "more_threads": claimant.engine.threads - 1,
        }
    found = quick.fetch(connection, query, known)
    return found[0] if found else None


@cache  # A statement is known again by the object.
def _query(
    backends: WorkerBackends | None,
    is_short: bool,  # noqa: FBT001  # a key
    bounds: tuple[str, ...],
) -> _Query:
    return (
        sa.select(chunks.c.position)
        .where(
            chunks.c.status == ChunkStatus.QUEUED,
            *(() if backends is None else (_runs_with(backends),)),
            *(_IS_SHORT if is_short else ()),
            *(_BOUNDS[name] for name in bounds),
        )
        .limit(1)
    )


@cache
def _claiming(query: _Query, counts: bool) -> _Query:  # noqa: FBT001  # a key
    """Return a query that gives the chunk which is due first, with its job, and locks the chunk."""
    columns = [*_CHUNK, *_JOB, *([_IN_USE.label("in_use")] if counts else [])]
    return (
        query.with_only_columns(*columns)
        .select_from(chunks.outerjoin(jobs, jobs.c.id == chunks.c.job_id))
        .order_by(chunks.c.due_at, chunks.c.job_id, chunks.c.position)
        .with_for_update(of=chunks, key_share=True, skip_locked=True)
    )


def job_of(row: _Row) -> dict[str, Any] | None:
    """Return the job that came with a chunk, as plain values; None where there is none."""
    found = dict(zip(_JOB_NAMES, row[len(_CHUNK) :], strict=False))
    return None if found["id"] is None else found


def _runs_with(backends: WorkerBackends) -> sa.ColumnElement[bool]:
    """Return the condition that a chunk needs no other backend than these."""
    is_shipped = chunks.c.backend.is_(None)
    if not backends.plugins:
        return is_shipped if backends.shipped else sa.false()
    has_plugin = sa.or_(*(chunks.c.backend == name for name in backends.plugins))
    return sa.or_(is_shipped, has_plugin) if backends.shipped else has_plugin


def _largest_limit(
    connection: sa.Connection, claimant: Claimant, backend: str | None
) -> int | None:
    """Return how many bytes a chunk may need at most to be run at all; None for any number."""
    assert claimant.memory_limit is not None  # noqa: S101  # the caller has compared with it
    found = capacity(connection, backend)
    if found is None:
        return claimant.memory_limit
    return None if found.memory_limit is None else max(found.memory_limit, claimant.memory_limit)


def wanted(database: Database, backends: WorkerBackends | None) -> WorkerBackends | None:
    """Return what a worker looks for that has these backends; None for everything.

    Where no other host can come, it takes everything: what it cannot run fails and says why.
    """
    return backends if database.is_shared else None


def signs_of_work(backends: WorkerBackends | None) -> tuple[sa.ColumnElement[bool], ...]:
    """Return whether workers with these should look, and whether there is what one could hold.

    Both are expressions, with the parameters ``now``, steady, and ``most_memory``, in bytes.
    """
    queued = _query(backends, False, ())
    fitting = _query(backends, False, ("most_memory",))
    return sa.or_(queued.exists(), _EXPIRED.exists()), fitting.exists()


def has_expired(connection: sa.Connection, now: Moment) -> bool:
    """Return whether there are leases that have run out."""
    return bool(quick.fetch(connection, _EXPIRED, {"now": now.steady}))


def has_short_work(connection: sa.Connection) -> bool:
    """Return whether a chunk waits that is short work."""
    return bool(quick.fetch(connection, _query(None, True, ())))


def _refuse(
    connection: sa.Connection, row: _Row, now: Moment, memory_limit: int, precision: Precision
) -> None:
    """Halve a chunk that never fits, or fail the only circuit of one."""
    chunk = chunk_of(row)
    claim_job(connection, row.job_id)
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
    give_up(connection, chunk, now, failure)


def chunk_of(row: _Row) -> ChunkKey:
    """Return which chunk a row is that has the columns of `KEY`."""
    return ChunkKey(row.job_id, row.position, row.first, row.stop)
