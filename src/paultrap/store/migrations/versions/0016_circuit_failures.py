"""Why single circuits have failed; those of chunks that failed as a whole have the chunk's reason."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "circuit_failures",
        sa.Column(
            "job_id", sa.String(36), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "jobs", sa.Column("circuits_failed", sa.Integer, nullable=False, server_default="0")
    )
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    found = connection.execute(
        sa.text(
            "SELECT chunks.job_id, chunks.first, chunks.stop, chunks.failure_code, "
            "chunks.failure_message FROM chunks JOIN jobs ON jobs.id = chunks.job_id "
            "WHERE chunks.status = 'failed' AND jobs.stages = 1 AND chunks.failure_code IS NOT NULL"
        )
    ).all()
    insert = sa.text("INSERT INTO circuit_failures VALUES (:job_id, :position, :code, :message)")
    count = sa.text(
        "UPDATE jobs SET circuits_failed = circuits_failed + :failed WHERE id = :job_id"
    )
    for job_id, first, stop, code, message in found:
        shared = {"job_id": job_id, "code": code, "message": message or ""}
        connection.execute(insert, [shared | {"position": each} for each in range(first, stop)])
        connection.execute(count, {"job_id": job_id, "failed": stop - first})
