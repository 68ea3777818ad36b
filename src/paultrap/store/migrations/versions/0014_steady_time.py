"""Steady time, from the monotonic clock; how many leases of a chunk have run out."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "boots",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("offset_ms", sa.BigInteger, nullable=False),
    )
    op.add_column("chunks", sa.Column("expiries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("sessions", sa.Column("deadline", sa.BigInteger))
    # Steady time begins at the wall clock's, in which earlier releases wrote.
    op.execute("UPDATE sessions SET deadline = expires_at")
