"""Statements about what was executed, which outlives the jobs."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from paultrap.jobs.usage import DayUsage, GroupBy, Usage
from paultrap.store.members import members
from paultrap.store.reading import batches
from paultrap.store.tables import executions, jobs, projects

__all__ = ["group_names", "record_execution", "usage_by_day"]

_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)
_GROUPS = {
    GroupBy.JOB: executions.c.job_id,
    GroupBy.PROJECT: executions.c.project_id,
    GroupBy.USER: executions.c.submitter_id,
    GroupBy.BACKEND: executions.c.backend,
}
_SUMS = (
    sa.func.count(),
    sa.func.sum(executions.c.cost_usd),
    sa.func.sum(executions.c.execution_us),
)

_JOB_ID: sa.BindParameter[str] = sa.bindparam("id_of_job")
_EXECUTION = {
    executions.c.job_id: jobs.c.id,
    executions.c.project_id: jobs.c.project_id,
    executions.c.submitter_id: jobs.c.submitter_id,
    executions.c.backend: jobs.c.backend,
    executions.c.completed_at: jobs.c.completed_at,
    executions.c.circuits: jobs.c.circuits,
    executions.c.shots: jobs.c.shots,
    executions.c.execution_us: sa.func.coalesce(jobs.c.machine_us, jobs.c.execution_us, 0),
    executions.c.cost_usd: jobs.c.price_usd,
}
_RECORD = sa.insert(executions).from_select(
    list(_EXECUTION), sa.select(*_EXECUTION.values()).where(jobs.c.id == _JOB_ID)
)


def record_execution(connection: sa.Connection, job_id: str) -> None:
    """Record the execution of a job that has just completed."""
    connection.execute(_RECORD, {"id_of_job": job_id})


def usage_by_day(
    connection: sa.Connection,
    organization_id: str,
    group_by: GroupBy,
    first: date,
    last: date,
) -> list[DayUsage]:
    """Return the usage of projects on each day; see `paultrap.store.Store.usage`."""
    day = executions.c.completed_at // _DAY_MS
    group = _GROUPS[group_by]
    ours = sa.select(projects.c.id).where(projects.c.organization_id == organization_id)
    rows = connection.execute(
        sa.select(day, group, *_SUMS)
        .where(
            executions.c.project_id.in_(ours),
            executions.c.completed_at >= _midnight(first),
            executions.c.completed_at < _midnight(last) + _DAY_MS,
        )
        .group_by(day, group)
    )
    return [
        DayUsage(_EPOCH + timedelta(days=number), name, Usage(*sums))
        for number, name, *sums in rows
    ]


def group_names(
    connection: sa.Connection, organization_id: str, group_by: GroupBy, groups: Sequence[str]
) -> dict[str, str]:
    """Return the names of groups, as far as they have one; see `paultrap.store.Store`."""
    if group_by is GroupBy.USER:
        return {each.submitter_id: each.name for each in members(connection, organization_id)}
    if group_by is GroupBy.BACKEND:
        return {}
    table = jobs if group_by is GroupBy.JOB else projects
    found: dict[str, str] = {}
    for part in batches(groups):
        query = sa.select(table.c.id, table.c.name).where(
            table.c.id.in_(part), table.c.name.is_not(None)
        )
        if table is jobs:
            query = query.where(jobs.c.deleted_at.is_(None))
        found |= {group: name for group, name in connection.execute(query)}  # noqa: C416  # of rows
    return found


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)
