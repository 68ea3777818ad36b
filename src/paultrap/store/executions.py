"""Statements that record what was executed, which outlives the jobs."""

import sqlalchemy as sa

from paultrap.store.tables import executions, jobs

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
