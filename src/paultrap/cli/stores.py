"""Opening a store for a command: what goes wrong is one line that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError
from paultrap.logs import log_event
from paultrap.settings import Settings
from paultrap.store import (
    DatabaseInUseError,
    DatabaseMissingError,
    NetworkFileSystemError,
    SchemaVersionError,
    Store,
    StoreError,
)

__all__ = ["data_of", "server_store", "settled"]

_FILE = "paultrap.db"
_ELSEWHERE = "Name another with --data-dir (PAULTRAP_DATA_DIR) or --database (PAULTRAP_DATABASE)."
_REMEDIES: dict[type[StoreError], str] = {
    DatabaseInUseError: _ELSEWHERE,
    DatabaseMissingError: "Name the server's folder with --data-dir (or its database with "
    "PAULTRAP_DATABASE), or make a first key with `paultrap keys create`.",
    NetworkFileSystemError: _ELSEWHERE,
    SchemaVersionError: _ELSEWHERE,
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
    with _open(settings, as_server=True) as store:
        yield store


@contextmanager
def data_of(data_dir: Path | None, *, make: bool = False) -> Iterator[Store]:
    """Open the store of a server, beside it or without one.

    Args:
        data_dir: The server's data directory; None for the usual one.
        make: Whether the database is made where it is missing.

    Raises:
        CommandError: It is missing, or cannot be opened, or what is done with it is refused.
    """
    with _open(read_settings({"data_dir": data_dir}), make=make) as store:
        try:
            yield store
        except StoreError as error:
            raise CommandError(str(error)) from error


@contextmanager
def _open(settings: Settings, **options: Any) -> Iterator[Store]:
    place = settings.database or settings.data_dir / _FILE
    try:
        store = Store.open(place, on_event=log_event, **options)
    except StoreError as error:
        remedy = _REMEDIES.get(type(error))
        raise CommandError(f"{error} {remedy}" if remedy else str(error)) from error
    except OSError as error:
        raise CommandError(
            f"cannot use {error.filename or 'the database'} ({error.strerror}). {_ELSEWHERE}"
        ) from error
    try:
        yield store
    finally:
        store.close()
