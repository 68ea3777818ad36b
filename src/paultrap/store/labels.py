"""Labels of jobs in the store: each is a digest, so that any word is as short as any other.

Databases index short values alone, and some take no text with every character.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from paultrap.admission import Label, labels_of
from paultrap.store.errors import DamagedError
from paultrap.store.tables import job_labels, jobs

_Query = sa.Select[*tuple[Any, ...]]

_BYTES = 16

COLUMNS = ["label", "job_id"]


def digest_of(project_id: str, label: Label) -> bytes:
    """Return what a label of a project's job is kept as."""
    return hashlib.sha256(msgspec.json.encode([project_id, *label])).digest()[:_BYTES]


def rows_of(project_id: str, job_id: str, labels: Iterable[Label]) -> list[tuple[bytes, str]]:
    """Return the rows of a job's labels, as of `COLUMNS`."""
    return [(digest, job_id) for digest in sorted({digest_of(project_id, each) for each in labels})]


def check(connection: sa.Connection, job_id: str) -> None:
    """Look whether the labels of a job are those of its name and its metadata.

    Raises:
        DamagedError: They are not, so lists by name or metadata leave it out.
    """
    words = sa.select(jobs.c.project_id, jobs.c.name, jobs.c.metadata)
    job = connection.execute(words.where(jobs.c.id == job_id, jobs.c.deleted_at.is_(None))).first()
    if job is None:
        return
    stored = sa.select(job_labels.c.label).where(job_labels.c.job_id == job_id)
    expected = rows_of(job.project_id, job_id, labels_of(job.name, job.metadata))
    if sorted(connection.scalars(stored)) != [label for label, _ in expected]:
        raise DamagedError(job_id, "job_labels")


def narrowed(query: _Query, project_id: str, labels: Iterable[Label]) -> _Query:
    """Return a query of jobs, or of children, for those jobs that have all of the labels."""
    for label in labels:
        one = job_labels.alias()  # The query may be led by the table itself.
        has = one.c.label == digest_of(project_id, label), one.c.job_id == jobs.c.id
        query = query.where(sa.exists().where(*has))
    return query


def found_by(query: _Query, project_id: str, label: Label) -> _Query:
    """Return a query of jobs for those that have a label, led by the index of labels.

    Its rows come in the order of ``job_labels.c.job_id`` at no cost.
    """
    query = query.join(job_labels, job_labels.c.job_id == jobs.c.id)
    return query.where(job_labels.c.label == digest_of(project_id, label))
