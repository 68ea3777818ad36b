"""Statements that cancel and delete jobs, parents and children alike: all of them or none."""

from collections.abc import Sequence

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus, Status
from paultrap.store import checksums
from paultrap.store.errors import JobNotFoundError
from paultrap.store.events import JOB_COLUMNS, EventKind, EventReason, note
from paultrap.store.locking import lock_jobs
from paultrap.store.reading import batches
from paultrap.store.selects import CHILD_STATUS, FATES
from paultrap.store.tables import chunks, circuits, jobs, result_slices

_OPEN = (Status.SUBMITTED, Status.READY, Status.STARTED)


def cancel(
    connection: sa.Connection,
    project_id: str,
    ids: Sequence[str],
    now: int,
    reason: EventReason | None = None,
) -> list[str]:
    """Cancel jobs; see `paultrap.store.JobStore.cancel`."""
    parents, children = _split(connection, project_id, ids)
    lock_jobs(connection, [*parents, *_parents_of(connection, children)])
    open_parents = _still_open(connection, parents)
    cancel_whole(connection, open_parents, now, reason)
    # After the parents: a child of one of them has just ended with it.
    open_children = _still_open_children(connection, children)
    for part in batches(open_children):
        checksums.change(connection, circuits, {"canceled_at": now}, circuits.c.id.in_(part))
        _note_children(connection, EventKind.CANCELED, part, now)
    return open_parents + open_children


def cancel_whole(
    connection: sa.Connection, ids: Sequence[str], now: int, reason: EventReason | None = None
) -> None:
    """Cancel jobs, none of them a child, that have not ended; the caller has locked them."""
    for part in batches(ids):
        _drop_unfinished(connection, part)
        _cancel_chunks(connection, part, now)
        values = {"status": Status.CANCELED, "completed_at": now}
        checksums.change(connection, jobs, values, jobs.c.id.in_(part))
        _note(connection, EventKind.CANCELED, part, now, reason)


def delete(connection: sa.Connection, project_id: str, ids: Sequence[str], now: int) -> None:
    """Delete jobs; see `paultrap.store.JobStore.delete`."""
    parents, children = _split(connection, project_id, ids)
    lock_jobs(connection, [*parents, *_parents_of(connection, children)])
    for part in batches(children):
        gone = {"deleted_at": now}
        checksums.change(connection, circuits, gone, circuits.c.id.in_(part), even_damaged=True)
        _note_children(connection, EventKind.DELETED, part, now)
    for part in batches(parents):
        _cancel_chunks(connection, part, now, even_damaged=True)
        gone = {"deleted_at": now}
        checksums.change(connection, jobs, gone, jobs.c.id.in_(part), even_damaged=True)
        _note(connection, EventKind.DELETED, part, now)


def _note(
    connection: sa.Connection,
    kind: EventKind,
    ids: Sequence[str],
    now: int,
    reason: EventReason | None = None,
) -> None:
    query = sa.select(*JOB_COLUMNS).where(jobs.c.id.in_(ids)).order_by(jobs.c.id)
    for job in connection.execute(query).all():
        note(connection, kind, job, now, reason=reason)


def _note_children(
    connection: sa.Connection, kind: EventKind, ids: Sequence[str], now: int
) -> None:
    query = (
        sa.select(*JOB_COLUMNS, circuits.c.id.label("child_id"))
        .join(jobs, jobs.c.id == circuits.c.job_id)
        .where(circuits.c.id.in_(ids))
        .order_by(circuits.c.id)
    )
    one = {"circuits": 1, "gates_1q": 0, "gates_2q": 0}
    for job in connection.execute(query).all():
        note(connection, kind, job, now, job_id=job.child_id, parent_id=job.id, **one)


def _drop_unfinished(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Delete what is written so far of the results of chunks that are being run."""
    running = sa.select(chunks.c.job_id, chunks.c.position).where(
        chunks.c.job_id.in_(ids), chunks.c.status != ChunkStatus.DONE
    )
    key = sa.tuple_(result_slices.c.job_id, result_slices.c.position)
    connection.execute(sa.delete(result_slices).where(key.in_(running)))


def _cancel_chunks(
    connection: sa.Connection, ids: Sequence[str], now: int, *, even_damaged: bool = False
) -> None:
    open_statuses = [ChunkStatus.WAITING, ChunkStatus.QUEUED, ChunkStatus.LEASED]
    values = {"status": ChunkStatus.CANCELED, "ended_at": now, "lease_until": None}
    which = (chunks.c.job_id.in_(ids), chunks.c.status.in_(open_statuses))
    checksums.change(connection, chunks, values, *which, even_damaged=even_damaged)


def _split(
    connection: sa.Connection, project_id: str, ids: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return which of ``ids`` are parents and which children; raise when one is neither."""
    parents: list[str] = []
    children: list[str] = []
    for part in batches(ids):
        parents += connection.scalars(
            sa.select(jobs.c.id).where(
                jobs.c.id.in_(part),
                jobs.c.project_id == project_id,
                jobs.c.deleted_at.is_(None),
            )
        )
        children += connection.scalars(
            sa.select(circuits.c.id)
            .join(jobs, jobs.c.id == circuits.c.job_id)
            .where(
                circuits.c.id.in_(part),
                circuits.c.deleted_at.is_(None),
                jobs.c.deleted_at.is_(None),
                jobs.c.project_id == project_id,
            )
        )
    known = {*parents, *children}
    unknown = [job_id for job_id in dict.fromkeys(ids) if job_id not in known]
    if unknown:
        raise JobNotFoundError(unknown)
    return sorted(set(parents)), sorted(set(children))


def _still_open(connection: sa.Connection, ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    for part in batches(ids):
        query = sa.select(jobs.c.id).where(jobs.c.id.in_(part), jobs.c.status.in_(_OPEN))
        found += connection.scalars(query.order_by(jobs.c.id))
    return found


def _parents_of(connection: sa.Connection, children: Sequence[str]) -> list[str]:
    found: list[str] = []
    for part in batches(children):
        query = sa.select(circuits.c.job_id).where(circuits.c.id.in_(part)).distinct()
        found += connection.scalars(query)
    return found


def _still_open_children(connection: sa.Connection, ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    for part in batches(ids):
        found += connection.scalars(
            sa.select(circuits.c.id)
            .select_from(FATES)
            .where(circuits.c.id.in_(part), CHILD_STATUS.in_(_OPEN))
        )
    return found
