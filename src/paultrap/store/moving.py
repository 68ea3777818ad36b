"""`move`: copies a database of one host into an empty one that several hosts share, in one direction.

Rows are copied as they are, ids, seeds, checksums and results: what was damaged stays so. Only steady
times change, as each database has a steady time of its own. All is one transaction of the target, the
making of its tables too: it is empty until everything is there.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import sqlalchemy as sa

from paultrap.store import schema, tables
from paultrap.store.care import Place, refusing
from paultrap.store.checking import find_damage
from paultrap.store.checksums import sealed
from paultrap.store.database import Access, Database
from paultrap.store.engines import connect
from paultrap.store.errors import NotEmptyError, NotSharedError, StoreError
from paultrap.store.work_queue import WorkQueue

# What processes and hosts say of themselves, for as long as they are there.
_LEFT_OUT = {tables.boots, tables.processes, tables.workers}
_STEADY = {
    "chunks": ("due_at", "lease_until"),
    "creations": ("answered_at", "expires_at"),
    "sessions": ("deadline",),
}
_ROWS = 5_000
_ROWS_OF_BYTES = 16
_BYTES = 8 << 20

Progress = Callable[[str, int], None]


class Moved(NamedTuple):
    """What was copied.

    Attributes:
        rows: How many rows, by table.
        damaged: How many parts of it are damaged, as they were before.
    """

    rows: dict[str, int]
    damaged: int


def move(source_place: Place, target_place: Place, on_progress: Progress) -> Moved:
    """Copy all of a database into an empty one, and look whether it is there.

    Args:
        source_place: A database of one host, which no server has open.
        target_place: An empty one that several hosts can share.
        on_progress: Called with the name of a table and how many of its rows are copied.

    Raises:
        DatabaseInUseError: A server has the source open.
        OldSchemaError: The source has an older schema.
        NotEmptyError: The target holds something.
        NotSharedError: The target is a file.
        StoreError: Something cannot be copied. The target is as empty as before.
    """
    with ExitStack() as resources:
        source = connect(source_place, Access.TOOL, make=False)
        resources.callback(source.close)
        if source.is_shared:
            raise StoreError(f"{source.name} is no SQLite file: only those are migrated.")
        with refusing(source):
            schema.check(source)
        resources.enter_context(source.alone())
        target = connect(target_place, Access.TOOL)
        resources.callback(target.close)
        if not target.is_shared:
            raise NotSharedError(f"{target.name} is a file: name a PostgreSQL database.")
        source.change(source.begin)
        with refusing(source), source.read() as reading, refusing(target):
            with target.write() as writing:
                rows = _copy(source, reading, target, writing, on_progress)
            WorkQueue(target, None).release_dead_servers(unknown=True)
            return Moved(rows, len(find_damage(target).damage))
    raise AssertionError  # An ExitStack swallows nothing; mypy cannot know.


def _copy(
    source: Database,
    reading: sa.Connection,
    target: Database,
    writing: sa.Connection,
    on_progress: Progress,
) -> dict[str, int]:
    target.lock(writing, "schema")
    if sa.inspect(writing).get_table_names():
        raise NotEmptyError(f"{target.name} is not empty.")
    schema.create(writing)
    later = target.moment().steady - source.moment().steady
    moved = [table for table in tables.METADATA.sorted_tables if table not in _LEFT_OUT]
    for table in reversed(moved):  # what migrations have put there
        writing.execute(sa.delete(table))
    rows = {}
    for table in moved:
        names = [column.name for column in table.c]
        done = 0
        for batch in _batches(reading, table, later):
            try:
                target.insert_many(writing, table, names, batch)
            except (sa.exc.DataError, ValueError, TypeError, OverflowError, UnicodeError) as error:
                raise StoreError(
                    f"a row of {table.name} cannot be stored there: {error}"
                ) from error
            done += len(batch)
            on_progress(table.name, done)
        found = writing.scalar(sa.select(sa.func.count()).select_from(table))
        if not done == found == reading.scalar(sa.select(sa.func.count()).select_from(table)):
            raise StoreError(f"{found} of {done} rows of {table.name} are there.")
        rows[table.name] = done
    return rows


def _batches(
    reading: sa.Connection, table: sa.Table, later: int
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table as the target takes them, some megabytes at a time."""
    has_bytes = any(isinstance(column.type, sa.LargeBinary) for column in table.c)
    plain = sa.select(
        *(sa.type_coerce(each, sa.types.NullType()).label(each.name) for each in table.c)
    )
    convert = _converter(table, later)
    batch: list[tuple[Any, ...]] = []
    size = 0
    for part in reading.execute(plain).partitions(_ROWS_OF_BYTES if has_bytes else _ROWS):
        for row in part:
            batch.append(convert(row._asdict()))
            size += sum(len(value) for value in row if isinstance(value, bytes))
        if size >= _BYTES or len(batch) >= _ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _converter(table: sa.Table, later: int) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Return what makes a row of the target of one of the source.

    Args:
        table: The table.
        later: How many milliseconds the target's steady time is later than the source's.
    """
    steady: Sequence[str] = _STEADY.get(table.name, ())
    truths = [column.name for column in table.c if isinstance(column.type, sa.Boolean)]
    seal = sealed(table) if "checksum" in table.c else None

    def convert(row: dict[str, Any]) -> tuple[Any, ...]:
        is_sound = seal is not None and bool(steady) and row["checksum"] == seal.checksum(row)
        for name in steady:
            if row[name] is not None:
                row[name] += later
        if is_sound and seal is not None:
            row["checksum"] = seal.checksum(row)
        for name in truths:
            row[name] = None if row[name] is None else bool(row[name])
        return tuple(row.values())

    return convert
