"""Results in slices instead of one blob for each chunk, what a chunk needs and suffers, and deletion."""

import sqlalchemy as sa
import zstandard
from alembic import op

from paultrap.circuits import Distributions
from paultrap.store.slices import pack_slices

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for column in (sa.Column("memory", sa.BigInteger), sa.Column("outages", sa.Integer)):
        column.nullable, column.server_default = False, sa.DefaultClause("0")
        op.add_column("chunks", column)
    op.add_column("jobs", sa.Column("deleted_at", sa.BigInteger))
    op.create_index("jobs_by_deletion", "jobs", ["deleted_at"])
    op.create_table(
        "result_slices",
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("first", sa.Integer, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("stop", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id", "position"], ["chunks.job_id", "chunks.position"], ondelete="CASCADE"
        ),
    )
    _move_results(op.get_bind())
    op.drop_table("chunk_results")


def _move_results(connection: sa.Connection) -> None:
    stored = connection.execute(
        sa.text(
            "SELECT DISTINCT r.job_id, r.position, c.first FROM chunk_results r "
            "JOIN chunks c ON c.job_id = r.job_id AND c.position = r.position"
        )
    ).all()
    read = sa.text(
        "SELECT data FROM chunk_results WHERE job_id = :job_id AND position = :position "
        "ORDER BY part"
    )
    write = sa.text(
        "INSERT INTO result_slices (job_id, position, first, part, stop, data) "
        "VALUES (:job_id, :position, :first, :part, :stop, :data)"
    )
    for row in stored:
        chunk = {"job_id": row.job_id, "position": row.position}
        blob = b"".join(connection.scalars(read, chunk))
        found = Distributions.from_bytes(zstandard.ZstdDecompressor().decompress(blob))
        for packed in pack_slices(found, row.first):
            connection.execute(write, chunk | packed._asdict())
