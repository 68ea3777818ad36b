"""Which database is meant: an SQLAlchemy URL, made of what people and other processes write.

A URL may hold a password. Messages and logs show `shown`; only `written` has the password.
"""

import re
from pathlib import Path

import sqlalchemy as sa

from paultrap.store.errors import StoreError

# More than URLs: what is taken for a path is shown, and one that was mistyped may hold a password.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|.*://", re.DOTALL)
_SQLITE = "sqlite"
_POSTGRESQL = "postgresql"
_ALSO_POSTGRESQL = "postgres"  # PostgreSQL's own programs take both
# Other options of a URL may hold a password.
_SHOWN = {"host", "port", "service"}


def database_url(place: sa.URL | Path | str) -> sa.URL:
    """Return the URL of a database.

    Args:
        place: A URL such as ``sqlite:////var/lib/paultrap.db``, or the path of an SQLite file. That
            may hold any character; as text, it must not begin like a URL.

    Raises:
        StoreError: It looks like a URL and is not a valid one.
    """
    if isinstance(place, sa.URL):
        return place
    if isinstance(place, Path) or not _URL.match(place):
        return sa.URL.create(_SQLITE, database=str(Path(place).absolute()))
    try:
        url = sa.make_url(place)
    except (sa.exc.ArgumentError, ValueError):
        # The text is not shown: there may be a password in it.
        raise StoreError(
            "the database's URL cannot be read; expected scheme://… or the path of a file, which "
            'begins with its folder where its name has a ":", such as ./a:b.db.'
        ) from None
    if url.drivername == _ALSO_POSTGRESQL:
        return url.set(drivername=_POSTGRESQL)
    if url.get_backend_name() != _SQLITE:
        return url
    # SQLAlchemy drops what follows the "?" where it is no option: another file would be opened.
    if "?" in place or not url.database or url.database.startswith((":", "file:")) or url.host:
        raise StoreError(
            f"{shown(url)} names no database file. Write sqlite:////absolute/path, or the path "
            'alone, which may have a "?" in it.'
        )
    return sa.URL.create(url.drivername, database=str(Path(url.database).absolute()))


def shown(url: sa.URL) -> str:
    """Return the database as people see it: the path of a file, or a URL without its password."""
    if url.get_backend_name() == _SQLITE and url.database and not url.query:
        return url.database
    query = {name: value for name, value in url.query.items() if name in _SHOWN}
    return url.set(query=query).render_as_string(hide_password=True)


def is_file(url: sa.URL) -> bool:
    """Return whether the database is a file, which no other machine uses."""
    return url.get_backend_name() == _SQLITE


def has_password(url: sa.URL) -> bool:
    """Return whether who sees the URL sees a password."""
    return url.password is not None or bool({"password", "sslpassword"} & set(url.query))


def written(url: sa.URL) -> str:
    """Return a text from which `database_url` makes the same URL again, with its password.

    The path of an SQLite file stays a path: within a URL a "?" would end it.
    """
    if url.get_backend_name() == _SQLITE and url.database:
        return url.database
    return url.render_as_string(hide_password=False)
