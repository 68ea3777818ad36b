"""Jobs whose circuits depend on earlier answers: what a chunk of one runs, and what is kept of it.

Both follow from what is stored, so that a chunk that is leased anew runs the same circuits again.
"""

import msgspec
import sqlalchemy as sa

from paultrap.functions import Findings, MaxCut
from paultrap.jobs import JobType
from paultrap.store.blobs import insert_blobs
from paultrap.store.ending import ChunkKey, update_chunk
from paultrap.store.records import Search
from paultrap.store.tables import chunk_programs, chunks, jobs

__all__ = ["findings_of", "keep_iteration", "read_search"]

_JOB: sa.BindParameter[str] = sa.bindparam("job_id")
_POSITION: sa.BindParameter[int] = sa.bindparam("position")
_STAGE: sa.BindParameter[int] = sa.bindparam("stage")
_SEARCH = (
    sa.select(jobs.c.source, jobs.c.shots, jobs.c.sampling, chunks.c.stage)
    .join(chunks, chunks.c.job_id == jobs.c.id)
    .where(jobs.c.id == _JOB, jobs.c.type == JobType.QAOA, chunks.c.position == _POSITION)
)
_FINDINGS = (
    sa.select(chunks.c.findings)
    .where(chunks.c.job_id == _JOB, chunks.c.findings.is_not(None))
    .order_by(chunks.c.position)
)
_EARLIER = _FINDINGS.where(chunks.c.stage < _STAGE)


def read_search(connection: sa.Connection, chunk: ChunkKey) -> Search | None:
    """Return what a chunk is a part of, or None where it depends on no other."""
    wanted = {"job_id": chunk.job_id, "position": chunk.position}
    row = connection.execute(_SEARCH, wanted).one_or_none()
    if row is None:
        return None
    earlier = connection.scalars(_EARLIER, {"job_id": chunk.job_id, "stage": row.stage})
    least = MaxCut.least(row.shots, exact=row.sampling is None)
    return Search(MaxCut(row.source), [_unpacked(each) for each in earlier], least)


def findings_of(connection: sa.Connection, job_id: str) -> list[Findings]:
    """Return what the chunks of a search have shown so far."""
    return [_unpacked(each) for each in connection.scalars(_FINDINGS, {"job_id": job_id})]


def keep_iteration(
    connection: sa.Connection, chunk: ChunkKey, findings: Findings, program: bytes
) -> None:
    """Store what a chunk has shown, and the packed program that it ran in place of the planned one.

    The caller has made sure that the chunk is leased.
    """
    update_chunk(connection, chunk, findings=msgspec.msgpack.encode(findings))
    connection.execute(
        sa.delete(chunk_programs).where(
            chunk_programs.c.job_id == chunk.job_id, chunk_programs.c.position == chunk.position
        )
    )
    insert_blobs(connection, chunk_programs, chunk.job_id, {chunk.position: program})


def _unpacked(findings: bytes) -> Findings:
    return msgspec.msgpack.decode(findings, type=Findings)
