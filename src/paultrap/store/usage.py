"""`Usage`: what organizations have used, from a record of what was executed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import MOST_GROUPS, OTHER_GROUPS, DayUsage, GroupBy
from paultrap.jobs import Usage as Amount
from paultrap.store import checksums
from paultrap.store.accounts import members_of
from paultrap.store.database import Database
from paultrap.store.reading import batches
from paultrap.store.tables import executions, jobs, projects

_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)
_GROUPS = {
    GroupBy.JOB: executions.c.job_id,
    GroupBy.PROJECT: executions.c.project_id,
    GroupBy.USER: executions.c.submitter_id,
    GroupBy.BACKEND: executions.c.backend,
}
_DAY = (executions.c.completed_at // _DAY_MS).label("day")

_Executions = sa.Select[*tuple[Any, ...]]


class Usage:
    """What the jobs of a database have used. Deleted jobs count too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_day(
        self, organization_id: str, group_by: GroupBy, first: date, last: date
    ) -> list[DayUsage]:
        """Return what an organization has used on each day, by group.

        Jobs count that have completed and were no dry runs, deleted ones too.

        Args:
            organization_id: The id of the organization whose jobs are counted.
            group_by: What usage is summed by; users are submitters.
            first: The first day, in UTC.
            last: The last day, in UTC; it is included.

        Raises:
            DamagedError: A record of these days is damaged: no sum leaves one out.
        """
        within = _within(organization_id, first, last)
        chosen = (_DAY, _GROUPS[group_by], executions.c.cost_usd, executions.c.execution_us)
        is_by_job = group_by is GroupBy.JOB
        query = _dearest_jobs(within) if is_by_job else sa.select(*chosen).where(*within)
        day, group, cost, time_us = query.subquery().c
        sums = (sa.func.count(), sa.func.sum(cost), sa.func.sum(time_us))
        with self._database.damage.watch(), self._database.read() as connection:
            checksums.check_many(connection, executions, *within)
            rows = connection.execute(sa.select(day, group, *sums).group_by(day, group)).all()
        return [
            DayUsage(_EPOCH + timedelta(days=number), name, Amount(*found))
            for number, name, *found in rows
        ]

    def group_names(
        self, organization_id: str, group_by: GroupBy, groups: Sequence[str]
    ) -> dict[str, str]:
        """Return the names of an organization's groups by their ids, where they have one."""
        if group_by is GroupBy.BACKEND:
            return {}
        with self._database.read() as connection:
            if group_by is GroupBy.USER:
                return {
                    each.submitter_id: each.name for each in members_of(connection, organization_id)
                }
            return _names(connection, jobs if group_by is GroupBy.JOB else projects, groups)


def _names(connection: sa.Connection, table: sa.Table, ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in batches(ids):
        query = sa.select(table.c.id, table.c.name).where(
            table.c.id.in_(part), table.c.name.is_not(None)
        )
        if table is jobs:
            query = query.where(jobs.c.deleted_at.is_(None))
        found |= {group: name for group, name in connection.execute(query)}  # noqa: C416  # of rows
    return found


def _dearest_jobs(within: list[sa.ColumnElement[bool]]) -> _Executions:
    """Return the query of executions by job; those that cannot be among a period's are the rest.

    There may be as many groups as jobs, and a job is in one day alone.
    """
    dearest = (executions.c.cost_usd.desc(), executions.c.execution_us.desc(), executions.c.job_id)
    rank = sa.func.row_number().over(partition_by=_DAY, order_by=dearest)
    ranked = sa.select(_DAY, executions, rank.label("rank")).where(*within).subquery().c
    group = sa.case((ranked.rank <= MOST_GROUPS, ranked.job_id), else_=OTHER_GROUPS)
    return sa.select(ranked.day, group.label("job_id"), ranked.cost_usd, ranked.execution_us)


def _within(organization_id: str, first: date, last: date) -> list[sa.ColumnElement[bool]]:
    ours = sa.select(projects.c.id).where(projects.c.organization_id == organization_id)
    return [
        executions.c.project_id.in_(ours),
        executions.c.completed_at >= _midnight(first),
        executions.c.completed_at < _midnight(last) + _DAY_MS,
    ]


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)
