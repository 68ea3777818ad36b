"""Which requests have made something, and what they were answered."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "creations",
        sa.Column("made_id", sa.String(36), primary_key=True),
        sa.Column("api_key_id", sa.String(36), nullable=False),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("told", sa.LargeBinary),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("fate", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("server", sa.String(36)),
        sa.Column("answered_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("creations_by_time", "creations", ["expires_at"])
    has_key = sa.text("idempotency_key IS NOT NULL")
    op.create_index(
        "creations_by_key",
        "creations",
        ["api_key_id", "idempotency_key"],
        unique=True,
        sqlite_where=has_key,
        postgresql_where=has_key,
    )
    has_none = sa.text("idempotency_key IS NULL")
    op.create_index(
        "creations_by_digest",
        "creations",
        ["digest", "fate", "server"],
        sqlite_where=has_none,
        postgresql_where=has_none,
    )
