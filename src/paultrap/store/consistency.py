"""`QueueCheck`: whether all that is to be run can be found, so that no job waits for ever.

The row of a chunk that waits may be hidden: a flipped bit in its status, or in an index, is enough.
A job counts its open chunks in its own row, so that what is missing is seen without reading what has
ended.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import NoReturn

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus, Status
from paultrap.store import leases
from paultrap.store.choosing import Claimant
from paultrap.store.database import Database
from paultrap.store.deaths import fail_damaged, give_up_damaged
from paultrap.store.errors import DamagedError
from paultrap.store.records import WorkerEngine
from paultrap.store.tables import chunks, jobs, projects

_EVERY_S = 10.0

# By the index of chunks by their status, in which those that are leased are found too.
_OPEN_CHUNKS = (
    sa.select(chunks.c.job_id, sa.func.count().label("number"))
    .where(chunks.c.status.in_([ChunkStatus.WAITING, ChunkStatus.QUEUED, ChunkStatus.LEASED]))
    .group_by(chunks.c.job_id)
    .subquery()
)
# The index of jobs by their status is to lead, which begins with the project: a sum is in none.
_LOST = (
    sa.select(jobs.c.id)
    .outerjoin(_OPEN_CHUNKS, _OPEN_CHUNKS.c.job_id == jobs.c.id)
    .where(
        jobs.c.project_id.in_(sa.select(projects.c.id)),
        jobs.c.status.in_([Status.SUBMITTED, Status.READY, Status.STARTED]),
        (jobs.c.deleted_at + 0).is_(None),
        sa.func.coalesce(_OPEN_CHUNKS.c.number, 0) < jobs.c.chunks_open,
    )
)
_PROBE = Claimant("probe", None, None, WorkerEngine())


def lost_jobs(connection: sa.Connection) -> Iterator[DamagedError]:
    """Yield what is wrong with jobs of which chunks that are to be run cannot be found."""
    for job_id in connection.scalars(_LOST):
        yield DamagedError(job_id, "chunks that are to be run")


class QueueCheck:
    """Looks at the queue now and then, and fails jobs that nobody would run.

    Args:
        database: The database that holds the queue.
        clock: Seconds that ascend.

    Attributes:
        trouble: Why nothing can be run now, in a sentence, or None where it can.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._due_at = clock()
        self.trouble: str | None = None

    def look(self) -> None:
        """Look at the queue, where it is time to do so."""
        if self._clock() < self._due_at:
            return
        self._due_at = self._clock() + _EVERY_S
        try:
            with self._database.read() as connection:
                lost = list(lost_jobs(connection))
            # Where several write, workers that look meanwhile would pass over a chunk that is
            # locked, and wait. They read the same, and say what is damaged.
            if not self._database.is_shared:
                self._lease_and_forget()
        except DamagedError as error:
            self._database.damage.report(error)
            self.trouble = (
                f"The queue of jobs cannot be read ({error.part}): stop the server and restore a "
                "backup of its database; `paultrap db check` lists what is damaged."
            )
            return
        self.trouble = None
        for each in lost:
            self._database.damage.report(each)
            self._give_up(each)

    def _lease_and_forget(self) -> None:
        """Read all that a worker reads that leases a chunk."""
        try:
            with suppress(_ForgottenError):
                self._database.change(self._claim, durable=False)
        except DamagedError as error:
            if error.owner_id is None:
                raise
            # Workers give that job up, and go on.

    def _claim(self, connection: sa.Connection) -> NoReturn:
        now = self._database.moment()
        leases.end_overdue(connection, now)
        leases.claim(connection, _PROBE, now, 0)
        raise _ForgottenError

    def _give_up(self, error: DamagedError) -> None:
        for fail in (give_up_damaged, fail_damaged):
            try:
                self._database.change(
                    partial(fail, error=error, now=self._database.moment()), durable=False
                )
            except DamagedError:  # Where an index is damaged, the rows of chunks cannot be changed.
                continue
            return


class _ForgottenError(Exception):
    """Ends a transaction of which nothing is to stay."""
