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
from paultrap.store import checksums
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

_Row = sa.Row[*tuple[Any, ...]]
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

# With all that is needed to change the row: it is read once.
_QUEUED = sa.select(*checksums.columns_of(chunks)).where(chunks.c.status == ChunkStatus.QUEUED)
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
_FREE: sa.BindParameter[int] = sa.bindparam("free", type_=sa.BigInteger)
# As `Claimant.needed`.
_WHOLE = chunks.c.memory + _MORE_THREADS * chunks.c.thread_memory
_NEEDED = sa.case((_WHOLE <= _LIMIT, _WHOLE), else_=_LIMIT)
# All workers of a machine share its memory, whoever has started them.
_IN_USE = sa.select(sa.func.coalesce(sa.func.sum(_NEEDED), 0)).where(
    chunks.c.status == ChunkStatus.LEASED, chunks.c.host.is_not_distinct_from(_HOST)
)
_BOUNDS: dict[str, sa.ColumnElement[bool]] = {
    "most_memory": chunks.c.memory <= sa.bindparam("most_memory", type_=sa.BigInteger),
    "free": sa.and_(chunks.c.memory <= _LIMIT, _NEEDED <= _FREE),
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
        return _first(connection, claimant, free=_free_memory(connection, claimant))
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
        free = _free_memory(connection, claimant)
        if free is None or claimant.needed(first) <= free:
            return first
        if now.steady - first.due_at > _OVERTAKEN_MS:
            return None
        return _first(connection, claimant, free=free)
    return None


def _first(
    connection: sa.Connection,
    claimant: Claimant,
    most_memory: int | None = None,
    free: int | None = None,
) -> _Row | None:
    """Return the chunk that is due first of those that a worker may have, and lock its row.

    Args:
        connection: The connection of a transaction that writes.
        claimant: The worker.
        most_memory: The most bytes that the chunk may need with one thread; None for any.
        free: The bytes of the host that it may take; None for any.
    """
    query, bounds = _bounded(claimant, most_memory, free)
    return connection.execute(_locking(query), bounds).one_or_none()


def _bounded(
    claimant: Claimant, most_memory: int | None, free: int | None = None
) -> tuple[_Query, dict[str, Any]]:
    """Return a query of what a worker may have, and its parameters."""
    bounds = {"most_memory": most_memory, "free": free, "most_cost": claimant.most_cost}
    known = {name: value for name, value in bounds.items() if value is not None}
    query = _query(claimant.backends, claimant.short_work, tuple(known))
    return query, known if free is None else known | _terms(claimant)


def _terms(claimant: Claimant) -> dict[str, int | None]:
    """Return by what the memory of chunks is counted."""
    more_threads = claimant.engine.threads - 1
    return {"memory_limit": claimant.memory_limit, "more_threads": more_threads}


@cache  # SQLAlchemy knows a statement again by the object.
def _query(
    backends: WorkerBackends | None,
    is_short: bool,  # noqa: FBT001  # a key
    bounds: tuple[str, ...],
) -> _Query:
    return _QUEUED.where(
        *(() if backends is None else (_runs_with(backends),)),
        *(_IS_SHORT if is_short else ()),
        *(_BOUNDS[name] for name in bounds),
    ).limit(1)


@cache
def _locking(query: _Query) -> _Query:
    return query.order_by(chunks.c.due_at, chunks.c.job_id, chunks.c.position).with_for_update(
        key_share=True, skip_locked=True
    )


def _runs_with(backends: WorkerBackends) -> sa.ColumnElement[bool]:
    """Return the condition that a chunk needs no other backend than these."""
    is_shipped = chunks.c.backend.is_(None)
    if not backends.plugins:
        return is_shipped if backends.shipped else sa.false()
    has_plugin = chunks.c.backend.in_(backends.plugins)
    return sa.or_(is_shipped, has_plugin) if backends.shipped else has_plugin


def _free_memory(connection: sa.Connection, claimant: Claimant) -> int | None:
    """Return how many bytes of the host are not leased; None without a limit."""
    if claimant.memory_limit is None:
        return None
    on_host = {"host": claimant.host} | _terms(claimant)
    in_use = int(connection.scalars(_IN_USE, on_host).one())
    return claimant.memory_limit - in_use


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
    return connection.execute(_EXPIRED, {"now": now.steady}).first() is not None


def has_short_work(connection: sa.Connection) -> bool:
    """Return whether a chunk waits that is short work."""
    return connection.execute(_query(None, True, ())).first() is not None


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
