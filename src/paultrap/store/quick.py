"""Statements that are run for each chunk or request: compiled once, and given to the driver as they are.

SQLAlchemy takes several times longer for a short statement than its database does. What goes this way
is a constant with named parameters, and neither its values nor its columns need a conversion: enums
that are text go in, and what comes out is plain, such as text for an enum.
"""

from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.base import Executable

#: A row, whose values are its attributes; ``_asdict()`` gives them by name.
Row: TypeAlias = Any

_NONE: Mapping[str, Any] = {}


class _Compiled(NamedTuple):
    """A statement as a driver takes it.

    Attributes:
        text: In the words of the engine.
        order: The names of its parameters by position; None where the driver takes them by name.
        own: The values of parameters that the engine's words have added.
        row: Makes a row of what the driver gives; None where the statement has no rows.
    """

    text: str
    order: Sequence[str] | None
    own: Mapping[str, Any]
    row: Any


# By the statement and the name of its dialect.
_KNOWN: dict[tuple[Executable, str], _Compiled] = {}


def fetch(
    connection: sa.Connection, statement: Executable, values: Mapping[str, Any] = _NONE
) -> list[Row]:
    """Return the rows of a statement.

    Args:
        connection: The connection of a transaction.
        statement: A constant; for each one that is new here, it is compiled and kept.
        values: The values of its parameters.

    Raises:
        sqlalchemy.exc.DBAPIError: As SQLAlchemy raises it.
    """
    compiled = _compiled(statement, connection.dialect)
    with _raised(connection, compiled):
        found = _executed(connection, compiled, values).fetchall()
    return [compiled.row(each) for each in found]


def run(connection: sa.Connection, statement: Executable, values: Mapping[str, Any] = _NONE) -> int:
    """Run a statement that writes, and return how many rows it has changed; else as `fetch`."""
    compiled = _compiled(statement, connection.dialect)
    with _raised(connection, compiled):
        return int(_executed(connection, compiled, values).rowcount)


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all of which have the same columns; their values need no conversion.

    Raises:
        sqlalchemy.exc.DBAPIError: As SQLAlchemy raises it.
    """
    if not rows:
        return
    compiled = _compiled(_insertion(table, tuple(rows[0])), connection.dialect)
    whole = [{f"new_{name}": value for name, value in row.items()} for row in rows]
    with _raised(connection, compiled):
        if len(whole) == 1:
            _executed(connection, compiled, whole[0])
        else:
            _begin(connection).cursor().executemany(
                compiled.text, [_given(compiled, row) for row in whole]
            )


@cache
def _insertion(table: sa.Table, names: tuple[str, ...]) -> sa.Insert:
    return sa.insert(table).values({name: sa.bindparam(f"new_{name}") for name in names})


def _executed(connection: sa.Connection, compiled: _Compiled, values: Mapping[str, Any]) -> Any:
    return _begin(connection).execute(compiled.text, _given(compiled, values))


def _begin(connection: sa.Connection) -> Any:
    """Return the driver's connection, in a transaction."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.driver_connection


def _given(compiled: _Compiled, values: Mapping[str, Any]) -> Any:
    """Return values as the driver takes them."""
    if compiled.order is None:
        return values
    named = {**compiled.own, **values}
    return [named[name] for name in compiled.order]


def _compiled(statement: Executable, dialect: sa.Dialect) -> _Compiled:
    key = (statement, dialect.name)
    if (known := _KNOWN.get(key)) is not None:
        return known

    # Constants are a part of the text: PostgreSQL plans a statement once then, and knows how few of
    # the rows are leased, and that one is wanted.
    def literal(element: Any, **_: Any) -> Any:
        if not isinstance(element, sa.BindParameter) or element.value is None:
            return None
        written = element.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        return sa.literal_column(str(written), element.type)

    stated: Any = statement
    whole = visitors.replacement_traverse(stated, {}, literal)
    made = whole.compile(dialect=dialect)
    columns = [each.name for each in getattr(statement, "selected_columns", ())]
    row = namedtuple("Row", columns)._make if columns else None  # type: ignore[attr-defined]  # noqa: PYI024
    own = {name: value for name, value in made.params.items() if value is not None}
    _KNOWN[key] = found = _Compiled(str(made), made.positiontup, own, row)
    return found


@contextmanager
def _raised(connection: sa.Connection, compiled: _Compiled) -> Iterator[None]:
    """Raise what a driver says as SQLAlchemy does; where the connection is lost, so are the others."""
    base: type[Exception] = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        driver = connection.connection.driver_connection
        is_lost = connection.dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
        if is_lost:
            connection.engine.dispose()
        raise sa.exc.DBAPIError.instance(
            compiled.text,
            None,
            error,
            base,
            hide_parameters=True,
            connection_invalidated=is_lost,
        ) from error
