"""Statements about API keys and the projects that they belong to."""

import hashlib
import secrets
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import new_id
from paultrap.store.errors import StoreError
from paultrap.store.records import KeyRecord
from paultrap.store.tables import api_keys, projects

__all__ = [
    "create",
    "ensure_open_key",
    "find",
    "find_open_key",
    "list_all",
    "names_of_submitters",
    "projects_of",
    "revoke",
]

_DEFAULT_PROJECT = "default"
_SCHEME = "pt_"
_SECRET_BYTES = 24
_SHOWN = 11  # characters of a secret that lists show: the scheme and eight more


def create(connection: sa.Connection, name: str, project: str, now: int) -> tuple[str, KeyRecord]:
    """Make a key, and its project where there is none of that name."""
    secret = _SCHEME + secrets.token_urlsafe(_SECRET_BYTES)
    values = {
        "id": new_id(),
        "project_id": _ensure_project(connection, project, now),
        "name": name,
        "prefix": secret[:_SHOWN],
        "created_at": now,
        "revoked_at": None,
    }
    connection.execute(sa.insert(api_keys).values(**values, secret_hash=_hash(secret)))
    return secret, _record(**values)


def list_all(connection: sa.Connection) -> list[KeyRecord]:
    """Return all keys that were made, oldest first."""
    query = sa.select(api_keys).where(api_keys.c.secret_hash.is_not(None))
    return [_record(**row._mapping) for row in connection.execute(query.order_by(api_keys.c.id))]  # noqa: SLF001  # SQLAlchemy's public name for it


def find(connection: sa.Connection, secret: str) -> KeyRecord | None:
    """Return the key with this secret, unless it is revoked."""
    return _one(connection, api_keys.c.secret_hash == _hash(secret))


def ensure_open_key(connection: sa.Connection, now: int) -> None:
    """Make the default project and its key of open access where they are missing."""
    project_id = _ensure_project(connection, _DEFAULT_PROJECT, now)
    if find_open_key(connection) is None:
        connection.execute(
            sa.insert(api_keys).values(
                id=new_id(), project_id=project_id, name="open", prefix="", created_at=now
            )
        )


def find_open_key(connection: sa.Connection) -> KeyRecord | None:
    """Return the default project's key of open access."""
    return _one(connection, api_keys.c.secret_hash.is_(None))


def projects_of(organization_id: str) -> sa.Select[tuple[str]]:  # noqa: ARG001  # there is one
    """Return the query of an organization's projects, by id."""
    return sa.select(projects.c.id)


def names_of_submitters(connection: sa.Connection) -> dict[str, str]:
    """Return the name of each submitter's key, revoked ones too."""
    rows = connection.execute(sa.select(api_keys.c.id, api_keys.c.name))
    return {_submitter_id(key_id): name for key_id, name in rows}


def revoke(connection: sa.Connection, id_or_prefix: str, now: int) -> bool:
    """Revoke the key; return False when there is none, or none that still counts."""
    found = connection.scalars(
        sa.select(api_keys.c.id).where(
            sa.or_(api_keys.c.id == id_or_prefix, api_keys.c.prefix == id_or_prefix),
            api_keys.c.secret_hash.is_not(None),
            api_keys.c.revoked_at.is_(None),
        )
    ).all()
    if len(found) > 1:
        raise StoreError(f"{len(found)} keys begin with {id_or_prefix}; name one by its id.")
    if not found:
        return False
    connection.execute(sa.update(api_keys).where(api_keys.c.id == found[0]).values(revoked_at=now))
    return True


def _one(connection: sa.Connection, which: sa.ColumnElement[bool]) -> KeyRecord | None:
    row = connection.execute(
        sa.select(api_keys).where(which, api_keys.c.revoked_at.is_(None))
    ).one_or_none()
    return None if row is None else _record(**row._mapping)  # noqa: SLF001  # as above


def _ensure_project(connection: sa.Connection, name: str, now: int) -> str:
    found: str | None = connection.scalar(sa.select(projects.c.id).where(projects.c.name == name))
    if found is not None:
        return found
    project_id = new_id()
    connection.execute(sa.insert(projects).values(id=project_id, name=name, created_at=now))
    return project_id


def _hash(secret: str) -> bytes:
    # Secrets are random, so a fast hash without salt cannot be searched.
    return hashlib.sha256(secret.encode()).digest()


def _record(**columns: Any) -> KeyRecord:
    columns.pop("secret_hash", None)
    return KeyRecord(**columns, submitter_id=_submitter_id(columns["id"]))


def _submitter_id(key_id: str) -> str:
    return hashlib.sha256(key_id.encode()).hexdigest()[:24]
