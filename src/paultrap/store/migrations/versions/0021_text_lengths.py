"""How long the sections of results are as text, and an index by which slices are known without reading them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "text_lengths",
        sa.Column(
            "job_id",
            sa.String(36),
            sa.ForeignKey("jobs.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("digest", sa.LargeBinary(16), primary_key=True),
        sa.Column("lengths", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "result_slices_by_place",
        "result_slices",
        ["job_id", "position", "first", "part", "stop", "checksum"],
    )
