"""What the program of a job measures, where that is not each qubit at the end."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("readout", sa.LargeBinary))
