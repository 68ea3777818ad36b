"""`find_damage`: reads a whole database, and says what of it is not what was written."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from paultrap.store import checksums, labels, reading, results, stages, verified
from paultrap.store.consistency import lost_jobs
from paultrap.store.database import Database
from paultrap.store.errors import DamagedError
from paultrap.store.tables import (
    api_keys,
    chunks,
    circuits,
    creations,
    executions,
    jobs,
    result_slices,
    sessions,
)

_OF_JOBS = (jobs, circuits, chunks, result_slices)
_BY_THEMSELVES = (sessions, api_keys, executions, creations)


class Damage(NamedTuple):
    """Something that is damaged.

    Attributes:
        owner_id: The id of the job, the session or the key that it belongs to; None where that is not
            known.
        part: What of it.
    """

    owner_id: str | None
    part: str


class CheckReport(NamedTuple):
    """What a check has found.

    Attributes:
        damage: What is damaged.
        jobs: How many jobs there are.
        unchecked: How many rows have no checksum, as earlier releases wrote them.
    """

    damage: list[Damage]
    jobs: int
    unchecked: int


def find_damage(database: Database) -> CheckReport:
    """Read everything; nothing is written."""
    found = [Damage(None, fault) for fault in database.faults()]
    ids: list[str] = []
    found += _tried(database, None, lambda connection: ids.extend(_ids(connection, jobs.c.id)))
    for job_id in ids:
        for look in _looks(job_id):
            found += _tried(database, job_id, look)
    for table in _BY_THEMSELVES:
        found += _rows_of(database, table)
    lost: list[DamagedError] = []
    found += _tried(database, None, lambda connection: lost.extend(lost_jobs(connection)))
    found += [Damage(each.owner_id, each.part) for each in lost]
    counts: list[int] = []
    for table in checksums.SEALED:
        found += _tried(database, None, partial(_count_unchecked, table, counts))
    return CheckReport(list(dict.fromkeys(found)), len(ids), sum(counts))


def _count_unchecked(table: sa.Table, counts: list[int], connection: sa.Connection) -> None:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.checksum.is_(None))
    counts.append(connection.scalars(query).one())


def _looks(job_id: str) -> Iterator[Callable[[sa.Connection], Any]]:
    """Yield what reads the parts of a job, each of which may be damaged by itself."""
    for table in _OF_JOBS:
        yield partial(checksums.check, table=table, owner_id=job_id)
    yield lambda connection: verified.check_failures(connection, job_id)
    yield lambda connection: labels.check(connection, job_id)
    yield lambda connection: reading.read_all(connection, job_id)
    yield lambda connection: stages.read_source(connection, job_id)
    yield lambda connection: results.check_whole(connection, job_id)
    yield lambda connection: verified.check_child_ids(
        connection, job_id, verified.child_ids(connection, job_id)
    )


def _tried(
    database: Database, owner_id: str | None, look: Callable[[sa.Connection], Any]
) -> list[Damage]:
    try:
        with database.damage.watch(owner_id), database.read() as connection:
            look(connection)
    except DamagedError as error:
        return [Damage(error.owner_id, error.part)]
    return []


def _rows_of(database: Database, table: sa.Table) -> list[Damage]:
    found: list[Damage] = []

    def look(connection: sa.Connection) -> None:
        owner = checksums.sealed(table).owner
        unsound = checksums.unsound(connection, table)
        found.extend(Damage(str(row[owner]), table.name) for row in unsound)

    return found + _tried(database, None, look)


def _ids(connection: sa.Connection, column: sa.Column[str]) -> list[str]:
    return list(connection.scalars(sa.select(column).order_by(column)))
