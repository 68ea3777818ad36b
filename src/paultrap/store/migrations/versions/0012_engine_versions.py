"""By what rules a job is computed, and each of its chunks was."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("engine_version", sa.String(16)))
    op.add_column("jobs", sa.Column("precision", sa.String(8)))
    op.add_column("chunks", sa.Column("engine_version", sa.String(16)))
