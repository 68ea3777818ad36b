"""What the deaths of workers and servers mean for a chunk, and damage for a job."""

from typing import Any

import sqlalchemy as sa

from paultrap.errors import FailureCode
from paultrap.jobs import (
    EXPIRIES_PER_DEATH,
    HALVING_DEATHS,
    MAX_DEATHS,
    MAX_OUTAGES,
    ChunkStatus,
    CircuitFailure,
    Status,
    server_died,
    worker_died,
)
from paultrap.store import checksums
from paultrap.store.clock import Moment
from paultrap.store.errors import DamagedError
from paultrap.store.events import EventReason
from paultrap.store.locking import lock_jobs
from paultrap.store.tables import chunks, jobs

_Row = sa.Row[*tuple[Any, ...]]


def is_suspect(counts: dict[str, int]) -> bool:
    """Return whether a circuit of a chunk may be why its workers or servers died."""
    return counts["deaths"] >= HALVING_DEATHS or counts["outages"] >= MAX_OUTAGES


def verdict(counts: dict[str, int]) -> CircuitFailure | None:
    """Return why what cannot be divided is given up, or None where it runs once more."""
    if counts["deaths"] >= MAX_DEATHS:
        return worker_died(counts["deaths"])
    if counts["outages"] >= MAX_OUTAGES:
        return server_died(counts["outages"])
    return None


def counted(row: _Row, reason: EventReason) -> dict[str, int]:
    """Return the deaths, outages and expiries of a chunk whose lease has ended for this reason."""
    deaths, outages, expiries = row.deaths, row.outages, row.expiries
    if reason is EventReason.WORKER_DIED:
        deaths += 1
    elif reason is EventReason.SERVER_DIED:
        outages += 1
    elif reason is EventReason.LEASE_EXPIRED:
        expiries += 1
        deaths += int(expiries % EXPIRIES_PER_DEATH == 0)
    return {"deaths": deaths, "outages": outages, "expiries": expiries}


def give_up_damaged(connection: sa.Connection, error: DamagedError, now: Moment) -> None:
    """Fail a job of which something is damaged. What is damaged stays so, and is never run again."""
    lock_jobs(connection, [] if error.owner_id is None else [error.owner_id])
    of_job = chunks.c.job_id == error.owner_id
    is_open = chunks.c.status.in_([ChunkStatus.WAITING, ChunkStatus.QUEUED, ChunkStatus.LEASED])
    values = {
        "status": ChunkStatus.FAILED,
        "ended_at": now.wall,
        "owner": None,
        "lease_until": None,
    }
    checksums.change(connection, chunks, values, of_job, is_open, even_damaged=True)
    fail_damaged(connection, error, now)


def fail_damaged(connection: sa.Connection, error: DamagedError, now: Moment) -> None:
    """Fail a job of which something is damaged, and leave its chunks as they are."""
    failed = {
        "status": Status.FAILED,
        "completed_at": now.wall,
        "chunks_open": 0,
        "failure_code": FailureCode.INTERNAL,
        "failure_message": f"what was stored of the job is damaged ({error.part}); submit it again",
    }
    is_running = jobs.c.status.in_([Status.SUBMITTED, Status.READY, Status.STARTED])
    which = (jobs.c.id == error.owner_id, is_running)
    checksums.change(connection, jobs, failed, *which, even_damaged=True)
