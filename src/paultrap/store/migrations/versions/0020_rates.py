"""What a job is billed by, so that of one that fails the circuits that completed are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("rates", sa.LargeBinary))
    op.add_column("jobs", sa.Column("completed_usd", sa.Float))
    op.add_column("jobs", sa.Column("completed_us", sa.BigInteger))
