"""New PostgreSQL databases for tests, made fast and dropped afterwards.

They are on the server that ``PAULTRAP_TEST_DATABASE`` names by a URL, whose role may make databases;
else each process of pytest starts a server, which takes less than a second.
"""

import atexit
import contextlib
import os
import uuid
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import psycopg

from harness.postgresql import PostgresqlServer
from harness.waiting import until
from paultrap.store import Store

__all__ = ["Databases", "shared", "with_database"]


def with_database(url: str, name: str) -> str:
    """Return the URL of another database of a server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


class Databases:
    """What makes and drops databases on a server.

    Args:
        url: Any database of the server, for a role that may make others.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True)
        self._template: str | None = None
        self._made: set[str] = set()

    def create(self, *, is_empty: bool = False) -> str:
        """Return the URL of a new database, with the schema and what a new store has, or nothing."""
        if not is_empty and self._template is None:
            made = self.create(is_empty=True)
            Store.open(made).close()
            self._template = _name_of(made)
        name = f"paultrap_test_{uuid.uuid4().hex[:12]}"
        template = "template0" if is_empty else self._template
        self._connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        self._made.add(name)
        return with_database(self.url, name)

    def drop(self, url: str) -> None:
        """Drop a database, and end the connections to it that are left."""
        self._drop(_name_of(url))

    def _drop(self, name: str) -> None:
        until(lambda: self._is_dropped(name))
        self._made.discard(name)

    def _is_dropped(self, name: str) -> bool:
        """Return whether it is gone now; while it is vacuumed, only a superuser may end that."""
        try:
            self._connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True

    @contextlib.contextmanager
    def new(self, *, is_empty: bool = False) -> Iterator[str]:
        """Give a new database for a while: its URL."""
        url = self.create(is_empty=is_empty)
        try:
            yield url
        finally:
            self.drop(url)

    def close(self) -> None:
        """Drop all that is left, where the server goes on."""
        if os.environ.get("PAULTRAP_TEST_DATABASE"):
            for name in list(self._made):
                self._drop(name)
        self._connection.close()


def _name_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


@cache
def _server() -> PostgresqlServer:
    server = PostgresqlServer(durable=False)
    atexit.register(server.close)
    return server


@cache
def shared(*, has_password: bool = False) -> Databases:
    """Return the databases of this process's server, by its socket or by its port with a password."""
    url = os.environ.get("PAULTRAP_TEST_DATABASE")
    if not url:
        url = _server().url if has_password else _server().socket_url()
    databases = Databases(url)
    atexit.register(databases.close)
    return databases
