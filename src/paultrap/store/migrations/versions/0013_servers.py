"""Which server a lease belongs to, so that a new server frees those of dead servers alone."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("chunks", sa.Column("server", sa.String(36)))
