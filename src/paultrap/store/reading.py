"""Statements that read jobs, parents and children alike."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from paultrap.admission import NAME
from paultrap.jobs import ChunkStatus
from paultrap.store import checksums, labels
from paultrap.store.blobs import read_blob
from paultrap.store.host_records import (
    QueuedNeed,
)
from paultrap.store.records import (
    JobEngine,
    JobFilter,
    JobRecord,
    Page,
)
from paultrap.store.selects import CHILD_STATUS, CHILDREN, PARENTS, record_of
from paultrap.store.tables import chunk_programs, chunks, circuits, job_labels, jobs
from paultrap.store.texts import storable
from paultrap.store.verified import Report, check_chunks, check_job, records, refuse

_Query = sa.Select[*tuple[Any, ...]]

# Databases take only so many parameters in one statement.
_BATCH = 500


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield ``ids`` in parts that one statement can take."""
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def get_job(connection: sa.Connection, project_id: str, job_id: str) -> JobRecord | None:
    """Return a parent or a child of the project, or None.

    Raises:
        DamagedError: It is not what was written.
    """
    if not storable(job_id):
        return None
    check_job(connection, job_id)
    for query, table in ((PARENTS, jobs), (CHILDREN, circuits)):
        row = connection.execute(
            query.where(table.c.id == job_id, jobs.c.project_id == project_id)
        ).one_or_none()
        if row is not None:
            [found] = _with_parents(connection, [record_of(row)])
            return found
    return None


def is_there(connection: sa.Connection, job_id: str) -> bool:
    """Return whether a job is there that is no child, and not deleted."""
    query = sa.select(jobs.c.id).where(jobs.c.id == job_id, jobs.c.deleted_at.is_(None))
    return connection.scalar(query) is not None


def _with_parents(connection: sa.Connection, found: list[JobRecord]) -> list[JobRecord]:
    """Return records, those of children with the metadata of their parents."""
    parents = sorted({job.parent_id for job in found if job.parent_id is not None})
    if not parents:
        return found
    metadata: dict[str | None, bytes] = {}
    for ids in batches(parents):
        query = sa.select(jobs.c.id, jobs.c.metadata)
        query = query.where(jobs.c.id.in_(ids), jobs.c.metadata.is_not(None))
        metadata |= {parent: text for parent, text in connection.execute(query)}  # noqa: C416  # of rows
    return [
        replace(job, parent_metadata=metadata[job.parent_id]) if job.parent_id in metadata else job
        for job in found
    ]


def engine_of(connection: sa.Connection, job: JobRecord) -> JobEngine:
    """Return by what rules a parent or a child is computed."""
    job_id = job.parent_id or job.id
    check_chunks(connection, job_id)
    columns = sa.select(jobs.c.engine_version, jobs.c.precision).where(jobs.c.id == job_id)
    row = connection.execute(columns).one_or_none()
    ran = (
        sa.select(chunks.c.engine_version)
        .where(
            chunks.c.job_id == job_id,
            chunks.c.status == ChunkStatus.DONE,
            chunks.c.started_at.is_not(None),
        )
        .group_by(chunks.c.engine_version)
        .order_by(sa.func.min(chunks.c.first))
    )
    if job.index is not None:
        ran = ran.where(chunks.c.first <= job.index, chunks.c.stop > job.index)
    found = list(connection.scalars(ran))
    return JobEngine(None, None, found) if row is None else JobEngine(*row, found)


def queued_needs(connection: sa.Connection, job: JobRecord) -> list[QueuedNeed]:
    """Return what the queued chunks of a parent or a child need, together by backend."""
    query = (
        sa.select(chunks.c.backend, sa.func.max(chunks.c.memory))
        .where(chunks.c.job_id == (job.parent_id or job.id), chunks.c.status == ChunkStatus.QUEUED)
        .group_by(chunks.c.backend)
        .order_by(chunks.c.backend)
    )
    if job.index is not None:
        query = query.where(chunks.c.first <= job.index, chunks.c.stop > job.index)
    return [QueuedNeed(*row) for row in connection.execute(query)]


def read_circuit(connection: sa.Connection, job_id: str, index: int) -> tuple[bytes, int] | None:
    """Return the packed program that holds circuit ``index`` of a job, and the circuit's place in it.

    None when the job was deleted, and while it depends on answers that are not all there.
    """
    check_chunks(connection, job_id)
    chunk = connection.execute(
        sa.select(chunks.c.position, chunks.c.first)
        .where(
            chunks.c.job_id == job_id,
            chunks.c.first <= index,
            chunks.c.stop > index,
            sa.or_(chunks.c.stage == 0, chunks.c.status == ChunkStatus.DONE),
        )
        .order_by(chunks.c.position.desc())
        .limit(1)
    ).one_or_none()
    if chunk is None:
        return None
    program = read_blob(connection, chunk_programs, job_id, chunk.position)
    return None if program is None else (program, index - chunk.first)


def read_all(connection: sa.Connection, job_id: str) -> list[bytes]:
    """Return the packed programs that hold all circuits of a job, in order; none where it keeps none."""
    check_chunks(connection, job_id)
    rows = connection.execute(
        sa.select(chunks.c.position, chunks.c.first, chunks.c.stop)
        .where(chunks.c.job_id == job_id)
        .order_by(chunks.c.first, chunks.c.position)
    )
    found, end = [], 0
    for position, first, stop in rows.all():
        if first >= end:  # Else it has circuits once more, that failed in an earlier one.
            found.append(read_blob(connection, chunk_programs, job_id, position))
            end = stop
    return [program for program in found if program is not None]


def read_children(connection: sa.Connection, job_id: str) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return position, name, gateset and registers of a job's children, without deleted ones."""
    checksums.check(connection, circuits, job_id)
    return connection.execute(
        sa.select(circuits.c.position, circuits.c.name, circuits.c.gateset, circuits.c.registers)
        .where(circuits.c.job_id == job_id, circuits.c.deleted_at.is_(None))
        .order_by(circuits.c.position)
    ).all()


class Cut(NamedTuple):
    """Which part of a list is wanted: at most ``limit`` jobs behind the one with the id ``cursor``."""

    limit: int
    cursor: str | None


def list_jobs(
    connection: sa.Connection,
    project_id: str,
    wanted: JobFilter,
    cut: Cut,
    report: Report,
) -> Page:
    """Return one page; see `paultrap.store.JobStore.page`. Damaged jobs are reported and left out.

    Raises:
        DamagedError: The list is of children, and one, or what they share, is damaged.
    """
    names = [label.value for label in wanted.labels if label.name == NAME]
    if not all(map(storable, (wanted.parent_id, wanted.session_id, wanted.submitter_id, *names))):
        return Page([], None)
    wanted = replace(wanted, ids=_storable(wanted.ids), backends=_storable(wanted.backends))
    if wanted.parent_id is not None:
        found = _children_of(connection, project_id, wanted, cut)
    elif wanted.ids is not None:
        found = _named(connection, project_id, wanted, cut, report)
    else:
        found = _newest(connection, project_id, wanted, cut, report)
    page = _with_parents(connection, found[: cut.limit])
    return Page(page, page[-1].id if len(found) > cut.limit else None)


def _storable(words: Sequence[str] | None) -> list[str] | None:
    return None if words is None else [word for word in words if storable(word)]


def _newest(
    connection: sa.Connection,
    project_id: str,
    wanted: JobFilter,
    cut: Cut,
    report: Report,
) -> list[JobRecord]:
    owner: sa.ColumnElement[str] = jobs.c.project_id
    job_id, query = jobs.c.id, PARENTS
    if wanted.labels:
        # The index of labels is to lead, not that of projects: an expression is in none.
        owner, job_id = owner.concat(""), job_labels.c.job_id
        query = labels.found_by(query, project_id, wanted.labels[0])
    others = replace(wanted, labels=wanted.labels[1:])
    query = _narrowed(query.where(owner == project_id), jobs, project_id, others, None)
    query = query.order_by(job_id.desc())
    found: list[JobRecord] = []
    cursor, wanted_more = cut.cursor, cut.limit + 1
    while wanted_more:  # Once more only where some are damaged.
        part = query if cursor is None else query.where(job_id < cursor)
        here = records(connection, part.limit(wanted_more), jobs, report)
        found += here.jobs
        if len(here.ids) < wanted_more:
            break
        cursor, wanted_more = here.ids[-1], cut.limit + 1 - len(found)
    return found


def _children_of(
    connection: sa.Connection,
    project_id: str,
    wanted: JobFilter,
    cut: Cut,
) -> list[JobRecord]:
    query = CHILDREN.where(jobs.c.project_id == project_id)
    query = _narrowed(query, circuits, project_id, wanted, None)
    query = query.where(circuits.c.job_id == wanted.parent_id)
    if wanted.ids is not None:
        query = query.where(circuits.c.id.in_(wanted.ids))
    if cut.cursor is not None:
        query = query.where(circuits.c.id > cut.cursor)
    query = query.order_by(circuits.c.position).limit(cut.limit + 1)
    return records(connection, query, circuits, refuse).jobs


def _named(
    connection: sa.Connection,
    project_id: str,
    wanted: JobFilter,
    cut: Cut,
    report: Report,
) -> list[JobRecord]:
    found = []
    for ids in batches(sorted(set(wanted.ids or ()))):
        for query, table in ((PARENTS, jobs), (CHILDREN, circuits)):
            owned = query.where(jobs.c.project_id == project_id)
            narrowed = _narrowed(owned, table, project_id, wanted, cut.cursor)
            found += records(connection, narrowed.where(table.c.id.in_(ids)), table, report).jobs
    found.sort(key=lambda job: job.id, reverse=True)
    return found[: cut.limit + 1]


def _narrowed(
    query: _Query, table: sa.Table, project_id: str, wanted: JobFilter, cursor: str | None
) -> _Query:
    if cursor is not None:
        query = query.where(table.c.id < cursor)
    if table is circuits:  # which have names of their own
        names = [label.value for label in wanted.labels if label.name == NAME]
        query = query.where(*(circuits.c.name == name for name in names))
        query = labels.narrowed(query, project_id, [x for x in wanted.labels if x.name != NAME])
    else:
        query = labels.narrowed(query, project_id, wanted.labels)
    if wanted.statuses is not None:
        status = jobs.c.status if table is jobs else CHILD_STATUS
        query = query.where(status.in_(wanted.statuses))
    if wanted.backends is not None:
        query = query.where(jobs.c.backend.in_(wanted.backends))
    if wanted.session_id is not None:
        query = query.where(jobs.c.session_id == wanted.session_id)
    if wanted.submitter_id is not None:
        query = query.where(jobs.c.submitter_id == wanted.submitter_id)
    return query
