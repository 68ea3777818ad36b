"""Statements about who submits the jobs of an organization: users, and keys that are nobody's."""

import hashlib

import sqlalchemy as sa

from paultrap.store.records import MemberRecord
from paultrap.store.tables import api_keys, projects, users


def members(connection: sa.Connection, organization_id: str) -> list[MemberRecord]:
    """Return an organization's users, oldest first, and then its keys without a user."""
    found = connection.execute(
        sa.select(users).where(users.c.organization_id == organization_id).order_by(users.c.id)
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
        .order_by(api_keys.c.id)
    )
    return people + [
        MemberRecord(submitter_id=submitter_of(key_id), name=name) for key_id, name in keys
    ]


def submitter_of(owner_id: str) -> str:
    """Return 24 hexadecimal digits that name a key or a user without revealing the id."""
    return hashlib.sha256(owner_id.encode()).hexdigest()[:24]
