"""Jobs whose circuits come in stages: what a chunk follows from, and what is kept of its answers.

All of it is bytes here: what they mean is known to the job's function, which the worker asks.
"""

import sqlalchemy as sa

from paultrap.store import checksums
from paultrap.store.blobs import insert_blobs
from paultrap.store.ending import ChunkKey, update_chunk
from paultrap.store.errors import DamagedError
from paultrap.store.records import Stage
from paultrap.store.tables import chunk_programs, chunks, jobs

_JOB: sa.BindParameter[str] = sa.bindparam("job_id")
_POSITION: sa.BindParameter[int] = sa.bindparam("position")
_NUMBER: sa.BindParameter[int] = sa.bindparam("number")
_STAGE = (
    sa.select(jobs.c.type, jobs.c.source, jobs.c.source_checksum, jobs.c.shots, chunks.c.stage)
    .join(chunks, chunks.c.job_id == jobs.c.id)
    .where(jobs.c.id == _JOB, chunks.c.position == _POSITION)
)
_FINDINGS = (
    sa.select(chunks.c.findings)
    .where(chunks.c.job_id == _JOB, chunks.c.findings.is_not(None))
    .order_by(chunks.c.position)
)
_EARLIER = _FINDINGS.where(chunks.c.stage < _NUMBER)


def read_stage(connection: sa.Connection, chunk: ChunkKey) -> Stage | None:
    """Return what a chunk of a job with several stages follows from; None where it was deleted."""
    wanted = {"job_id": chunk.job_id, "position": chunk.position}
    checksums.check(connection, chunks, chunk.job_id)
    row = connection.execute(_STAGE, wanted).one_or_none()
    if row is None:
        return None
    check_source(chunk.job_id, row.source, row.source_checksum)
    earlier = connection.scalars(_EARLIER, {"job_id": chunk.job_id, "number": row.stage}).all()
    return Stage(row.type, row.source, row.shots, earlier)


def read_source(connection: sa.Connection, job_id: str) -> bytes | None:
    """Return what a job was made from, or None where that was circuits in JSON."""
    columns = sa.select(jobs.c.source, jobs.c.source_checksum).where(jobs.c.id == job_id)
    row = connection.execute(columns).one_or_none()
    if row is None:
        return None
    check_source(job_id, row.source, row.source_checksum)
    source: bytes | None = row.source
    return source


def check_source(job_id: str, source: bytes | None, checksum: int | None) -> None:
    """Look whether what a job was made from is what was sent.

    Raises:
        DamagedError: It is not.
    """
    if checksum is not None and (source is None or checksums.of_value(source) != checksum):
        raise DamagedError(job_id, "source")


def findings_of(connection: sa.Connection, job_id: str) -> list[bytes]:
    """Return the findings of the chunks that are done, in their order."""
    checksums.check(connection, chunks, job_id)
    return list(connection.scalars(_FINDINGS, {"job_id": job_id}))


def keep_findings(
    connection: sa.Connection, chunk: ChunkKey, findings: bytes, program: bytes
) -> None:
    """Store a chunk's findings, and the packed program that it ran in place of the planned one.

    The caller has made sure that the chunk is leased.
    """
    update_chunk(connection, chunk, findings=findings)
    connection.execute(
        sa.delete(chunk_programs).where(
            chunk_programs.c.job_id == chunk.job_id, chunk_programs.c.position == chunk.position
        )
    )
    insert_blobs(connection, chunk_programs, chunk.job_id, {chunk.position: program})
