"""`paultrap keys`: the API keys of a data directory, which need no running server."""

from dataclasses import dataclass

from cyclopts import Parameter

from paultrap.cli.errors import CommandError
from paultrap.cli.flags import DatabaseFlags
from paultrap.cli.stores import data_of
from paultrap.cli.tables import day_of, print_table
from paultrap.store import Accounts, Role


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Scope:
    """What a key may do, and where.

    Attributes:
        project: The name of the project whose jobs it sees.
        organization: The id of the organization that the project has to be of; any without a value.
        user: The e-mail address of the user whose key it is.
        role: viewer reads what is in its project; member submits, cancels and deletes there;
            admin reads the usage of its organization too.
    """

    project: str = "default"
    organization: str | None = None
    user: str | None = None
    role: Role = Role.MEMBER


def create(
    name: str = "default", *, scope: Scope | None = None, place: DatabaseFlags | None = None
) -> None:
    """Make a key; it is shown this once.

    Args:
        name: The name of the key.
        scope: What it may do, and where.
        place: The database of the server.
    """
    scope = scope or Scope()
    with data_of(place, make=True) as store:
        _check_project(store.accounts, scope.project, scope.organization)
        secret, _ = store.keys.create(name, scope.project, user=scope.user, role=scope.role)
    print(secret)  # noqa: T201 - what a script reads


def _check_project(accounts: Accounts, name: str, organization: str | None) -> None:
    found = {each.name: each.organization_id for each in accounts.list_projects()}
    if name not in found:
        raise CommandError(f'there is no project "{name}"; `paultrap projects create` makes one.')
    if organization not in {None, found[name]}:
        raise CommandError(
            f'the project "{name}" is of the organization "{found[name]}", not of '
            f'"{organization}"; `paultrap projects list` shows them.'
        )


def list_keys(*, place: DatabaseFlags | None = None) -> None:
    """List the keys by name and first characters; a whole key is never shown again.

    Args:
        place: The database of the server.
    """
    with data_of(place) as store:
        keys = store.keys.list_all()
        projects = {each.id: each.name for each in store.accounts.list_projects()}
        users = {each.id: each.email for each in store.accounts.list_users()}
    print_table(
        ("id", "name", "starts with", "project", "user", "role", "created", "revoked"),
        [
            (
                key.id,
                key.name,
                key.prefix,
                projects[key.project_id],
                users.get(key.user_id or "", ""),
                key.role,
                day_of(key.created_at),
                day_of(key.revoked_at),
            )
            for key in keys
        ],
    )


def revoke(key: str, *, place: DatabaseFlags | None = None) -> None:
    """Revoke a key; a running server refuses it within seconds.

    Args:
        key: Its id, or the characters it starts with.
        place: The database of the server.
    """
    with data_of(place) as store:
        if not store.keys.revoke(key):
            raise CommandError(f"no key {key}; `paultrap keys list` shows them.")
    print(f"revoked {key}")  # noqa: T201
