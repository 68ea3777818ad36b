"""The processes that lease chunks, so that the next server ends those that have outlived theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("server", sa.String(36)),
    )
