"""Brings a database to the schema of this release, and refuses one from a later release."""

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from paultrap.store.database import Database
from paultrap.store.errors import DatabaseInUseError, OldSchemaError, SchemaVersionError

# The newest revision in `migrations/versions`. Stated here because Alembic takes longer to
# import than a worker may take to start.
HEAD = "0024"

_version = sa.table("alembic_version", sa.column("version_num", sa.String))


class Migration(NamedTuple):
    """How a database that was there has been changed.

    Attributes:
        database: What people are shown of it.
        before: The schema that it had.
        now: The schema that it has.
        copy: Where it is as it was, or None where no copy was made.
    """

    database: str
    before: str
    now: str
    copy: Path | None


def check(database: Database) -> None:
    """Refuse a database whose schema is not this release's.

    Raises:
        OldSchemaError: It is older.
        SchemaVersionError: It is newer, or there is none.
    """
    with database.read() as connection:
        found = _revision(connection)
    _refuse_newer(database, found)
    if found != HEAD:
        kind = SchemaVersionError if found is None else OldSchemaError
        raise kind(
            f"{database.name} has schema {found or 'none'}, and this release works with {HEAD}."
        )


def migrate(database: Database, *, keep_copy: bool = True) -> Migration | None:
    """Create the tables, or change them to what this release works with.

    Args:
        database: The database.
        keep_copy: Whether one that was there is copied first, where its engine does that.

    Returns:
        What was changed; None where nothing was, or the database is new.

    Raises:
        SchemaVersionError: The database was written by a newer release.
        DatabaseInUseError: It is to be changed, and a server of an earlier release works on it.
        NoRoomError: There is no room for the copy.
    """
    with database.read() as connection:
        found = _revision(connection)
    if found == HEAD:
        return None
    _refuse_newer(database, found)
    with ExitStack() as resources:
        if found is not None:
            try:
                resources.enter_context(database.alone())
            except DatabaseInUseError as error:
                raise DatabaseInUseError(
                    f"{database.name} has schema {found}, and this release works with {HEAD}, to "
                    f"which it can be changed while no server has it. {error}"
                ) from error
        return _migrate(database, keep_copy=keep_copy)


def _migrate(database: Database, *, keep_copy: bool) -> Migration | None:
    with database.write() as connection:
        database.lock(connection, "schema")
        found = _revision(connection)  # again: another process may have been faster
        _refuse_newer(database, found)
        copy = None
        if found not in {None, HEAD} and keep_copy:
            copy = database.keep_copy(f"before-{HEAD}")
        if found != HEAD:
            create(connection)
    return None if found in {None, HEAD} else Migration(database.name, str(found), HEAD, copy)


def create(connection: sa.Connection) -> None:
    """Create the tables, or change them, within a transaction."""
    from alembic import command  # noqa: PLC0415  # see HEAD
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "paultrap.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _refuse_newer(database: Database, found: str | None) -> None:
    if found is not None and found > HEAD:
        raise SchemaVersionError(
            f"{database.name} was written by a newer release of paultrap (schema {found}; "
            f"this release knows {HEAD}). Upgrade paultrap, or choose another database."
        )


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_version.name):
        return None
    return connection.scalar(sa.select(_version.c.version_num))
