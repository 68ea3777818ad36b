"""The words by which a job is found in lists: its name and its metadata."""

import sqlalchemy as sa
from alembic import op

from paultrap.admission import labels_of
from paultrap.store.labels import rows_of

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "job_labels",
        sa.Column("label", sa.LargeBinary(16), primary_key=True),
        sa.Column(
            "job_id",
            sa.String(36),
            sa.ForeignKey("jobs.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("job_labels_by_job", "job_labels", ["job_id"])
    _label_jobs(op.get_bind())


def _label_jobs(connection: sa.Connection) -> None:
    some = sa.text(
        "SELECT id, project_id, name, metadata FROM jobs WHERE id > :after "
        "AND (name IS NOT NULL OR metadata IS NOT NULL) ORDER BY id LIMIT 1000"
    )
    insert = sa.text("INSERT INTO job_labels (label, job_id) VALUES (:label, :job_id)")
    after = ""
    while jobs := connection.execute(some, {"after": after}).all():
        rows = [
            {"label": label, "job_id": job_id}
            for job_id, project_id, name, metadata in jobs
            for label, job_id in rows_of(project_id, job_id, labels_of(name, metadata))
        ]
        if rows:
            connection.execute(insert, rows)
        after = jobs[-1].id
