"""Opening a store for a command: what goes wrong is one line that says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError
from paultrap.cli.flags import DatabaseFlags
from paultrap.logs import log_event
from paultrap.settings import Settings
from paultrap.store import (
    DatabaseInUseError,
    DatabaseMissingError,
    NetworkFileSystemError,
    NotSharedError,
    OrganizationNotFoundError,
    SchemaVersionError,
    Store,
    StoreError,
    StoreFullError,
    UserNotFoundError,
)

_log = structlog.get_logger("paultrap.server")

_FILE = "paultrap.db"
_ELSEWHERE = "Name another with --data-dir (PAULTRAP_DATA_DIR) or --database (PAULTRAP_DATABASE)."
_REMEDIES: dict[type[StoreError], str] = {
    DatabaseInUseError: _ELSEWHERE,
    DatabaseMissingError: f"{_ELSEWHERE} `paultrap keys create` makes one, with a first key.",
    NetworkFileSystemError: _ELSEWHERE,
    NotSharedError: "Give it more with `paultrap serve --workers`, or name a PostgreSQL database with "
    "PAULTRAP_DATABASE (--database), which any number of servers and worker hosts can use.",
    OrganizationNotFoundError: "`paultrap organizations list` shows them.",
    SchemaVersionError: _ELSEWHERE,
    StoreFullError: "Free some space there, or choose another place with --data-dir.",
    UserNotFoundError: "`paultrap users create` makes one.",
}


@contextmanager
def settled(settings: Settings) -> Iterator[Settings]:
    """Give the settings with the data directory that counts: a temporary one if it is ephemeral."""
    if not settings.ephemeral:
        yield settings
        return
    with TemporaryDirectory(prefix="paultrap-", ignore_cleanup_errors=True) as folder:
        yield settings.model_copy(update={"data_dir": Path(folder), "database": None})


@contextmanager
def server_store(settings: Settings) -> Iterator[Store]:
    """Open the store as a server does, which has an SQLite file for itself.

    Raises:
        CommandError: It cannot be opened.
    """
    _warn_of_nothing(settings)
    with _open(settings, as_server=True) as store:
        yield store


@contextmanager
def joined_store(settings: Settings, version: str) -> Iterator[Store]:
    """Open the store of servers as a worker host does.

    Raises:
        CommandError: It cannot be opened, or is one server's alone, or of another release.
    """
    if settings.database is None:
        raise CommandError(
            "a worker host works for the servers of a PostgreSQL database: name it with "
            "PAULTRAP_DATABASE=postgresql://…, or --database where no password is in it."
        )
    try:
        store = Store.join(settings.database, version=version, on_event=log_event)
    except StoreError as error:
        raise CommandError(_advised(error)) from error
    try:
        yield store
    finally:
        store.close()


def _warn_of_nothing(settings: Settings) -> None:
    """Say that the file of the database is there and holds nothing, as of one that was cut."""
    place = Path((settings.database or str(settings.data_dir / _FILE)).removeprefix("sqlite:///"))
    try:
        is_empty = place.is_file() and place.stat().st_size == 0
    except OSError:  # Whoever opens it says what is wrong.
        return
    if is_empty:
        _log.warning(
            "the database is an empty file: it is begun anew, without any job", path=str(place)
        )


@contextmanager
def data_of(place: DatabaseFlags | None, *, make: bool = False) -> Iterator[Store]:
    """Open the store of a server, beside it or without one.

    Args:
        place: Which server's; None for that of the settings.
        make: Whether the database is made where it is missing.

    Raises:
        CommandError: It is missing, or cannot be opened, or what is done with it is refused.
    """
    with _open(read_settings(asdict(place or DatabaseFlags())), make=make) as store:
        try:
            yield store
        except StoreError as error:
            raise CommandError(_advised(error)) from error


@contextmanager
def attached_to(place: DatabaseFlags | None) -> Iterator[Store]:
    """Open the store of a server to read it alone, beside the server or without one.

    Raises:
        CommandError: It cannot be opened.
    """
    settings = read_settings(asdict(place or DatabaseFlags()))
    try:
        store = Store.attach(settings.database or settings.data_dir / _FILE)
    except StoreError as error:
        raise CommandError(_advised(error)) from error
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _open(settings: Settings, **options: Any) -> Iterator[Store]:
    place = settings.database or settings.data_dir / _FILE
    if settings.database and Path(settings.database).is_dir():
        raise CommandError(
            f"{settings.database} is a folder. Name it with --data-dir, or a file in it with --database."
        )
    try:
        store = Store.open(place, on_event=log_event, **options)
    except StoreError as error:
        raise CommandError(_advised(error)) from error
    except OSError as error:
        raise CommandError(
            f"cannot use {error.filename or 'the database'} ({error.strerror}). {_ELSEWHERE}"
        ) from error
    try:
        yield store
    finally:
        store.close()


def _advised(error: StoreError) -> str:
    """Return what the store says, and what a person at a terminal can do; the store knows no commands."""
    remedy = _REMEDIES.get(type(error))
    return f"{error} {remedy}" if remedy else str(error)
