"""Checksums of rows: made with what is written, compared with what is read. All writers go through here.

A row's checksum covers its key, all columns that say something, and the bytes that it holds, so that a
row that is damaged or in the wrong place is not taken for an answer. Not covered is what is renewed all
the time and only says who runs a chunk. Rows of databases of earlier releases have no checksum until
they are changed; `tables.unsealed` says up to which id that may be.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from paultrap._kernels import checksum, checksums
from paultrap.store import quick, tables
from paultrap.store.database import Database
from paultrap.store.errors import DamagedError

Row = Mapping[str, Any]
Values = Mapping[str, Any] | Callable[[Row], Mapping[str, Any]]

# What no checksum covers: who runs a chunk is renewed with each heartbeat, and the text of a program is
# not read with its job; it has a checksum of its own.
UNSEALED = {
    "chunks": {"owner", "server", "host", "lease_until"},
    # What becomes of an answer is written for each of them, a moment later.
    "creations": {"fate", "attempt", "server", "answered_at", "expires_at"},
    "jobs": {"source"},
}
# Columns that migrations have added later. They come last, and are left out where all of them are null
# or 0, as they are in rows that were written before.
LATER: dict[str, Sequence[str]] = {
    "chunks": ("backend", "thread_memory"),
    "jobs": ("rates", "completed_usd", "completed_us"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Sealed:
    """A table whose rows have checksums.

    Attributes:
        table: The table.
        names: The columns that a checksum covers, in its order.
        key: The names of the columns of the primary key.
        owner: The name of the column that says whose a row is: the job's id, or the row's own.
        required: How many of the columns count always; those behind them are `LATER`.
        defaults: What columns hold that are not written.
        floats: The columns that give whole numbers back as floats.
    """

    table: sa.Table
    names: Sequence[str]
    key: Sequence[str]
    owner: str
    required: int
    defaults: Mapping[str, Any]
    floats: frozenset[str]

    def checksum(self, row: Row) -> int:
        """Return the checksum of a row, whose columns have their defaults where they are missing."""
        values = [self._value(row, name) for name in self.names]
        while len(values) > self.required and not values[-1]:
            values.pop()
        return checksum(tuple(values))

    def _value(self, row: Row, name: str) -> Any:
        value = row[name] if name in row else self.defaults.get(name)
        return float(value) if name in self.floats and value is not None else value


@cache
def sealed(table: sa.Table) -> Sealed:
    """Return what is known of a table's checksums."""
    later = list(LATER.get(table.name, ()))
    left_out = {"checksum", *UNSEALED.get(table.name, ()), *later}
    names = sorted(column.name for column in table.c if column.name not in left_out)
    return Sealed(
        table=table,
        names=[*names, *later],
        key=[column.name for column in table.primary_key],
        owner=next(name for name in ("job_id", "made_id", "id") if name in table.c),
        required=len(names),
        defaults={c.name: _default(c) for c in table.c if c.server_default is not None},
        floats=frozenset(c.name for c in table.c if isinstance(c.type, sa.Float)),
    )


def _default(column: sa.Column[Any]) -> Any:
    default = column.server_default
    text = default.arg if isinstance(default, sa.DefaultClause) else None
    if isinstance(column.type, sa.Integer):
        return int(str(text))
    return str(text)


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows with their checksums."""
    seal = sealed(table)
    quick.insert(connection, table, [{**row, "checksum": seal.checksum(row)} for row in rows])


def insert_plain(
    database: Database, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]
) -> None:
    """Insert rows as `insert` does, whose columns are the same and whose values need no conversion.

    SQLAlchemy takes longer for a row than a database does: this is for what every job has.
    """
    if not rows:
        return
    seal = sealed(table)
    names = _ordered(table, tuple(rows[0]))
    whole = [{**row, "checksum": seal.checksum(row)} for row in rows]
    database.insert_many(connection, table, names, [itemgetter(*names)(row) for row in whole])


@cache
def _ordered(table: sa.Table, names: tuple[str, ...]) -> list[str]:
    """Return the names of columns, and the checksum's, in the table's order."""
    return [column.name for column in table.c if column.name in {*names, "checksum"}]


def of_columns(table: sa.Table, columns: Mapping[str, Sequence[Any]], rows: int) -> list[int]:
    """Return the checksums of thousands of rows, given by columns; one that is missing is null."""
    seal = sealed(table)
    names = seal.names[: seal.required]
    parts: list[Iterable[Any]] = [columns.get(name, repeat(None, rows)) for name in names]
    return checksums(list(zip(*parts, strict=True)))


def of_value(value: str | bytes) -> int:
    """Return the checksum of what has one of its own."""
    return checksum((value,))


def change(
    connection: sa.Connection,
    table: sa.Table,
    values: Values,
    *which: sa.ColumnElement[bool],
    even_damaged: bool = False,
) -> list[dict[str, Any]]:
    """Change rows, whose checksums change with them.

    Args:
        connection: The connection of a transaction that writes.
        table: The table.
        values: The new values by column, or what makes them of a row; no expressions of SQL.
        which: Which rows.
        even_damaged: Whether damaged rows are changed too. They stay damaged.

    Returns:
        The rows as they are now, with plain values: no enums, and numbers for booleans.

    Raises:
        DamagedError: A row does not have its checksum; nothing was changed.
    """
    locked = _select(table).where(*which).with_for_update(key_share=True)
    found = map(sa.Row._asdict, connection.execute(locked).all())
    return change_known(connection, table, found, values, even_damaged=even_damaged)


def change_one(
    connection: sa.Connection, table: sa.Table, key: Mapping[str, Any], values: Values
) -> list[dict[str, Any]]:
    """Change the row of a key, if there is one, as `change` does.

    Args:
        connection: The connection of a transaction that writes.
        table: The table.
        key: The columns of the primary key.
        values: As of `change`.
    """
    found = locked(connection, table, key)
    return change_known(connection, table, [] if found is None else [found], values)


def locked(
    connection: sa.Connection, table: sa.Table, key: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the row of a key as `change_known` takes it, and keep others from it; None without one.

    Whether it is sound is found out when it is changed.
    """
    found = quick.fetch(connection, _by_key(table), {f"key_{name}": key[name] for name in key})
    return found[0]._asdict() if found else None


@cache
def _by_key(table: sa.Table) -> sa.Select[*tuple[Any, ...]]:
    which = (table.c[name] == sa.bindparam(f"key_{name}") for name in sealed(table).key)
    return _select(table).where(*which).with_for_update(key_share=True)


def change_known(
    connection: sa.Connection,
    table: sa.Table,
    rows: Iterable[Row],
    values: Values,
    *,
    even_damaged: bool = False,
) -> list[dict[str, Any]]:
    """Change rows as `change` does that were read before, and locked, by this transaction.

    They have the columns of `columns_of`.
    """
    seal = sealed(table)
    changed: list[dict[str, Any]] = []
    statements: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        is_damaged = not is_sound(connection, seal, row)
        if is_damaged and not even_damaged:
            raise DamagedError(row[seal.owner], f"a row of {table.name}")
        new = dict(values(row) if callable(values) else values)
        now = {**row, **new}
        changed.append(now)
        bound = {f"new_{name}": value for name, value in new.items()}
        bound |= {f"key_{name}": row[name] for name in seal.key}
        bound["new_checksum"] = row["checksum"] if is_damaged else seal.checksum(now)
        statements.setdefault(tuple(new), []).append(bound)
    for names, bound_rows in statements.items():
        statement = _update(table, names)
        if len(bound_rows) == 1:
            quick.run(connection, statement, bound_rows[0])
        else:
            connection.execute(statement, bound_rows)
    return changed


@cache
def _update(table: sa.Table, names: tuple[str, ...]) -> sa.Update:
    seal = sealed(table)
    key = (table.c[name] == sa.bindparam(f"key_{name}") for name in seal.key)
    new: dict[Any, Any] = {name: sa.bindparam(f"new_{name}") for name in (*names, "checksum")}
    return sa.update(table).where(*key).values(new)


@cache
def _select(table: sa.Table) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(*columns_of(table))


def columns_of(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """Return what a checksum covers, and it, as the driver gives them: damage may fit no type."""
    names = (*sealed(table).names, "checksum")
    return [sa.type_coerce(table.c[name], sa.types.NullType()).label(name) for name in names]


def is_sound(connection: sa.Connection, seal: Sealed, row: Row) -> bool:
    """Return whether a row has its checksum, or is older than those."""
    found = row["checksum"]
    if found is None:
        return is_old(connection, row[seal.owner])
    try:
        return bool(found == seal.checksum(row))
    except (OverflowError, TypeError, ValueError):  # nothing that we have written
        return False


def is_old(connection: sa.Connection, owner: Any) -> bool:
    """Return whether a job, a session or a key may have been stored without checksums."""
    last = connection.scalar(sa.select(tables.unsealed.c.last_id))
    return isinstance(owner, str) and last is not None and owner <= last


def unsound(connection: sa.Connection, table: sa.Table) -> Iterator[Row]:
    """Yield the rows that do not have their checksums, as far as they can be read."""
    seal = sealed(table)
    query = _select(table).execution_options(yield_per=_AT_ONCE)
    with connection.execute(query) as rows:
        for found in map(sa.Row._asdict, rows):
            if not is_sound(connection, seal, found):
                yield found


#: How many rows are looked at together. Where they may be many or large, the statement says so
#: (``yield_per``): PostgreSQL sends all rows at once else, which are then in memory together.
_AT_ONCE = 5_000
_SLICES_AT_ONCE = 4  # of about a megabyte each

SEALED = tuple(table for table in tables.METADATA.sorted_tables if "checksum" in table.c)


@cache
def _by_owner(table: sa.Table) -> sa.Select[*tuple[Any, ...]]:
    return _select(table).where(table.c[sealed(table).owner] == sa.bindparam("owner_id"))


def check(
    connection: sa.Connection,
    table: sa.Table,
    owner_id: str,
    *which: sa.ColumnElement[bool],
    owner: str | None = None,
) -> list[dict[str, Any]]:
    """Return rows as plain values, all of which have their checksums, without the bytes of results.

    Those are looked at a few megabytes at a time.

    Args:
        connection: The connection of a transaction.
        table: The table.
        owner_id: Whose the rows are: the id of the job, the session or the key.
        which: Which of them; all without one.
        owner: Who is named in the error, if another.

    Raises:
        DamagedError: One has not.
    """
    query = _by_owner(table).where(*which) if which else _by_owner(table)
    if table is tables.result_slices:
        query = query.execution_options(yield_per=_SLICES_AT_ONCE)
    if table is not tables.result_slices and not which:
        found = quick.fetch(connection, query, {"owner_id": owner_id})
        return checked(connection, table, (each._asdict() for each in found), owner_id, owner)
    with connection.execute(query, {"owner_id": owner_id}) as rows:
        return checked(connection, table, map(sa.Row._asdict, rows), owner_id, owner)


def check_chunk(
    connection: sa.Connection, table: sa.Table, job_id: str, position: int
) -> list[dict[str, Any]]:
    """Return the rows that a table has of one chunk, as `check` does."""
    asked = {"owner_id": job_id, "position": position}
    found = quick.fetch(connection, _of_chunk(table), asked)
    return checked(connection, table, (each._asdict() for each in found), job_id)


@cache
def _of_chunk(table: sa.Table) -> sa.Select[*tuple[Any, ...]]:
    return _by_owner(table).where(table.c.position == sa.bindparam("position"))


def checked(
    connection: sa.Connection,
    table: sa.Table,
    rows: Iterable[dict[str, Any]],
    owner_id: str,
    owner: str | None = None,
) -> list[dict[str, Any]]:
    """Return rows that were read plainly, as `check` does."""
    seal = sealed(table)
    found = []
    for row in rows:
        if row[seal.owner] != owner_id or not is_sound(connection, seal, row):
            place = ", ".join(f"{name} {row[name]}" for name in seal.key if name != seal.owner)
            raise DamagedError(owner or owner_id, f"{table.name} {place}".strip())
        if table is tables.result_slices:
            del row["data"]
        found.append(row)
    return found


def check_many(connection: sa.Connection, table: sa.Table, *which: sa.ColumnElement[bool]) -> None:
    """Look whether rows have their checksums; of these there may be hundreds of thousands.

    Raises:
        DamagedError: One has not; it names whose.
    """
    seal = sealed(table)
    query = _select(table).where(*which).execution_options(yield_per=_AT_ONCE)
    with connection.execute(query) as rows:
        for part in rows.partitions():
            try:
                sums = checksums([tuple(row[:-1]) for row in part])
            except (OverflowError, TypeError, ValueError):  # as in `is_sound`
                sums = [-1] * len(part)
            for row, found in zip(part, sums, strict=True):
                if row.checksum != found and not is_sound(connection, seal, row._asdict()):
                    raise DamagedError(str(row._asdict()[seal.owner]), f"a row of {table.name}")


def sound_ids(connection: sa.Connection, table: sa.Table, ids: Sequence[str]) -> list[str]:
    """Return those of ``ids``, of jobs or circuits, whose rows are sound; at most 1,000."""
    seal = sealed(table)
    try:
        found = connection.execute(_select(table).where(table.c.id.in_(ids))).all()
    except sa.exc.DatabaseError:  # One that cannot even be read is looked for.
        if len(ids) == 1:
            return []
        middle = len(ids) // 2
        halves = (ids[:middle], ids[middle:])
        return [each for half in halves for each in sound_ids(connection, table, half)]
    sound = {row.id for row in found if is_sound(connection, seal, row._asdict())}
    return [each for each in ids if each in sound]
