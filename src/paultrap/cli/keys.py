"""`paultrap keys`: the API keys of a data directory, which need no running server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from paultrap.cli.configuration import read_settings
from paultrap.cli.errors import CommandError
from paultrap.cli.tables import print_table
from paultrap.store import Store, StoreError

__all__ = ["create", "list_keys", "revoke"]


def create(name: str = "default", *, data_dir: Path | None = None) -> None:
    """Make a key; it is shown this once.

    Args:
        name: What to call it.
        data_dir: The server's data directory.
    """
    with _open(data_dir, make=True) as store:
        secret, _ = store.create_key(name)
    print(secret)  # noqa: T201 - what a script reads


def list_keys(*, data_dir: Path | None = None) -> None:
    """List the keys by name and first characters; a whole key is never shown again.

    Args:
        data_dir: The server's data directory.
    """
    with _open(data_dir) as store:
        keys = store.list_keys()
    print_table(
        ("id", "name", "starts with", "created", "revoked"),
        [
            (
                key.id,
                key.name,
                key.prefix,
                _day(key.created_at),
                "" if key.revoked_at is None else _day(key.revoked_at),
            )
            for key in keys
        ],
    )


def revoke(key: str, *, data_dir: Path | None = None) -> None:
    """Revoke a key; a running server refuses it within seconds.

    Args:
        key: Its id, or the characters it starts with.
        data_dir: The server's data directory.
    """
    with _open(data_dir) as store:
        if not store.revoke_key(key):
            raise CommandError(f"no key {key}; `paultrap keys list` shows them.")
    print(f"revoked {key}")  # noqa: T201


def _day(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"


@contextmanager
def _open(data_dir: Path | None, *, make: bool = False) -> Iterator[Store]:
    settings = read_settings({"data_dir": data_dir})
    if not (make or settings.database.exists()):
        raise CommandError(
            f"there is no database in {settings.data_dir}; name the server's folder with "
            "--data-dir, or make a first key with `paultrap keys create`."
        )
    try:
        store = Store.open(settings.database)
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
