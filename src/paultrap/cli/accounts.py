"""`paultrap organizations`, `projects` and `users`: whom the keys of a data directory are for."""

from paultrap.cli.errors import CommandError
from paultrap.cli.flags import DatabaseFlags
from paultrap.cli.stores import data_of
from paultrap.cli.tables import day_of, print_table
from paultrap.store import DEFAULT_ORGANIZATION, Accounts, OrganizationNotFoundError


def create_organization(
    organization_id: str, *, name: str = "", place: DatabaseFlags | None = None
) -> None:
    """Make an organization, which projects and users are of.

    Args:
        organization_id: What clients call it, such as com.example.
        name: Name for people; the id without a value.
        place: The database of the server.
    """
    with data_of(place, make=True) as store:
        print(store.accounts.create_organization(organization_id, name).id)  # noqa: T201


def list_organizations(*, place: DatabaseFlags | None = None) -> None:
    """List the organizations.

    Args:
        place: The database of the server.
    """
    with data_of(place) as store:
        found = store.accounts.list_organizations()
    print_table(
        ("id", "name", "created"),
        [(each.id, each.name, day_of(each.created_at)) for each in found],
    )


def create_project(
    name: str, *, organization: str = DEFAULT_ORGANIZATION, place: DatabaseFlags | None = None
) -> None:
    """Make a project; its keys see its jobs and no others.

    Args:
        name: The name of the project.
        organization: The id of its organization.
        place: The database of the server.
    """
    with data_of(place, make=True) as store:
        print(store.accounts.create_project(name, organization).id)  # noqa: T201


def list_projects(*, organization: str | None = None, place: DatabaseFlags | None = None) -> None:
    """List the projects.

    Args:
        organization: The id of the one whose projects are listed; all without a value.
        place: The database of the server.
    """
    with data_of(place) as store:
        _check_organization(store.accounts, organization)
        found = store.accounts.list_projects()
    print_table(
        ("id", "name", "organization", "created"),
        [
            (each.id, each.name, each.organization_id, day_of(each.created_at))
            for each in found
            if organization in {None, each.organization_id}
        ],
    )


def create_user(
    email: str,
    *,
    first_name: str = "",
    last_name: str = "",
    organization: str = DEFAULT_ORGANIZATION,
    place: DatabaseFlags | None = None,
) -> None:
    """Make a user; jobs and usage of all of a user's keys are counted together.

    Args:
        email: The address that names the user.
        first_name: First name, for reports.
        last_name: Last name, for reports.
        organization: The id of the organization that the user is of.
        place: The database of the server.
    """
    with data_of(place, make=True) as store:
        print(store.accounts.create_user(email, first_name, last_name, organization).id)  # noqa: T201


def list_users(*, organization: str | None = None, place: DatabaseFlags | None = None) -> None:
    """List the users.

    Args:
        organization: The id of the one whose users are listed; all without a value.
        place: The database of the server.
    """
    with data_of(place) as store:
        _check_organization(store.accounts, organization)
        found = store.accounts.list_users(organization)
    print_table(
        ("email", "name", "organization", "submitter id", "created", "disabled"),
        [
            (
                each.email,
                f"{each.first_name} {each.last_name}".strip(),
                each.organization_id,
                each.submitter_id,
                day_of(each.created_at),
                day_of(each.disabled_at),
            )
            for each in found
        ],
    )


def disable_user(email: str, *, place: DatabaseFlags | None = None) -> None:
    """Refuse all keys of a user from now on; a running server does so within seconds.

    Args:
        email: The user's address.
        place: The database of the server.
    """
    with data_of(place) as store:
        _told(email, "disabled", "not disabled", is_done=store.accounts.disable_user(email))


def enable_user(email: str, *, place: DatabaseFlags | None = None) -> None:
    """Take the keys of a user who was disabled again; those that were revoked stay revoked.

    Args:
        email: The user's address.
        place: The database of the server.
    """
    with data_of(place) as store:
        _told(email, "enabled", "disabled", is_done=store.accounts.enable_user(email))


def _told(email: str, done: str, wanted: str, *, is_done: bool) -> None:
    """Print what was done to a user.

    Raises:
        CommandError: No user with this email is in the state that this is done to.
    """
    if not is_done:
        raise CommandError(f"no user {email} who is {wanted}; `paultrap users list` shows them.")
    print(f"{done} {email}")  # noqa: T201


def _check_organization(accounts: Accounts, wanted: str | None) -> None:
    if wanted is not None and wanted not in {each.id for each in accounts.list_organizations()}:
        raise OrganizationNotFoundError(wanted)
