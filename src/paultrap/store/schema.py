"""Brings a database to the schema of this release, and refuses one from a later release."""

import sqlalchemy as sa

from paultrap.store.database import Database
from paultrap.store.errors import SchemaVersionError

# The newest revision in `migrations/versions`. Stated here because Alembic takes longer to
# import than a worker may take to start.
HEAD = "0023"

_version = sa.table("alembic_version", sa.column("version_num", sa.String))


def check(database: Database) -> None:
    """Refuse a database whose schema is not this release's.

    Raises:
        SchemaVersionError: It is older or newer.
    """
    with database.read() as connection:
        found = _revision(connection)
    if found != HEAD:
        raise SchemaVersionError(
            f"{database.name} has schema {found or 'none'}, and this release works with {HEAD}."
        )


def migrate(database: Database) -> None:
    """Create the tables, or change them to what this release works with.

    Raises:
        SchemaVersionError: The database was written by a newer release.
    """
    with database.read() as connection:
        if _revision(connection) == HEAD:
            return
    from alembic import command  # noqa: PLC0415  # see HEAD
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "paultrap.store:migrations")
    with database.write() as connection:
        found = _revision(connection)  # again: another process may have been faster
        if found is not None and found > HEAD:
            raise SchemaVersionError(
                f"{database.name} was written by a newer release of paultrap (schema {found}; "
                f"this release knows {HEAD}). Upgrade paultrap, or choose another database."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_version.name):
        return None
    return connection.scalar(sa.select(_version.c.version_num))
