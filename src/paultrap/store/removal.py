"""Statements that remove what deleted jobs have left, in transactions of bounded size.

A job is deleted for its owner when it is marked. Freeing half a gigabyte takes seconds, in which
one transaction would hold up all other writers.
"""

import sqlalchemy as sa

from paultrap.store.tables import circuits, jobs, result_slices

_SLICES = 32  # of about a megabyte each
_CIRCUITS = 10_000

_SLICE_KEY = sa.tuple_(
    result_slices.c.job_id, result_slices.c.position, result_slices.c.first, result_slices.c.part
)


def remove_some(connection: sa.Connection) -> bool:
    """Remove a part of one deleted job; return whether there was any."""
    job_id = connection.scalar(sa.select(jobs.c.id).where(jobs.c.deleted_at.is_not(None)).limit(1))
    if job_id is None:
        return False
    if (
        _remove_slices(connection, job_id) < _SLICES
        and _remove_circuits(connection, job_id) < _CIRCUITS
    ):
        connection.execute(sa.delete(jobs).where(jobs.c.id == job_id))
    return True


def _remove_slices(connection: sa.Connection, job_id: str) -> int:
    some = sa.select(*_SLICE_KEY.clauses).where(result_slices.c.job_id == job_id).limit(_SLICES)
    return connection.execute(sa.delete(result_slices).where(_SLICE_KEY.in_(some))).rowcount


def _remove_circuits(connection: sa.Connection, job_id: str) -> int:
    some = sa.select(circuits.c.position).where(circuits.c.job_id == job_id).limit(_CIRCUITS)
    removed = sa.delete(circuits).where(circuits.c.job_id == job_id, circuits.c.position.in_(some))
    return connection.execute(removed).rowcount
