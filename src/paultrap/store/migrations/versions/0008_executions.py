"""What was executed, which stays when jobs are deleted, and how long machines are busy with jobs."""

import sqlalchemy as sa
from alembic import op

from paultrap.admission import bill_of
from paultrap.machines import Machines

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("machine_us", sa.BigInteger))
    op.create_table(
        "executions",
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(36), sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("submitter_id", sa.String(24), nullable=False),
        sa.Column("backend", sa.Text, nullable=False),
        sa.Column("completed_at", sa.BigInteger, nullable=False),
        sa.Column("circuits", sa.Integer, nullable=False),
        sa.Column("shots", sa.Integer),
        sa.Column("execution_us", sa.BigInteger, nullable=False),
        sa.Column("cost_usd", sa.Float, nullable=False),
    )
    op.create_index("executions_by_time", "executions", ["project_id", "completed_at"])
    _price_jobs(op.get_bind())
    op.execute(
        "INSERT INTO executions SELECT id, project_id, submitter_id, backend, completed_at, "
        "circuits, shots, coalesce(machine_us, execution_us, 0), price_usd FROM jobs "
        "WHERE status = 'completed' AND NOT dry_run"
    )


def _price_jobs(connection: sa.Connection) -> None:
    """Price the jobs of releases that did not do it at submission, on the shipped QPUs."""
    backends = Machines.shipped().backends
    found = connection.execute(
        sa.text(
            "SELECT id, backend, gates_1q, gates_2q, coalesce(shots, 0), circuits FROM jobs "
            "WHERE NOT dry_run AND backend != 'simulator'"
        )
    ).all()
    update = sa.text(
        "UPDATE jobs SET price_usd = :price_usd, machine_us = :machine_us WHERE id = :id"
    )
    for job_id, backend, *numbers in found:
        bill = bill_of(backends.get(backend), *numbers)
        connection.execute(update, {"id": job_id, **bill._asdict()})
