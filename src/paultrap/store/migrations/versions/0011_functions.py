"""What the store must know of a job's function: the type of its children, and its stages."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column(
        "jobs",
        sa.Column("child_type", sa.String(32), nullable=False, server_default="ionq.circuit.v1"),
    )
    op.add_column("jobs", sa.Column("stages", sa.Integer, nullable=False, server_default="1"))
    op.execute(
        "UPDATE jobs SET child_type = 'qctrl.qaoa-circuit.v1', stages = coalesce("
        "(SELECT 1 + max(chunks.stage) FROM chunks WHERE chunks.job_id = jobs.id), 1) "
        "WHERE type = 'qctrl.qaoa.v1'"
    )
