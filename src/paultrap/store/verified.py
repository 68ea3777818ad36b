"""Whether what is read of jobs is what was written: rows by their checksums, and that none is missing."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

import sqlalchemy as sa

from paultrap.jobs import ChunkStatus, Status
from paultrap.store import checksums
from paultrap.store.errors import DamagedError
from paultrap.store.records import JobRecord
from paultrap.store.selects import record_of
from paultrap.store.tables import chunks, circuit_failures, circuits, jobs

Report = Callable[[DamagedError], None]


class SlicePlace(NamedTuple):
    """Where a slice is in a job's result; see `paultrap.store.slices.PackedSlice`."""

    position: int
    first: int
    part: int
    stop: int


def check_job(connection: sa.Connection, job_id: str) -> None:
    """Look at all that says something of a job, parent or child, if there is one.

    Raises:
        DamagedError: It is not what was written.
    """
    # What is deleted may stay damaged until it is removed.
    if checksums.check(connection, jobs, job_id, jobs.c.deleted_at.is_(None)):
        return
    found = connection.execute(
        sa.select(circuits.c.job_id, circuits.c.position).where(circuits.c.id == job_id)
    ).one_or_none()
    if found is None:
        return
    own = circuits.c.position == found.position
    for row in checksums.check(connection, circuits, found.job_id, own, owner=job_id):
        chunk = chunks.c.position == row["chunk"]
        checksums.check(connection, chunks, found.job_id, chunk, owner=job_id)
    checksums.check(connection, jobs, found.job_id, owner=job_id)
    failed = circuit_failures.c.position == found.position
    if not checksums.check(connection, circuit_failures, found.job_id, failed, owner=job_id):
        # Its row may be one of those that say that others have failed.
        checksums.check(connection, circuit_failures, found.job_id, owner=job_id)
    _check_failures_are_all_there(connection, found.job_id, owner=job_id)


def check_failures(connection: sa.Connection, job_id: str) -> list[int]:
    """Return which circuits of a job have failed, in order.

    Raises:
        DamagedError: What says so is not what was written, or is missing.
    """
    rows = checksums.check(connection, circuit_failures, job_id)
    _check_failures_are_all_there(connection, job_id, owner=job_id)
    return sorted(row["position"] for row in rows)


def _check_failures_are_all_there(connection: sa.Connection, job_id: str, owner: str) -> None:
    count = sa.func.count(circuit_failures.c.position)
    of_job = circuit_failures.c.job_id == jobs.c.id
    query = sa.select(jobs.c.circuits_failed, count).outerjoin_from(jobs, circuit_failures, of_job)
    row = connection.execute(query.where(jobs.c.id == job_id).group_by(jobs.c.id)).one_or_none()
    if row is not None and row[0] != row[1]:
        raise DamagedError(owner, "circuit_failures")


class Found(NamedTuple):
    """What a query has found.

    Attributes:
        jobs: The jobs that are sound.
        ids: The ids of all of them, damaged ones too.
    """

    jobs: list[JobRecord]
    ids: list[str]


def records(
    connection: sa.Connection, query: sa.Select[Any], table: sa.Table, report: Report
) -> Found:
    """Return the jobs that a query finds, but for damaged ones, which are reported.

    Args:
        connection: The connection of a transaction.
        query: One of `paultrap.store.selects`, narrowed.
        table: Whose ids tell the jobs apart: `jobs`, or `circuits` for children.
        report: Called for each job that is left out; what it raises ends the query.
    """
    ids = query.with_only_columns(table.c.id, maintain_column_froms=True)
    found = list(connection.scalars(ids))
    sound = checksums.sound_ids(connection, table, found) if found else []
    damaged = [each for each in found if each not in set(sound)]
    for each in damaged:
        report(DamagedError(each, table.name))
    if damaged:
        query = query.where(table.c.id.in_(sound))
    if table is circuits and found:
        query = _of_sound_owners(connection, query, report)
    return Found([record_of(row) for row in connection.execute(query)], found)


def _of_sound_owners(
    connection: sa.Connection, query: sa.Select[Any], report: Report
) -> sa.Select[Any]:
    """Return a query of children without those of jobs of which what they share is damaged."""
    owners = query.with_only_columns(circuits.c.job_id, maintain_column_froms=True)
    damaged = []
    for job_id in dict.fromkeys(connection.scalars(owners)):
        try:
            for each in (jobs, chunks):
                checksums.check(connection, each, job_id)
            check_failures(connection, job_id)
        except DamagedError as error:
            report(error)
            damaged.append(job_id)
    return query.where(circuits.c.job_id.not_in(damaged)) if damaged else query


def refuse(error: DamagedError) -> NoReturn:
    """Raise what is reported: no list of children has a hole."""
    raise error


def is_gone(connection: sa.Connection, job_id: str) -> bool:
    """Return whether a job or a child was deleted, so that its rows are removed or will be."""
    for table in (jobs, circuits):
        query = sa.select(table.c.deleted_at).where(table.c.id == job_id)
        row = connection.execute(query).first()
        if row is not None:
            return row.deleted_at is not None
    return True


def check_chunks(connection: sa.Connection, job_id: str) -> list[dict[str, Any]]:
    """Return the plain rows of a job's chunks, all of which are sound."""
    return checksums.check(connection, chunks, job_id)


def child_ids(connection: sa.Connection, job_id: str) -> list[str]:
    """Return the ids of a job's children in submission order, deleted ones too."""
    query = sa.select(circuits.c.id).where(circuits.c.job_id == job_id)
    # Rows are tuples; SQLAlchemy's scalars take as long again for thousands of them.
    return [found for (found,) in connection.execute(query.order_by(circuits.c.position))]


def check_child_ids(connection: sa.Connection, job_id: str, ids: Sequence[str]) -> None:
    """Look whether these are the ids of a job's children, in order.

    Raises:
        DamagedError: They are not.
    """
    query = sa.select(jobs.c.children_checksum).where(jobs.c.id == job_id)
    known = connection.scalar(query)
    if known is not None and known != checksums.of_value("".join(ids)):
        raise DamagedError(job_id, "ids of children")


def check_slices(
    job_id: str, rows: Iterable[dict[str, Any]], places: Sequence[SlicePlace], *, whole: int | None
) -> None:
    """Look whether the slices of a result are all there.

    Args:
        job_id: The id of the job.
        rows: The plain rows of its chunks.
        places: Where the slices are, in order.
        whole: How many circuits the slices have together, where none is missing.

    Raises:
        DamagedError: One is missing.
    """
    counted = Counter(place.position for place in places)
    for row in rows:
        is_done = row["status"] == ChunkStatus.DONE
        if is_done and row["slices"] is not None and row["slices"] != counted[row["position"]]:
            raise DamagedError(job_id, f"result of chunk {row['position']}")
    end, part = 0, -1
    before = None
    for place in places:
        if before is not None and place.first == before.first and place.part:
            is_next = place.part == part + 1 and place.stop == before.stop
        else:
            is_next = place.part == 0 and (place.first == end if whole else place.first >= end)
        if not is_next or place.stop <= place.first:
            raise DamagedError(job_id, f"result of circuit {place.first}")
        end, part, before = place.stop, place.part, place
    if whole and end != whole:
        raise DamagedError(job_id, f"result of circuit {end}")


def whole_of(connection: sa.Connection, job_id: str) -> int | None:
    """Return how many circuits the result of a job has, where it has them all."""
    for job in checksums.check(connection, jobs, job_id):
        if job["status"] == Status.COMPLETED and job["stages"] == 1 and not job["dry_run"]:
            found: int = job["circuits"]
            return found
    return None
