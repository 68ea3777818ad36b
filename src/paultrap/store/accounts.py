"""`Accounts`: organizations, their projects and their users."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import new_id
from paultrap.store.database import Database
from paultrap.store.errors import OrganizationNotFoundError, StoreError
from paultrap.store.records import MemberRecord, OrganizationRecord, ProjectRecord, UserRecord
from paultrap.store.tables import api_keys, organizations, projects, users
from paultrap.store.texts import storable

DEFAULT_ORGANIZATION = "local.paultrap"  # as migration 0007 has it
DEFAULT_PROJECT = "default"

_ORGANIZATION_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Accounts:
    """The organizations, projects and users of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_organization(self, organization_id: str, name: str = "") -> OrganizationRecord:
        """Make an organization.

        Args:
            organization_id: Such as `com.example`; it becomes a part of paths.
            name: The name that people see; the id where it is None.

        Raises:
            StoreError: There is one of this id, or it cannot be one.
        """
        if not _ORGANIZATION_ID.fullmatch(organization_id):
            raise StoreError(
                f'an organization\'s id is letters, digits, ".", "-" and "_", such as com.example; '
                f"{organization_id!a} is not."
            )
        name = name or organization_id
        check_name("an organization's name", name)
        record = OrganizationRecord(id=organization_id, name=name, created_at=self._database.now())

        def insert(connection: sa.Connection) -> OrganizationRecord:
            if _has(connection, organizations.c.id == organization_id):
                raise StoreError(f'there is an organization "{organization_id}" already.')
            connection.execute(sa.insert(organizations).values(**asdict(record)))
            return record

        return self._database.change(insert)

    def get_organization(self, organization_id: str) -> OrganizationRecord | None:
        """Return an organization, or None."""
        if not storable(organization_id):
            return None
        query = sa.select(organizations).where(organizations.c.id == organization_id)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else OrganizationRecord(**row._asdict())

    def list_organizations(self) -> list[OrganizationRecord]:
        """Return all organizations, oldest first."""
        query = sa.select(organizations).order_by(organizations.c.created_at)
        with self._database.read() as connection:
            return [OrganizationRecord(**row._asdict()) for row in connection.execute(query)]

    def create_project(
        self, name: str, organization_id: str = DEFAULT_ORGANIZATION
    ) -> ProjectRecord:
        """Make a project; names are unique on a server.

        Raises:
            StoreError: There is one of this name, or no such organization.
        """
        now = self._database.now()

        def insert(connection: sa.Connection) -> ProjectRecord:
            return _create_project(connection, name, organization_id, now)

        return self._database.change(insert)

    def list_projects(self) -> list[ProjectRecord]:
        """Return all projects, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(projects).order_by(projects.c.created_at, projects.c.id)
            )
            return [ProjectRecord(**row._asdict()) for row in rows]

    def create_user(
        self,
        email: str,
        first_name: str = "",
        last_name: str = "",
        organization_id: str = DEFAULT_ORGANIZATION,
    ) -> UserRecord:
        """Make a user; addresses are unique on a server, whatever their case.

        Raises:
            StoreError: There is one with this address, or no such organization.
        """
        email = email.lower()
        for what, each in (("first", first_name), ("last", last_name)):
            check_name(f"a user's {what} name", each, may_be_empty=True)
        if not (_EMAIL.fullmatch(email) and email.isprintable()):
            raise StoreError(f"{email!a} is not an e-mail address.")
        columns = {
            "id": new_id(),
            "organization_id": organization_id,
            "email": email,
            "first_name": first_name,
            "last_name": last_name,
            "created_at": self._database.now(),
            "disabled_at": None,
        }

        def insert(connection: sa.Connection) -> UserRecord:
            _check_organization(connection, organization_id)
            if _has(connection, users.c.email == email):
                raise StoreError(f"there is a user {email} already.")
            connection.execute(sa.insert(users).values(**columns))
            return _user(columns)

        return self._database.change(insert)

    def list_users(self, organization_id: str | None = None) -> list[UserRecord]:
        """Return all users, or those of one organization, oldest first."""
        query = sa.select(users).order_by(users.c.created_at, users.c.id)
        if organization_id is not None:
            query = query.where(users.c.organization_id == organization_id)
        with self._database.read() as connection:
            return [_user(row._asdict()) for row in connection.execute(query)]

    def disable_user(self, email: str) -> bool:
        """Let none of a user's keys count; return False when there is no user who could use one."""
        if not storable(email):
            return False
        which = (users.c.email == email.lower(), users.c.disabled_at.is_(None))
        return self._set_disabled(which, self._database.now())

    def enable_user(self, email: str) -> bool:
        """Let a user's keys count again; return False when no such user is disabled."""
        if not storable(email):
            return False
        which = (users.c.email == email.lower(), users.c.disabled_at.is_not(None))
        return self._set_disabled(which, None)

    def _set_disabled(self, which: Sequence[sa.ColumnElement[bool]], at: int | None) -> bool:
        statement = sa.update(users).where(*which).values(disabled_at=at)
        return self._database.change(lambda connection: connection.execute(statement).rowcount == 1)

    def members(self, organization_id: str) -> list[MemberRecord]:
        """Return who submits the jobs of an organization: its users, and keys without one."""
        with self._database.read() as connection:
            return members_of(connection, organization_id)


def _create_project(
    connection: sa.Connection, name: str, organization_id: str, now: int
) -> ProjectRecord:
    check_name("a project's name", name)
    if _has(connection, projects.c.name == name):
        raise StoreError(f'there is a project "{name}" already.')
    return _insert_project(connection, name, organization_id, now)


def _insert_project(
    connection: sa.Connection, name: str, organization_id: str, now: int
) -> ProjectRecord:
    _check_organization(connection, organization_id)
    record = ProjectRecord(id=new_id(), name=name, organization_id=organization_id, created_at=now)
    connection.execute(sa.insert(projects).values(**asdict(record)))
    return record


def ensure_project(connection: sa.Connection, name: str, now: int) -> ProjectRecord:
    """Return the project of this name; it is made, in the default organization, if missing."""
    check_name("a project's name", name)
    query = sa.select(projects).where(projects.c.name == name)
    if (found := connection.execute(query).one_or_none()) is not None:
        return ProjectRecord(**found._asdict())
    # Where another has just made it, this transaction is run again, and finds it.
    return _insert_project(connection, name, DEFAULT_ORGANIZATION, now)


def find_user(connection: sa.Connection, email: str) -> UserRecord | None:
    """Return the user with this address, or None."""
    if not storable(email):
        return None
    query = sa.select(users).where(users.c.email == email.lower())
    row = connection.execute(query).one_or_none()
    return None if row is None else _user(row._asdict())


def members_of(connection: sa.Connection, organization_id: str) -> list[MemberRecord]:
    """Return an organization's users, oldest first, and then its keys without a user."""
    found = connection.execute(
        sa.select(users)
        .where(users.c.organization_id == organization_id)
        .order_by(users.c.created_at, users.c.id)
    )
    people = [
        MemberRecord(
            submitter_id=submitter_of(user.id),
            name=f"{user.first_name} {user.last_name}".strip() or user.email,
            email=user.email,
            first_name=user.first_name,
            last_name=user.last_name,
        )
        for user in found
    ]
    keys = connection.execute(
        sa.select(api_keys.c.id, api_keys.c.name)
        .join(projects, projects.c.id == api_keys.c.project_id)
        .where(projects.c.organization_id == organization_id, api_keys.c.user_id.is_(None))
        .order_by(api_keys.c.created_at, api_keys.c.id)
    )
    return people + [
        MemberRecord(submitter_id=submitter_of(key_id), name=name) for key_id, name in keys
    ]


def submitter_of(owner_id: str) -> str:
    """Return the 24 hexadecimal digits under which a key or a user submits."""
    return hashlib.sha256(owner_id.encode()).hexdigest()[:24]


def check_name(what: str, name: str, *, may_be_empty: bool = False) -> None:
    """Refuse names that lists cannot show on a line.

    Raises:
        StoreError: It is blank, or has a letter that cannot be printed, such as a line's end.
    """
    if not (name.strip() or (may_be_empty and not name)):
        raise StoreError(f"{what} is empty; give it a letter at least.")
    if not name.isprintable():
        raise StoreError(f"{what} has letters that cannot be printed: {name!a}.")


def _check_organization(connection: sa.Connection, organization_id: str) -> None:
    if not storable(organization_id) or not _has(connection, organizations.c.id == organization_id):
        raise OrganizationNotFoundError(organization_id)


def _has(connection: sa.Connection, which: sa.ColumnElement[bool]) -> bool:
    return connection.scalar(sa.select(sa.literal(1)).where(which)) is not None


def _user(columns: dict[str, Any]) -> UserRecord:
    return UserRecord(**columns, submitter_id=submitter_of(columns["id"]))
