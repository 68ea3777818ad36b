"""How connections to PostgreSQL are opened, and kept for the next transaction."""

import time
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.abc import Buffer
from psycopg.pq import Format
from psycopg.types.numeric import NumericBinaryLoader
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler

_CONNECTIONS = 8  # of one process that are kept; as many more while they are needed
_PATIENCE_S = 10.0  # for a connection that others of this process have
_CONNECT_S = 5
_TRUSTED_S = 1.0  # a connection that was used so lately is not tried before it is used again
# A host that is gone says nothing: after so long a connection to it counts as lost.
_KEEPALIVES = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# A process that is held, or whose host is gone, must not keep its locks from all others.
SETTINGS = {"idle_in_transaction_session_timeout": "15s"}
QUICK = {"synchronous_commit": "off"}
# As `_KEEPALIVES`, for the server: a host that is cut off keeps no duties.
_SERVER_KEEPALIVES = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
_USED_AT = "paultrap.used_at"


class BinaryCursor(psycopg.Cursor[Any]):
    """A cursor whose results come as they are: as text, bytes would be twice as long."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.format = Format.BINARY


class _BinaryServerCursor(psycopg.ServerCursor[Any]):
    """The same of rows that are fetched some at a time, which `sqlalchemy` does for ``yield_per``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.format = Format.BINARY


class _Pool(sa.QueuePool):
    """A pool that keeps no connection once it was disposed of, also none that was in use then."""

    # SQLAlchemy logs under this name, which has the level of its own loggers.
    __module__ = sa.QueuePool.__module__
    _is_disposed = False

    def dispose(self) -> None:
        """Close the connections that nobody uses, and from now on each that is given back."""
        self._is_disposed = True
        super().dispose()

    def _do_return_conn(self, record: sa.pool.ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        if self._is_disposed:
            super().dispose()


class _IntegerLoader(NumericBinaryLoader):
    """Reads a sum as Python's number: all that are asked for are of whole numbers."""

    def load(self, data: Buffer) -> Any:
        """Return an integer."""
        return int(super().load(data))


class _Definitions(PGDDLCompiler):
    """Makes columns of text that are compared byte by byte, as SQLite does.

    So lists have one order on both, whatever the database's language is, and an index is quicker.
    """

    def get_column_specification(self, column: Any, **options: Any) -> str:
        """Return a column's definition."""
        text: str = super().get_column_specification(column, **options)  # type: ignore[no-untyped-call]
        if not isinstance(column.type, sa.String):
            return text
        kind = self.dialect.type_compiler_instance.process(column.type, type_expression=column)
        return text.replace(kind, f'{kind} COLLATE "C"', 1)


def open_engine(url: sa.URL, *, durable: bool, pooled: bool) -> sa.Engine:
    """Return an engine, which connects when a connection is first needed.

    Args:
        url: The URL, for psycopg.
        durable: Whether a commit waits for the disk.
        pooled: Whether a pooler stands between that gives each transaction to another connection of
            its own: it knows no settings of a session, nor statements that were prepared in it.
    """
    arguments: dict[str, Any] = {
        "cursor_factory": BinaryCursor,
        "connect_timeout": _CONNECT_S,
        "application_name": "paultrap",
        **_KEEPALIVES,
    }
    if pooled:
        arguments["prepare_threshold"] = None
    else:
        arguments["options"] = session_options(durable=durable)
    named = {name: value for name, value in arguments.items() if name not in url.query}
    engine = sa.create_engine(
        url,
        connect_args=named,
        hide_parameters=True,  # A job's content does not belong into a log.
        poolclass=_Pool,
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
        pool_timeout=_PATIENCE_S,
        pool_use_lifo=True,
        isolation_level="READ COMMITTED",
    )
    engine.dialect.ddl_compiler = _Definitions
    event.listen(engine, "connect", _configure)
    _try_before_use(engine)
    return engine


def session_options(*, durable: bool = True) -> str:
    """Return what a session is told as it begins, where no pooler stands between.

    Args:
        durable: Whether a commit waits for the disk.
    """
    settings = SETTINGS | _SERVER_KEEPALIVES | ({} if durable else QUICK)
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _configure(connection: Any, _record: object) -> None:
    connection.adapters.register_loader("numeric", _IntegerLoader)
    connection.server_cursor_factory = _BinaryServerCursor


def _try_before_use(engine: sa.Engine) -> None:
    """Have a connection that nobody has used for a while tried before it is given out.

    SQLAlchemy's ``pool_pre_ping`` does so each time, which takes as long as a short statement.
    """

    @event.listens_for(engine, "checkout")
    def try_it(connection: Any, record: Any, _proxy: object) -> None:
        used_at = record.info.get(_USED_AT)
        if used_at is None or time.monotonic() - used_at < _TRUSTED_S:
            return
        try:
            alive = engine.dialect.do_ping(connection)
        except psycopg.Error:
            alive = False
        if not alive:
            raise sa.exc.DisconnectionError  # The pool opens another, and drops those as old.

    @event.listens_for(engine, "checkin")
    def note_use(_connection: Any, record: Any) -> None:
        record.info[_USED_AT] = time.monotonic()


def parameters_of(url: sa.URL) -> dict[str, Any]:
    """Return what `psycopg.connect` takes for a URL, for a connection outside of the pool."""
    _, named = sa.make_url(url).get_dialect()().create_connect_args(url)
    defaults = {"connect_timeout": _CONNECT_S, "application_name": "paultrap", **_KEEPALIVES}
    return {**defaults, **named, "autocommit": True, "prepare_threshold": None}
