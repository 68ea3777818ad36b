"""What a chunk needs more for each thread, which are as many as the host that runs it has."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    memory = sa.Column("thread_memory", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("chunks", memory)
