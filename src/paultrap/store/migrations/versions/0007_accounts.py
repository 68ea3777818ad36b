"""Organizations, users, and the roles of keys. What was there before is of one organization."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_FIRST = {"id": "local.paultrap", "name": "default"}


def upgrade() -> None:
    organizations = op.create_table(
        "organizations",
        sa.Column("id", sa.String(255), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(organizations, [_FIRST | {"created_at": time.time_ns() // 1_000_000}])
    op.create_table(
        "users",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "organization_id", sa.String(255), sa.ForeignKey("organizations.id"), nullable=False
        ),
        sa.Column("email", sa.Text, nullable=False, unique=True),
        sa.Column("first_name", sa.Text, nullable=False),
        sa.Column("last_name", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", sa.BigInteger),
    )
    op.add_column(
        "projects",
        sa.Column("organization_id", sa.String(255), nullable=False, server_default=_FIRST["id"]),
    )
    op.add_column("api_keys", sa.Column("user_id", sa.String(36)))
    op.add_column(
        "api_keys", sa.Column("role", sa.String(16), nullable=False, server_default="member")
    )
