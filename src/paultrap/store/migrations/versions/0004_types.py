"""What kind of job each is, and what it was made from where that were no circuits in JSON."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    circuit = sa.Column("type", sa.String(32), nullable=False, server_default="ionq.circuit.v1")
    op.add_column("jobs", circuit)
    op.add_column("jobs", sa.Column("source", sa.LargeBinary))
    op.execute("UPDATE jobs SET type = 'ionq.multi-circuit.v1' WHERE is_multicircuit")
