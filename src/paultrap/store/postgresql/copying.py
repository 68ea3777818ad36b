"""Many rows at once: `COPY` in PostgreSQL's own format, which nobody has to parse."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from psycopg import sql

# Fewer rows take one statement less time than it takes to begin to copy.
FEW = 4


def copy_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert rows by position."""
    statement, types = _copying(table, tuple(columns))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


@lru_cache(maxsize=64)
def _copying(table: sa.Table, columns: tuple[str, ...]) -> tuple[sql.Composed, list[str]]:
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT BINARY)").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    return statement, [_type_of(table.c[name].type) for name in columns]


def _type_of(kind: Any) -> str:
    for known, name in (
        (sa.BigInteger, "int8"),
        (sa.Integer, "int4"),
        (sa.Float, "float8"),
        (sa.Boolean, "bool"),
        (sa.LargeBinary, "bytea"),
    ):
        if isinstance(kind, known):
            return name
    return "text"
