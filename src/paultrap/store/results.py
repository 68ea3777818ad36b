"""Statements that write and read results, slice by slice: a result may not fit in memory."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from typing import Any, Self

import sqlalchemy as sa

from paultrap.circuits import Distributions
from paultrap.jobs import ChunkStatus
from paultrap.store import checksums, verified
from paultrap.store.database import Database
from paultrap.store.ending import ChunkKey
from paultrap.store.errors import ChildGoneError, DamagedError, JobNotFoundError
from paultrap.store.records import ResultSlice
from paultrap.store.slices import PackedSlice, unpack_slice
from paultrap.store.tables import chunks, circuits, result_slices
from paultrap.store.verified import SlicePlace

_COLUMNS = ("job_id", "position", "first", "part", "stop", "data", "checksum")
_KEY = (
    result_slices.c.position,
    result_slices.c.first,
    result_slices.c.part,
    result_slices.c.stop,
    result_slices.c.checksum,
)
# Chunks are numbered as they are made, which may be later than those behind them.
_PLACE = (result_slices.c.first, result_slices.c.part)
_Row = sa.Row[*tuple[Any, ...]]

# Statements are built once: building one takes SQLAlchemy longer than running it takes SQLite.
_JOB: sa.BindParameter[str] = sa.bindparam("job_id")
_POSITION: sa.BindParameter[int] = sa.bindparam("position")
_FIRST: sa.BindParameter[int] = sa.bindparam("first")
_PART: sa.BindParameter[int] = sa.bindparam("part")
_INDEX = sa.bindparam("index", type_=sa.Integer)
_SLICES_OF_JOB = (
    sa.select(*_KEY)
    .join(
        chunks,
        sa.and_(
            chunks.c.job_id == result_slices.c.job_id,
            chunks.c.position == result_slices.c.position,
        ),
    )
    .where(chunks.c.job_id == _JOB, chunks.c.status == ChunkStatus.DONE)
    .order_by(*_PLACE)
)
_CHUNKS_OF_CIRCUIT = sa.select(chunks.c.position).where(
    chunks.c.job_id == _JOB,
    chunks.c.status == ChunkStatus.DONE,
    chunks.c.first <= _INDEX,
    chunks.c.stop > _INDEX,
)
_SLICES_OF_CIRCUIT = (
    sa.select(*_KEY)
    .where(
        result_slices.c.job_id == _JOB,
        result_slices.c.position.in_(_CHUNKS_OF_CIRCUIT),
        result_slices.c.first <= _INDEX,
        result_slices.c.stop > _INDEX,
    )
    .order_by(*_PLACE)
)
_DATA = sa.select(result_slices.c.data, result_slices.c.checksum).where(
    result_slices.c.job_id == _JOB,
    result_slices.c.position == _POSITION,
    result_slices.c.first == _FIRST,
    result_slices.c.part == _PART,
)
_COUNT = sa.select(sa.func.count()).where(
    result_slices.c.job_id == _JOB, result_slices.c.position == _POSITION
)
_BYTES = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(result_slices.c.data)), 0)).where(
    result_slices.c.job_id == _JOB
)
_DIGEST_BYTES = 16
# A result of up to so much is checked before its first byte is sent: then an error can still be told.
# That takes about a tenth of the time that encoding it does. Of a larger one clients would wait too
# long for the first byte; where it is damaged, the answer breaks off.
_FIRST_CHECKED_BYTES = 1 << 30
_IS_GONE = sa.or_(circuits.c.deleted_at.is_not(None), circuits.c.canceled_at.is_not(None))
_GONE = (
    sa.select(circuits.c.id, circuits.c.position, circuits.c.deleted_at)
    .where(circuits.c.job_id == _JOB, _IS_GONE)
    .order_by(circuits.c.position)
    .limit(1)
)


def insert_slices(
    database: Database,
    connection: sa.Connection,
    chunk: ChunkKey,
    slices: Iterable[PackedSlice],
) -> None:
    """Write some slices of a chunk's result; they count when the chunk is done."""
    rows = [(chunk.job_id, chunk.position, *packed) for packed in slices]
    if rows:
        columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=False))
        sums = checksums.of_columns(result_slices, columns, len(rows))
        sealed = [(*row, each) for row, each in zip(rows, sums, strict=True)]
        database.insert_many(connection, result_slices, _COLUMNS, sealed)


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What there is of a job's result, or of a child's, as it was when it was looked up.

    Attributes:
        digest: Of all that is stored of it: two results with one digest are equal.
        first: The index in the job of the first circuit that is read.
    """

    digest: bytes
    first: int
    _database: Database = field(repr=False)
    _job_id: str
    _rows: Sequence[_Row] = field(repr=False)
    _per_circuit: int
    _stop: int | None = None
    _is_checked: bool = False

    @property
    def places(self) -> Sequence[SlicePlace]:
        """Where the slices are that `slices` yields, which cuts the first and the last of them."""
        return [SlicePlace(*row[:4]) for row in self._rows]

    def since(self, index: int) -> Self:
        """Return the result without the circuits before the one of this index."""
        kept = [row for row in self._rows if row.stop > index]
        return replace(self, first=max(index, self.first), _rows=kept)

    def check(self) -> None:
        """Look at all slices, if that takes little of the time that encoding them does.

        Raises:
            DamagedError: One is not what was written.
        """
        if self._is_checked:
            with self._database.read() as connection:
                own = result_slices.c.stop > self.first
                checksums.check(connection, result_slices, self._job_id, own)

    def slices(self, start: int = 0) -> Iterator[ResultSlice]:
        """Yield the slices in order.

        Args:
            start: How many are left out at the beginning.

        Raises:
            DamagedError: One is not what was written.
            JobNotFoundError: The job was deleted in the meantime.
        """
        return map(self._cut, _read_all(self._database, self._job_id, self._rows[start:]))

    def _cut(self, found: ResultSlice) -> ResultSlice:
        """Return the part of a slice that belongs to the result."""
        content, count = found.distributions, self._per_circuit
        stop = found.first + content.n_circuits // count
        begin = max(found.first, self.first)
        end = stop if self._stop is None else min(stop, self._stop)
        if (begin, end) == (found.first, stop):
            return found
        own = content.slice((begin - found.first) * count, (end - found.first) * count)
        return found._replace(first=begin, distributions=own)


def job_result(database: Database, job_id: str, per_circuit: int) -> StoredResult:
    """Return what is stored of the chunks that are done.

    Args:
        database: The database that holds the results.
        job_id: The id of the parent.
        per_circuit: How many distributions each circuit has.

    Raises:
        ChildGoneError: A child was deleted or canceled.
        DamagedError: A part is missing.
    """
    with database.read() as connection:
        check_children(connection, job_id)
        rows = _slices_of_job(connection, job_id)
        digest = _digest(connection, job_id, rows)
        size = connection.scalars(_BYTES, {"job_id": job_id}).one()
    is_checked = size <= _FIRST_CHECKED_BYTES
    return StoredResult(digest, 0, database, job_id, rows, per_circuit, _is_checked=is_checked)


def _digest(connection: sa.Connection, job_id: str, rows: Sequence[_Row]) -> bytes:
    """Return what changes with any byte of some slices."""
    seal = checksums.sealed(result_slices)
    found = blake2b(digest_size=_DIGEST_BYTES)
    for row in rows:
        known = row.checksum
        if known is None:  # Of an earlier release, which wrote none.
            place = {"job_id": job_id} | row._asdict()
            data = connection.execute(_DATA, place).scalar_one()
            known = seal.checksum(place | {"data": data})
        found.update(json.dumps([*row[:4], known]).encode())
    return found.digest()


def all_results(database: Database, job_id: str) -> Iterator[ResultSlice]:
    """Yield the slices of the chunks that are done, in order, as they were written."""
    with database.read() as connection:
        rows = _slices_of_job(connection, job_id)
    yield from _read_all(database, job_id, rows)


def check_whole(connection: sa.Connection, job_id: str) -> None:
    """Look whether the slices of a job are all there.

    Raises:
        DamagedError: They are not.
    """
    found = verified.check_chunks(connection, job_id)
    rows = connection.execute(_SLICES_OF_JOB, {"job_id": job_id}).all()
    whole = verified.whole_of(connection, job_id)
    verified.check_slices(job_id, found, [SlicePlace(*row[:4]) for row in rows], whole=whole)


def _slices_of_job(connection: sa.Connection, job_id: str) -> Sequence[_Row]:
    """Return where the slices of a job are that count, in order, all of them."""
    check_whole(connection, job_id)
    return connection.execute(_SLICES_OF_JOB, {"job_id": job_id}).all()


def check_children(connection: sa.Connection, job_id: str) -> None:
    """Refuse to give the results of a job together where a child was deleted or canceled.

    Raises:
        ChildGoneError: One was; it names the first.
    """
    checksums.check(connection, circuits, job_id, _IS_GONE)
    gone = connection.execute(_GONE, {"job_id": job_id}).one_or_none()
    if gone is not None:
        fate = "canceled" if gone.deleted_at is None else "deleted"
        raise ChildGoneError(job_id, gone.id, gone.position, fate)


def child_result(database: Database, job_id: str, index: int, per_circuit: int) -> StoredResult:
    """Return what is stored of one circuit; nothing while it has no result."""
    with database.read() as connection:
        rows = _slices_of_circuit(connection, job_id, index)
        digest = _digest(connection, job_id, rows)
    return StoredResult(digest, index, database, job_id, rows, per_circuit, _stop=index + 1)


def _slices_of_circuit(connection: sa.Connection, job_id: str, index: int) -> Sequence[_Row]:
    """Return where the slices of a circuit are, in order, all of them."""
    covering = (chunks.c.first <= index, chunks.c.stop > index)
    found = checksums.check(connection, chunks, job_id, *covering)
    rows = connection.execute(_SLICES_OF_CIRCUIT, {"job_id": job_id, "index": index}).all()
    for chunk in found:
        if chunk["slices"] is not None and chunk["status"] == ChunkStatus.DONE:
            counted = {"job_id": job_id, "position": chunk["position"]}
            if connection.scalars(_COUNT, counted).one() != chunk["slices"]:
                raise DamagedError(job_id, f"result of chunk {chunk['position']}")
    if [row.part for row in rows] != list(range(len(rows))):
        raise DamagedError(job_id, f"result of circuit {index}")
    return rows


def _read_all(database: Database, job_id: str, rows: Sequence[_Row]) -> Iterator[ResultSlice]:
    """Yield slices with their contents, each read while the one before it is worked on."""
    contents = _read_ahead(partial(_read, database, job_id), rows)
    for row, next_row, found in zip(rows, [*rows[1:], None], contents, strict=False):
        is_continued = next_row is not None and next_row.first == row.first
        yield ResultSlice(row.first, found, is_continued)


def _read(database: Database, job_id: str, row: _Row) -> Distributions:
    # A separate transaction for each: a reader may take minutes over the whole.
    with database.read() as connection:
        place = {"job_id": job_id} | row._asdict()
        found = connection.execute(_DATA, place).one_or_none()
        if found is None:
            raise JobNotFoundError([job_id])
        sealed = place | {"data": found.data, "checksum": found.checksum}
        if not checksums.is_sound(connection, checksums.sealed(result_slices), sealed):
            raise DamagedError(job_id, f"result of circuits {row.first} to {row.stop - 1}")
    return unpack_slice(found.data)


def _read_ahead(
    read: Callable[[_Row], Distributions], rows: Sequence[_Row]
) -> Iterator[Distributions]:
    if len(rows) <= 1:
        yield from map(read, rows)
        return
    with ThreadPoolExecutor(1, "slice-reader") as thread:
        coming = thread.submit(read, rows[0])
        for row in rows[1:]:
            found = coming.result()
            coming = thread.submit(read, row)
            yield found
        yield coming.result()
