"""Chunks that wait for the answers of others, and what is kept of these answers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("chunks", sa.Column("stage", sa.Integer, nullable=False, server_default="0"))
    op.add_column("chunks", sa.Column("findings", sa.LargeBinary))
