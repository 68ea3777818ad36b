"""The first tables: projects, keys, jobs, their circuits, and their chunks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(36), sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(32), unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    _create_jobs()
    _create_circuits()
    _create_chunks()


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(36), sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("submitter_id", sa.String(24), nullable=False),
        sa.Column("session_id", sa.String(36)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("backend", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("metadata", sa.LargeBinary),
        sa.Column("noise", sa.LargeBinary),
        sa.Column("settings", sa.LargeBinary),
        sa.Column("registers", sa.LargeBinary),
        sa.Column("shots", sa.Integer),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("is_multicircuit", sa.Boolean, nullable=False),
        sa.Column("qubits", sa.Integer, nullable=False),
        sa.Column("circuits", sa.Integer, nullable=False),
        sa.Column("gates_1q", sa.Integer, nullable=False),
        sa.Column("gates_2q", sa.Integer, nullable=False),
        sa.Column("gateset", sa.String(16)),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("completed_at", sa.BigInteger),
        sa.Column("execution_us", sa.BigInteger),
        sa.Column("predicted_execution_ms", sa.BigInteger),
        sa.Column("chunks_open", sa.Integer, nullable=False),
        sa.Column("circuits_done", sa.Integer, nullable=False),
        sa.Column("failure_code", sa.Text),
        sa.Column("failure_message", sa.Text),
    )
    op.create_index("jobs_by_project", "jobs", ["project_id", "id"])
    op.create_index("jobs_by_status", "jobs", ["project_id", "status", "id"])
    op.create_index("jobs_by_submitter", "jobs", ["project_id", "submitter_id", "id"])
    op.create_index("jobs_by_session", "jobs", ["project_id", "session_id", "id"])


def _create_circuits() -> None:
    op.create_table(
        "circuits",
        _job_id(),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("chunk", sa.Integer),
        sa.Column("name", sa.Text),
        sa.Column("qubits", sa.Integer, nullable=False),
        sa.Column("gates_1q", sa.Integer, nullable=False),
        sa.Column("gates_2q", sa.Integer, nullable=False),
        sa.Column("gateset", sa.String(16), nullable=False),
        sa.Column("registers", sa.LargeBinary),
        sa.Column("canceled_at", sa.BigInteger),
        sa.Column("deleted_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )


def _create_chunks() -> None:
    op.create_table(
        "chunks",
        _job_id(),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("stop", sa.Integer, nullable=False),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("deaths", sa.Integer, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("execution_us", sa.BigInteger),
        sa.Column("failure_code", sa.Text),
        sa.Column("failure_message", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_index("chunks_by_due_time", "chunks", ["status", "due_at", "job_id", "position"])
    for name in ("chunk_programs", "chunk_results"):
        op.create_table(
            name,
            sa.Column("job_id", sa.String(36), primary_key=True),
            sa.Column("position", sa.Integer, primary_key=True),
            sa.Column("part", sa.Integer, primary_key=True),
            sa.Column("data", sa.LargeBinary, nullable=False),
            sa.ForeignKeyConstraint(
                ["job_id", "position"], ["chunks.job_id", "chunks.position"], ondelete="CASCADE"
            ),
        )


def _job_id() -> sa.Column[str]:
    return sa.Column(
        "job_id", sa.String(36), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
