"""`Keys`: API keys, of which only a hash is kept."""

import hashlib
import secrets
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import new_id
from paultrap.store import checksums
from paultrap.store.accounts import (
    DEFAULT_PROJECT,
    check_name,
    ensure_project,
    find_user,
    submitter_of,
)
from paultrap.store.database import Database
from paultrap.store.errors import StoreError, UserNotFoundError
from paultrap.store.records import KeyRecord, ProjectRecord, Role, UserRecord
from paultrap.store.tables import api_keys, projects, users
from paultrap.store.texts import storable

_SCHEME = "pt_"
_SECRET_BYTES = 24
_SHOWN = 11  # characters of a secret that lists show: the scheme and eight more

_KEYS = sa.select(
    *(column for column in api_keys.c if column.name not in {"secret_hash", "checksum"}),
    projects.c.organization_id,
).join(projects, projects.c.id == api_keys.c.project_id)
_OF_NOBODY_DISABLED = api_keys.c.user_id.not_in(
    sa.select(users.c.id).where(users.c.disabled_at.is_not(None))
)


class Keys:
    """The API keys of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        name: str,
        project: str = DEFAULT_PROJECT,
        *,
        user: str | None = None,
        role: Role = Role.MEMBER,
    ) -> tuple[str, KeyRecord]:
        """Return the secret of a new key, which is not kept and cannot be shown again, and it.

        Args:
            name: The name that the owner gives the key.
            project: The name of its project, which is made where it is missing.
            user: The address of its user; without one the key itself is the submitter.
            role: The role, which says what the key may do.

        Raises:
            StoreError: There is no such user, or it is of another organization or disabled; or a
                name cannot be shown.
        """
        check_name("a key's name", name)
        now = self._database.now()
        secret = _SCHEME + secrets.token_urlsafe(_SECRET_BYTES)

        def insert(connection: sa.Connection) -> KeyRecord:
            found = ensure_project(connection, project, now)
            owner = None if user is None else _owner(connection, user, found)
            values = {
                "id": new_id(),
                "project_id": found.id,
                "user_id": None if owner is None else owner.id,
                "role": role,
                "name": name,
                "prefix": secret[:_SHOWN],
                "created_at": now,
                "revoked_at": None,
            }
            checksums.insert(connection, api_keys, [{**values, "secret_hash": _hash(secret)}])
            return _record(**values, organization_id=found.organization_id)

        return secret, self._database.change(insert)

    def list_all(self) -> list[KeyRecord]:
        """Return all keys that were made, revoked ones too, oldest first."""
        query = _KEYS.where(api_keys.c.secret_hash.is_not(None)).order_by(
            api_keys.c.created_at, api_keys.c.id
        )
        with self._database.read() as connection:
            return [_record(**row._asdict()) for row in connection.execute(query)]

    def find(self, secret: str) -> KeyRecord | None:
        """Return the key with this secret; None when it is revoked or its user is disabled."""
        with self._database.damage.watch(), self._database.read() as connection:
            return _one(connection, api_keys.c.secret_hash == _hash(secret))

    def find_open(self, secret: str) -> KeyRecord | None:
        """Return the default project's key that any secret but an empty one opens."""
        if not secret:
            return None
        with self._database.damage.watch(), self._database.read() as connection:
            return _open_key(connection)

    def revoke(self, id_or_prefix: str) -> bool:
        """Revoke a key; return False when there is none, or it was revoked already.

        Raises:
            StoreError: Several keys have this prefix.
        """
        named = sa.select(api_keys.c.id).where(
            sa.or_(api_keys.c.id == id_or_prefix, api_keys.c.prefix == id_or_prefix),
            api_keys.c.secret_hash.is_not(None),
            api_keys.c.revoked_at.is_(None),
        )
        if not storable(id_or_prefix):
            return False
        revoked = {"revoked_at": self._database.now()}

        def change(connection: sa.Connection) -> bool:
            found = connection.scalars(named).all()
            if len(found) > 1:
                raise StoreError(
                    f"{len(found)} keys begin with {id_or_prefix}; name one by its id."
                )
            if found:
                checksums.change(connection, api_keys, revoked, api_keys.c.id == found[0])
            return bool(found)

        return self._database.change(change)


def ensure_open_key(connection: sa.Connection, now: int) -> None:
    """Make the default project and its key of open access where they are missing."""
    project_id = ensure_project(connection, DEFAULT_PROJECT, now).id
    if _open_key(connection) is None:
        key = {"id": new_id(), "project_id": project_id, "name": "open", "role": Role.MEMBER}
        checksums.insert(connection, api_keys, [{**key, "prefix": "", "created_at": now}])


def _owner(connection: sa.Connection, email: str, project: ProjectRecord) -> UserRecord:
    owner = find_user(connection, email)
    if owner is None:
        raise UserNotFoundError(email)
    if owner.disabled_at is not None:
        raise StoreError(f"the user {email} is disabled.")
    if owner.organization_id != project.organization_id:
        raise StoreError(
            f'the user {email} is of the organization "{owner.organization_id}", the project '
            f'"{project.name}" of "{project.organization_id}".'
        )
    return owner


def _open_key(connection: sa.Connection) -> KeyRecord | None:
    return _one(connection, api_keys.c.secret_hash.is_(None))


def _one(connection: sa.Connection, which: sa.ColumnElement[bool]) -> KeyRecord | None:
    is_free = sa.or_(api_keys.c.user_id.is_(None), _OF_NOBODY_DISABLED)
    row = connection.execute(
        _KEYS.where(which, api_keys.c.revoked_at.is_(None), is_free)
    ).one_or_none()
    if row is not None:
        checksums.check(connection, api_keys, row.id)
    return None if row is None else _record(**row._asdict())


def _hash(secret: str) -> bytes:
    # Secrets are random, so a fast hash without salt cannot be searched.
    return hashlib.sha256(secret.encode()).digest()


def _record(**columns: Any) -> KeyRecord:
    submitter_id = submitter_of(columns["user_id"] or columns["id"])
    return KeyRecord(**columns, submitter_id=submitter_id)
