"""Which package is the engine of a database: the only place that names them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from paultrap.store.clock import HostClock
from paultrap.store.database import Access, Database
from paultrap.store.errors import StoreError
from paultrap.store.events import Listener
from paultrap.store.urls import database_url


def connect(
    place: sa.URL | Path | str,
    access: Access,
    *,
    make: bool = True,
    clock: HostClock | None = None,
    on_event: Listener | None = None,
) -> Database:
    """Return a database, whose schema has not been looked at.

    Args:
        place: The URL of the database, or the path of an SQLite file.
        access: Who opens the database: a server, a tool or a worker.
        make: Whether it is made where it is missing; a worker makes none.
        clock: What takes the place of the clocks that the engine goes by.
        on_event: Subscribed from the first transaction on.

    Raises:
        StoreError: There is no such engine, or it cannot open the database.
    """
    url = database_url(place)
    engine = _ENGINES.get(url.get_backend_name())
    if engine is None:
        raise StoreError(
            f'there is no engine for a database "{url.get_backend_name()}"; '
            f"there is {', '.join(_ENGINES)}."
        )
    found: Database = engine()(url, access, make=make, clock=clock, on_event=on_event)
    return found


def _sqlite() -> type[Database]:
    from paultrap.store.sqlite import SqliteDatabase  # noqa: PLC0415  # see `_postgresql`

    return SqliteDatabase


def _postgresql() -> type[Database]:
    # Imported where it is used: its driver is an extra.
    try:
        from paultrap.store.postgresql import PostgresqlDatabase  # noqa: PLC0415
    except ImportError as error:  # also where the driver lacks a library of its own
        reason = str(error).strip().partition("\n")[0]
        raise StoreError(
            f"PostgreSQL needs its driver, psycopg ({reason}): pip install "
            '"paultrap[postgresql]", or ".[postgresql]" in a checkout.'
        ) from error
    return PostgresqlDatabase


_ENGINES: dict[str, Callable[[], Any]] = {"sqlite": _sqlite, "postgresql": _postgresql}
