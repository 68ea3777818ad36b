"""Statements about organizations, their projects and their users."""

import re
from typing import Any

import sqlalchemy as sa

from paultrap.jobs import new_id
from paultrap.store.errors import StoreError
from paultrap.store.identity import submitter_of
from paultrap.store.records import OrganizationRecord, ProjectRecord, UserRecord
from paultrap.store.tables import organizations, projects, users

__all__ = [
    "DEFAULT_ORGANIZATION",
    "DEFAULT_PROJECT",
    "check_name",
    "create_organization",
    "create_project",
    "create_user",
    "disable_user",
    "ensure_project",
    "find_user",
    "list_organizations",
    "list_projects",
    "list_users",
]

DEFAULT_ORGANIZATION = "local.paultrap"  # as migration 0007 has it
DEFAULT_PROJECT = "default"

_ORGANIZATION_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def create_organization(
    connection: sa.Connection, organization_id: str, name: str, now: int
) -> OrganizationRecord:
    """Make an organization; its id becomes a part of paths."""
    if not _ORGANIZATION_ID.fullmatch(organization_id):
        raise StoreError(
            f'an organization\'s id is letters, digits, ".", "-" and "_", such as com.example; '
            f"{organization_id!a} is not."
        )
    if _has(connection, organizations.c.id == organization_id):
        raise StoreError(f'there is an organization "{organization_id}" already.')
    check_name("an organization's name", name)
    record = OrganizationRecord(id=organization_id, name=name, created_at=now)
    connection.execute(sa.insert(organizations).values(id=record.id, name=name, created_at=now))
    return record


def list_organizations(connection: sa.Connection) -> list[OrganizationRecord]:
    """Return all organizations, oldest first."""
    rows = connection.execute(sa.select(organizations).order_by(organizations.c.created_at))
    return [OrganizationRecord(**_columns(row)) for row in rows]


def create_project(
    connection: sa.Connection, name: str, organization_id: str, now: int
) -> ProjectRecord:
    """Make a project; names are unique on a server."""
    check_name("a project's name", name)
    _check_organization(connection, organization_id)
    if _has(connection, projects.c.name == name):
        raise StoreError(f'there is a project "{name}" already.')
    record = ProjectRecord(id=new_id(), name=name, organization_id=organization_id, created_at=now)
    connection.execute(
        sa.insert(projects).values(
            id=record.id, name=name, organization_id=organization_id, created_at=now
        )
    )
    return record


def ensure_project(connection: sa.Connection, name: str, now: int) -> ProjectRecord:
    """Return the project of this name; it is made, in the default organization, if missing."""
    found = connection.execute(sa.select(projects).where(projects.c.name == name)).one_or_none()
    if found is not None:
        return ProjectRecord(**_columns(found))
    return create_project(connection, name, DEFAULT_ORGANIZATION, now)


def list_projects(connection: sa.Connection) -> list[ProjectRecord]:
    """Return all projects, oldest first."""
    rows = connection.execute(sa.select(projects).order_by(projects.c.id))
    return [ProjectRecord(**_columns(row)) for row in rows]


def create_user(  # noqa: PLR0913, PLR0917  # the columns
    connection: sa.Connection,
    email: str,
    first_name: str,
    last_name: str,
    organization_id: str,
    now: int,
) -> UserRecord:
    """Make a user; addresses are unique on a server, whatever their case."""
    _check_organization(connection, organization_id)
    email = email.lower()
    for what, each in (("first", first_name), ("last", last_name)):
        check_name(f"a user's {what} name", each, may_be_empty=True)
    if not (_EMAIL.fullmatch(email) and email.isprintable()):
        raise StoreError(f"{email!a} is no e-mail address.")
    if _has(connection, users.c.email == email):
        raise StoreError(f"there is a user {email} already.")
    columns = {
        "id": new_id(),
        "organization_id": organization_id,
        "email": email,
        "first_name": first_name,
        "last_name": last_name,
        "created_at": now,
        "disabled_at": None,
    }
    connection.execute(sa.insert(users).values(**columns))
    return _user(columns)


def find_user(connection: sa.Connection, email: str) -> UserRecord | None:
    """Return the user with this address, or None."""
    query = sa.select(users).where(users.c.email == email.lower())
    row = connection.execute(query).one_or_none()
    return None if row is None else _user(_columns(row))


def list_users(connection: sa.Connection, organization_id: str | None) -> list[UserRecord]:
    """Return all users, or those of one organization, oldest first."""
    query = sa.select(users).order_by(users.c.id)
    if organization_id is not None:
        query = query.where(users.c.organization_id == organization_id)
    return [_user(_columns(row)) for row in connection.execute(query)]


def disable_user(connection: sa.Connection, email: str, now: int) -> bool:
    """Let none of a user's keys count; return False when there is no such user who could."""
    done = connection.execute(
        sa.update(users)
        .where(users.c.email == email.lower(), users.c.disabled_at.is_(None))
        .values(disabled_at=now)
    )
    return done.rowcount == 1


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
    if not _has(connection, organizations.c.id == organization_id):
        raise StoreError(
            f'there is no organization "{organization_id}"; '
            "`paultrap organizations list` shows them."
        )


def _has(connection: sa.Connection, which: sa.ColumnElement[bool]) -> bool:
    return connection.scalar(sa.select(sa.literal(1)).where(which)) is not None


def _user(columns: dict[str, Any]) -> UserRecord:
    return UserRecord(**columns, submitter_id=submitter_of(columns["id"]))


def _columns(row: sa.Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
