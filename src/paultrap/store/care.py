"""What is done with a database as a whole, apart from its use: `upgrade`, `back_up`, `compact`."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from paultrap.store import schema
from paultrap.store.database import Access, Database
from paultrap.store.engines import connect
from paultrap.store.errors import DamagedError, StoreError

Place = sa.URL | Path | str


def upgrade(place: Place, *, keep_copy: bool = True) -> schema.Migration | None:
    """Bring a database to the schema of this release.

    Args:
        place: The URL of the database, or the path of an SQLite file.
        keep_copy: Whether it is copied first, where its engine does that.

    Returns:
        What was changed; None where it has that schema.

    Raises:
        StoreError: As `paultrap.store.Store.open` raises it.
    """
    with _connected(place, Access.TOOL) as database:
        return schema.migrate(database, keep_copy=keep_copy)


def back_up(place: Place, file: Path, *, replace: bool = False) -> None:
    """Write a copy of a database as it is at this moment, beside whoever uses it.

    Args:
        place: The URL of the database, or the path of an SQLite file; of any schema.
        file: What is written: an SQLite file, or an archive of `pg_dump`.
        replace: Whether it may take the place of a file that is there.

    Raises:
        StoreError: The database is missing or damaged, or the file cannot be written.
    """
    with _connected(place, Access.WORKER) as database:
        database.copy_to(file, replace=replace)


def compact(place: Place) -> tuple[int, int]:
    """Give all unused space of a database back, which no server may have open.

    Args:
        place: The URL of the database, or the path of an SQLite file.

    Returns:
        How many bytes it took, and takes now.

    Raises:
        DatabaseInUseError: A server has it open.
        StoreError: It cannot be done, or the engine does that by itself.
    """
    with _connected(place, Access.TOOL) as database, database.alone():
        before = sum(database.sizes())
        database.compact()
        return before, sum(database.sizes())


@contextmanager
def refusing(database: Database, advice: str = "") -> Iterator[None]:
    """Raise what shows that a database cannot be used as a `StoreError`, which says so.

    Args:
        database: The database.
        advice: What is added for one that is damaged.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise StoreError(f"{database.name} cannot be used as a database: {error.orig}.") from error
    except DamagedError as error:
        raise StoreError(
            f"{database.name} cannot be used as a database, its file is damaged ({error.part}): "
            f"restore a backup{advice}."
        ) from error


@contextmanager
def _connected(place: Place, access: Access) -> Iterator[Database]:
    database = connect(place, access, make=False)
    with closing(database), refusing(database):
        yield database
