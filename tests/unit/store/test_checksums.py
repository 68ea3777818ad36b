"""Checksums of rows: of which columns, and that they change with what they cover and nothing else."""

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
from harness.jobs import file_of, finish_all, new_job, reread

from paultrap import _kernels
from paultrap.jobs import Status
from paultrap.store import DamagedError, checksums
from paultrap.store.tables import chunks, jobs


def crc32c(data: bytes) -> int:
    """CRC-32C bit by bit, from its polynomial."""
    found = 0xFFFFFFFF
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found >> 1) ^ (0x82F63B78 if found & 1 else 0)
    return found ^ 0xFFFFFFFF


def test_a_checksum_is_that_of_the_values_and_their_types():
    number = (1).to_bytes(8, "little")
    text = b"s" + (3).to_bytes(8, "little") + "aé".encode()

    assert _kernels.checksum(()) == 0
    assert _kernels.checksum((1, "aé", None)) == crc32c(b"i" + number + text + b"n")
    assert _kernels.checksum((True,)) == _kernels.checksum((1,)) != _kernels.checksum((1.0,))
    assert _kernels.checksum(("a",)) == _kernels.checksum((b"a",))
    assert _kernels.checksum(("ab", "c")) != _kernels.checksum(("a", "bc"))
    large = bytes(range(256)) * 1_000
    assert _kernels.checksum((large,)) == _kernels.checksum((memoryview(large),))
    assert _kernels.checksums([(1, "aé", None), ()]) == [_kernels.checksum((1, "aé", None)), 0]


@pytest.mark.parametrize("value", [1 << 64, object(), "\ud800"])
def test_what_no_database_takes_has_no_checksum(value):
    with pytest.raises((OverflowError, TypeError, UnicodeEncodeError)):
        _kernels.checksum((value,))


def test_the_columns_that_are_covered_stay():
    """A row that was written keeps its checksum: further columns belong into `checksums.LATER`."""
    covered = {table.name: checksums.sealed(table).required for table in checksums.SEALED}
    assert covered == {
        "api_keys": 9,
        "chunk_programs": 4,
        "chunks": 21,
        "circuit_failures": 4,
        "circuits": 12,
        "creations": 7,
        "executions": 9,
        "jobs": 43,
        "result_slices": 6,
        "sessions": 15,
        "text_lengths": 3,
    }
    for table in checksums.SEALED:
        left_out = checksums.UNSEALED.get(table.name, set())
        every = {column.name for column in table.c} - left_out - {"checksum"}
        assert set(checksums.sealed(table).names) == every


def test_a_column_that_came_later_counts_where_it_says_something():
    seal = checksums.sealed(chunks)
    longer = checksums.Sealed(
        seal.table, [*seal.names, "later"], seal.key, "job_id", seal.required, {}, frozenset()
    )
    row = dict.fromkeys(seal.names, 1)

    sums = [longer.checksum(row | {"later": value}) for value in (None, 0, 1)]
    assert sums[0] == sums[1] == longer.checksum(row) != sums[2]


def overwrite(store, statement, *values):
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        connection.execute(statement, values)


@pytest.mark.engine("sqlite")  # whose file is changed
def test_what_is_damaged_is_not_changed(store):
    job = store.jobs.add(new_job(store))
    overwrite(store, "UPDATE jobs SET shots = 7 WHERE id = ?", job.id)

    with store._database.write() as connection, pytest.raises(DamagedError, match=job.id):
        checksums.change(connection, jobs, {"status": Status.FAILED}, jobs.c.id == job.id)

    overwrite(store, "UPDATE jobs SET shots = NULL WHERE id = ?", job.id)
    finish_all(store)
    assert reread(store, job).status is Status.COMPLETED


def test_a_change_is_made_row_by_row(store):
    job = store.jobs.add(new_job(store, 4, chunks=4))
    with store._database.write() as connection:
        changed = checksums.change(
            connection,
            chunks,
            lambda chunk: {"cost": chunk["first"]} if chunk["first"] else {"memory": 5},
            chunks.c.job_id == job.id,
        )
        found = connection.execute(sa.select(chunks.c.cost, chunks.c.memory)).all()

    assert [row["first"] for row in changed] == [0, 1, 2, 3]
    assert found == [(1e3, 5), (1.0, 0), (2.0, 0), (3.0, 0)]


@pytest.mark.engine("sqlite")  # whose file is changed
def test_a_damaged_job_can_be_deleted(store):
    job = store.jobs.add(new_job(store, 4, chunks=2))
    overwrite(store, "UPDATE jobs SET shots = 7 WHERE id = ?", job.id)
    overwrite(store, "UPDATE chunks SET stop = 3 WHERE job_id = ?", job.id)
    with store._database.read() as connection:
        assert len(list(checksums.unsound(connection, chunks))) == 2

    store.jobs.delete(job.project_id, [job.id])

    assert store.jobs.get(job.project_id, job.id) is None
    store.maintenance.run()
    overwrite(store, "DELETE FROM jobs WHERE deleted_at IS NOT NULL")
    overwrite(store, "DELETE FROM chunks")
