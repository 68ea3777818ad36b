"""Checksums of rows. What was there before has none, and is not checked."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_TABLES = (
    "api_keys",
    "chunk_programs",
    "chunks",
    "circuit_failures",
    "circuits",
    "creations",
    "executions",
    "jobs",
    "result_slices",
    "sessions",
)


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("checksum", sa.BigInteger))
    op.add_column("jobs", sa.Column("source_checksum", sa.BigInteger))
    op.add_column("jobs", sa.Column("children_checksum", sa.BigInteger))
    op.add_column("chunks", sa.Column("slices", sa.Integer))
    op.create_table("unsealed", sa.Column("last_id", sa.String(36), primary_key=True))
    parts = " UNION ALL ".join(
        f"SELECT max({column}) AS id FROM {table}"  # noqa: S608  # our own names
        for table, column in (
            ("jobs", "id"),
            ("sessions", "id"),
            ("api_keys", "id"),
            ("creations", "made_id"),
        )
    )
    # The ids of circuits, which are not looked at, follow that of their job.
    op.execute(f"INSERT INTO unsealed SELECT coalesce(max(id), '') FROM ({parts}) AS ids")  # noqa: S608
