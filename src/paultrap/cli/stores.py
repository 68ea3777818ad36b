"""Opening a store for a command: what goes wrong is one line that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError
from paultrap.logs import log_event
from paultrap.settings import Settings
from paultrap.store import Store, StoreError

__all__ = ["data_of", "server_store"]


@contextmanager
def server_store(settings: Settings) -> Iterator[Store]:
    """Open the store as a server does, which has it for itself.

    Raises:
        CommandError: It cannot be opened.
    """
    with _open(settings, exclusive=True) as store:
        yield store


@contextmanager
def data_of(data_dir: Path | None, *, make: bool = False) -> Iterator[Store]:
    """Open the store of a data directory beside a server or without one.

    Args:
        data_dir: The server's data directory; None for the usual one.
        make: Whether it is made where it is missing.

    Raises:
        CommandError: It is missing, or cannot be opened, or what is done with it is refused.
    """
    settings = read_settings({"data_dir": data_dir})
    if not (make or settings.database.exists()):
        raise CommandError(
            f"there is no database in {settings.data_dir}; name the server's folder with "
            "--data-dir, or make a first key with `paultrap keys create`."
        )
    with _open(settings, exclusive=False) as store:
        try:
            yield store
        except StoreError as error:
            raise CommandError(str(error)) from error


@contextmanager
def _open(settings: Settings, *, exclusive: bool) -> Iterator[Store]:
    try:
        store = (
            Store.open_ephemeral(on_event=log_event)
            if exclusive and settings.ephemeral
            else Store.open(settings.database, exclusive=exclusive, on_event=log_event)
        )
    except StoreError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(
            f"cannot use the data directory {settings.data_dir} ({error.strerror}). "
            "Name another with --data-dir."
        ) from error
    try:
        yield store
    finally:
        store.close()
