"""Statements that keep how long the sections of a job's texts are: a range is then found at once.

They are found when a text is written, and may be lost: they can be found again. A text is known by a
digest of what it is made of, so what is kept of an earlier state of the job is never taken for this.
"""

from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa

from paultrap.store import checksums
from paultrap.store.tables import jobs, text_lengths

# Of one job; each child may be asked for in each format, and the rest behind each child.
_MOST_TEXTS = 64
_TYPE = "<u8"


def lengths_of(connection: sa.Connection, job_id: str, digest: bytes) -> list[int] | None:
    """Return what `keep_lengths` was given, or None where it is not known or damaged."""
    query = sa.select(text_lengths).where(
        text_lengths.c.job_id == job_id, text_lengths.c.digest == digest
    )
    row = connection.execute(query).one_or_none()
    if row is None or not checksums.is_sound(
        connection, checksums.sealed(text_lengths), row._asdict()
    ):
        return None
    found: list[int] = np.frombuffer(row.lengths, _TYPE).tolist()
    return found


def keep_lengths(
    connection: sa.Connection, job_id: str, digest: bytes, lengths: Sequence[int]
) -> None:
    """Keep how many bytes each section of a text has, of so many texts of a job."""
    own = text_lengths.c.job_id == job_id
    is_there = sa.select(jobs.c.id).where(jobs.c.id == job_id, jobs.c.deleted_at.is_(None))
    # Another server may keep the same at this moment.
    if connection.scalar(is_there.with_for_update(key_share=True)) is None:
        return
    # A damaged row is written anew.
    connection.execute(sa.delete(text_lengths).where(own, text_lengths.c.digest == digest))
    count = sa.select(sa.func.count()).select_from(text_lengths).where(own)
    if connection.scalars(count).one() < _MOST_TEXTS:
        packed = np.array(lengths, _TYPE).tobytes()
        row = {"job_id": job_id, "digest": digest, "lengths": packed}
        checksums.insert(connection, text_lengths, [row])
