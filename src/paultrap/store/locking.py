"""Locks on the rows of jobs, for engines with several writers; SQLite's writer is alone.

All take them in one order, so that none waits for one that waits for it: a host's memory, a session,
jobs by their ids, chunks. A worker that leases takes a chunk first, which nobody else then can have,
and so never waits for its job: it tries again instead.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from paultrap.store import quick
from paultrap.store.errors import StoreUnavailableError
from paultrap.store.reading import batches
from paultrap.store.tables import jobs

_JOB_ID: sa.BindParameter[str] = sa.bindparam("job_id")
# Rows that refer to a job, such as those of results, may be inserted meanwhile: its key stays.
_TRY = (
    sa.select(jobs.c.id)
    .where(jobs.c.id == _JOB_ID)
    .with_for_update(key_share=True, skip_locked=True)
)
_WAIT = sa.select(jobs.c.id).where(jobs.c.id == _JOB_ID).with_for_update(key_share=True)


class BusyError(StoreUnavailableError):
    """Another transaction has what this one needs and must not wait for: it is to be run again."""


def lock_job(connection: sa.Connection, job_id: str) -> None:
    """Wait until no other transaction changes a job, and keep others from it to the end of this."""
    quick.fetch(connection, _WAIT, {"job_id": job_id})


def lock_jobs(connection: sa.Connection, ids: Sequence[str]) -> None:
    """Do so for several jobs."""
    for part in batches(sorted(set(ids))):
        query = sa.select(jobs.c.id).where(jobs.c.id.in_(part)).order_by(jobs.c.id)
        connection.execute(query.with_for_update(key_share=True))


def is_free(connection: sa.Connection, job_id: str) -> bool:
    """Return whether no other transaction changes a job, and keep others from it then."""
    return bool(quick.fetch(connection, _TRY, {"job_id": job_id}))


def claim_job(connection: sa.Connection, job_id: str) -> None:
    """Keep others from a job, without waiting for one that has it.

    Raises:
        BusyError: Another transaction has it.
    """
    if not is_free(connection, job_id):
        raise BusyError(f'job "{job_id}" is being changed.')
