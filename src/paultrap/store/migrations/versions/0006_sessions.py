"""Sessions: jobs that belong together, with limits on their number, time and cost."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(36), sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("backend", sa.Text, nullable=False),
        sa.Column("creator_id", sa.String(24), nullable=False),
        sa.Column("ender_id", sa.String(24)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("job_limit", sa.Integer),
        sa.Column("minutes_limit", sa.Integer),
        sa.Column("usd_limit", sa.Float),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("jobs", sa.Integer, nullable=False),
        sa.Column("spent_usd", sa.Float, nullable=False),
        sa.Index("sessions_by_project", "project_id", "id"),
        sa.Index("sessions_by_end", "ended_at", "expires_at"),
    )
    op.add_column("jobs", sa.Column("price_usd", sa.Float, nullable=False, server_default="0"))
