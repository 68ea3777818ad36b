"""Organizations, projects and users: who they are, and which keys count."""

import hashlib
import re
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from harness.jobs import file_of
from harness.schemas import go_back
from hypothesis import given
from hypothesis import strategies as st

from paultrap.store import Role, Store, StoreError
from paultrap.store.accounts import check_name

DEFAULT = "local.paultrap"


def test_a_new_store_has_one_organization_with_one_project(store):
    (organization,) = store.accounts.list_organizations()
    (project,) = store.accounts.list_projects()

    assert (organization.id, organization.name) == (DEFAULT, "default")
    assert (project.name, project.organization_id) == ("default", DEFAULT)
    assert store.accounts.list_users() == []


def test_what_is_made_is_listed_in_order(store, clock):
    lab = store.accounts.create_organization("com.example", "The laboratory")
    projects = [store.accounts.create_project(name, "com.example") for name in ("one", "two")]
    ada = store.accounts.create_user("Ada@example.com", "Ada", "L.", "com.example")
    bob = store.accounts.create_user("bob@here")

    assert store.accounts.list_organizations()[1:] == [lab]
    assert store.accounts.list_projects()[1:] == projects
    assert store.accounts.list_users() == [ada, bob]
    assert store.accounts.list_users("com.example") == [ada]
    assert (ada.email, ada.first_name, ada.last_name) == ("ada@example.com", "Ada", "L.")
    assert (ada.created_at, ada.disabled_at) == (clock.now, None)
    assert bob.organization_id == DEFAULT


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda store: store.accounts.create_organization("com.example"), "already"),
        (lambda store: store.accounts.create_organization("com/example"), "com.example"),
        (lambda store: store.accounts.create_organization(""), "letters"),
        (lambda store: store.accounts.create_project("default"), "already"),
        (lambda store: store.accounts.create_project("p", "org.none"), '"org.none"'),
        (lambda store: store.accounts.create_user("ADA@example.com"), "already"),
        (lambda store: store.accounts.create_project(" "), "project's name is empty"),
        (lambda store: store.accounts.create_project("two\nlines"), "cannot be printed"),
        (
            lambda store: store.accounts.create_organization("org.example", "bell\a"),
            "cannot be printed",
        ),
        (lambda store: store.keys.create("\t"), "key's name is empty"),
        (lambda store: store.keys.create("key", "a\0b"), "cannot be printed"),
        (lambda store: store.accounts.create_user("eve@example.com", "E\nve"), "first name"),
        (lambda store: store.accounts.create_user("eve@example.com", last_name=" "), "last name"),
        (
            lambda store: store.accounts.create_user("eve@exam\x07ple.com"),
            "is not an e-mail address",
        ),
        (lambda store: store.accounts.create_user("ada"), "is not an e-mail address"),
        (
            lambda store: store.accounts.create_user("eve@example.com", organization_id="org.none"),
            "none",
        ),
    ],
)
def test_what_cannot_be_made_leaves_nothing(store, make, said):
    store.accounts.create_organization("com.example")
    store.accounts.create_user("ada@example.com")

    def everything():
        known = (
            store.accounts.list_organizations(),
            store.accounts.list_projects(),
            store.accounts.list_users(),
        )
        return *known, store.keys.list_all()

    before = everything()

    with pytest.raises(StoreError, match=said):
        make(store)

    assert everything() == before


@given(st.text())
def test_a_name_that_is_taken_is_one_line_that_can_be_read(name):
    refusal = None
    try:
        check_name("a name", name)
    except StoreError as error:
        refusal = str(error)

    if refusal is None:
        assert f"[{name}]".splitlines() == [f"[{name}]"]
        assert name.strip()
        assert name.encode().decode() == name
    else:
        assert refusal.isprintable()


def test_the_keys_of_a_user_submit_alike(store):
    ada = store.accounts.create_user("ada@example.com")
    _, one = store.keys.create("laptop", user="ada@example.com")
    _, two = store.keys.create("cluster", "another", user="ADA@example.com", role=Role.VIEWER)
    _, nobodys = store.keys.create("robot")

    assert one.submitter_id == two.submitter_id == ada.submitter_id != nobodys.submitter_id
    assert re.fullmatch(r"[0-9a-f]{24}", ada.submitter_id)
    assert one.user_id == two.user_id == ada.id
    assert (one.role, two.role, nobodys.role) == (Role.MEMBER, Role.VIEWER, Role.MEMBER)
    assert nobodys.user_id is None


def test_a_key_is_of_its_projects_organization(store):
    store.accounts.create_organization("com.example")
    store.accounts.create_project("trap", "com.example")
    secret, key = store.keys.create("laptop", "trap", role=Role.ADMIN)

    found = store.keys.find(secret)

    assert found == key
    assert (found.organization_id, found.role) == ("com.example", Role.ADMIN)
    assert store.keys.find_open("x").organization_id == DEFAULT


def test_a_disabled_users_keys_count_no_more(store, clock):
    store.accounts.create_user("ada@example.com")
    secret, _ = store.keys.create("laptop", user="ada@example.com")
    other, _ = store.keys.create("robot")

    assert store.accounts.disable_user("Ada@example.com")

    assert store.keys.find(secret) is None
    assert store.keys.find(other) is not None
    assert store.accounts.list_users()[0].disabled_at == clock.now
    assert not store.accounts.disable_user("ada@example.com")
    assert not store.accounts.disable_user("nobody@example.com")
    with pytest.raises(StoreError, match="disabled"):
        store.keys.create("another", user="ada@example.com")


@pytest.mark.parametrize(
    ("user", "said"), [("eve@example.com", "no user eve"), ("bob@elsewhere", "org.elsewhere")]
)
def test_a_key_is_not_made_for_a_user_of_elsewhere(store, user, said):
    store.accounts.create_organization("org.elsewhere")
    store.accounts.create_user("bob@elsewhere", organization_id="org.elsewhere")

    with pytest.raises(StoreError, match=said):
        store.keys.create("key", "new project", user=user)

    assert store.keys.list_all() == []
    assert [project.name for project in store.accounts.list_projects()] == ["default"]


@pytest.mark.engine("sqlite")
def test_keys_and_projects_of_earlier_releases_are_members_of_the_default(store, open_store):
    secret, key = store.keys.create("old", "theirs")
    store.close()
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        go_back(connection, "0006")

    again = open_store()

    assert again.keys.find(secret) == key
    assert (key.organization_id, key.role) == (DEFAULT, Role.MEMBER)
    assert {project.organization_id for project in again.accounts.list_projects()} == {DEFAULT}


@pytest.mark.parametrize("revision", ["0001", "0005", "0006"])
def test_databases_that_were_made_by_earlier_releases_are_opened(tmp_path, revision):
    path = tmp_path / "paultrap.db"
    secret = "pt_an-old-secret"
    config = Config()
    config.set_main_option("script_location", "paultrap.store:migrations")
    with sa.create_engine(f"sqlite:///{path}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for project in ("default", "theirs"):
            connection.execute(sa.text("INSERT INTO projects VALUES (:p, :p, 1)"), {"p": project})
        digest = hashlib.sha256(secret.encode()).digest()
        connection.execute(
            sa.text(
                "INSERT INTO api_keys VALUES ('key', 'theirs', 'old', 'pt_an-old-s', :d, 1, NULL)"
            ),
            {"d": digest},
        )

    with closing(Store.open(path)) as store:
        key = store.keys.find(secret)
        projects = store.accounts.list_projects()
        store.accounts.create_organization("com.example")
        store.accounts.create_user("ada@example.com", organization_id="com.example")

    assert (key.id, key.project_id, key.name) == ("key", "theirs", "old")
    assert (key.organization_id, key.user_id, key.role) == (DEFAULT, None, Role.MEMBER)
    assert key.submitter_id == hashlib.sha256(b"key").hexdigest()[:24]
    assert [(each.name, each.organization_id) for each in projects] == [
        ("default", DEFAULT),
        ("theirs", DEFAULT),
    ]
