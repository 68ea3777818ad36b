"""Opening a store for a command: what goes wrong is one line that says what to do."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
    FileThereError,
    Migration,
    NetworkFileSystemError,
    NoRightsError,
    NoRoomError,
    NotEmptyError,
    NotSharedError,
    OldSchemaError,
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
    FileThereError: "--force replaces it.",
    NetworkFileSystemError: _ELSEWHERE,
    NoRoomError: "Free some there.",
    OldSchemaError: "`paultrap db upgrade` brings it there.",
    NotEmptyError: "Make another with `createdb`; nothing was changed.",
    NotSharedError: "Give it more with `paultrap serve --workers`, or name a PostgreSQL database with "
    "PAULTRAP_DATABASE (--database), which any number of servers and worker hosts can use.",
    NoRightsError: "Let its role own the database, as with `createdb --owner`.",
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
        if store.migration is not None:
            _log.info("the schema of the database was changed", **_told(store.migration))
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


def _told(migration: Migration) -> dict[str, str]:
    told = {"path": migration.database, "before": migration.before, "now": migration.now}
    if migration.copy is not None:
        told |= {"copy": str(migration.copy), "to_go_back": going_back(migration)}
    return told


def going_back(migration: Migration) -> str:
    """Return, in a sentence, how a database becomes again what it was before its schema was changed."""
    name = migration.database
    return (
        f"To go back to the earlier release, stop the server, remove {name}-wal and {name}-shm, and "
        f"move the copy to {name}."
    )


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
    with _open(read_settings(asdict(place or DatabaseFlags())), make=make) as store, refusing():
        if store.migration is not None:
            sys.stderr.write(f"paultrap: {changed(store.migration)}\n")
        yield store


def changed(migration: Migration) -> str:
    """Return, in sentences, how the schema of a database was changed."""
    said = f"{migration.database} had schema {migration.before}, and has {migration.now} now."
    if migration.copy is None:
        return said
    return f"{said} {migration.copy} is as it was. {going_back(migration)}"


@contextmanager
def attached_to(place: DatabaseFlags | None) -> Iterator[Store]:
    """Open the store of a server to read it alone, beside the server or without one.

    Raises:
        CommandError: It cannot be opened.
    """
    with refusing():
        store = Store.attach(place_of(place))
    with closing(store):
        yield store


def place_of(place: DatabaseFlags | None) -> str | Path:
    """Return where a server's database is; None for that of the settings.

    Raises:
        CommandError: It is a folder.
    """
    return _place(read_settings(asdict(place or DatabaseFlags())))


def _place(settings: Settings) -> str | Path:
    if settings.database and Path(settings.database).is_dir():
        raise CommandError(
            f"{settings.database} is a folder. Name it with --data-dir, or a file in it with --database."
        )
    return settings.database or settings.data_dir / _FILE


@contextmanager
def refusing() -> Iterator[None]:
    """Say what the store refuses as a command does, with what a person can do.

    Raises:
        CommandError: Something was refused.
    """
    try:
        yield
    except StoreError as error:
        raise CommandError(_advised(error)) from error


@contextmanager
def _open(settings: Settings, **options: Any) -> Iterator[Store]:
    try:
        with refusing():
            store = Store.open(_place(settings), on_event=log_event, **options)
    except OSError as error:
        raise CommandError(
            f"cannot use {error.filename or 'the database'} ({error.strerror}). {_ELSEWHERE}"
        ) from error
    with closing(store):
        yield store


def _advised(error: StoreError) -> str:
    """Return what the store says, and what a person at a terminal can do; the store knows no commands."""
    remedy = _REMEDIES.get(type(error))
    return f"{error} {remedy}" if remedy else str(error)
