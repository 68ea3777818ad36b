"""`paultrap organizations`, `projects` and `users` work on a data directory."""

import pytest


@pytest.fixture
def run(paultrap, tmp_path):
    """Run a command on one data directory; return the fields of the lines that it prints."""

    def call(*words):
        done = paultrap(*words, "--data-dir", tmp_path / "data")
        assert done.code == 0, done
        return [line.split("  ") for line in done.out.splitlines()]

    return call


def fields(line):
    return [field.strip() for field in line if field.strip()]


def test_organizations_projects_and_users_are_made_and_listed(run):
    run("organizations", "create", "com.example", "--name", "The laboratory")
    run("projects", "create", "trap", "--organization", "com.example")
    names = ("--first-name", "Ada", "--last-name", "L.")
    run("users", "create", "ada@example.com", *names, "--organization", "com.example")

    organizations = [fields(line)[:2] for line in run("organizations", "list")]
    projects = [fields(line)[1:3] for line in run("projects", "list")]
    users = [fields(line)[:3] for line in run("users", "list")]

    assert organizations[1:] == [["local.paultrap", "default"], ["com.example", "The laboratory"]]
    assert projects[1:] == [["default", "local.paultrap"], ["trap", "com.example"]]
    assert users[1:] == [["ada@example.com", "Ada L.", "com.example"]]


def test_projects_and_users_are_listed_by_organization(run):
    run("organizations", "create", "com.example")
    run("projects", "create", "trap", "--organization", "com.example")
    run("users", "create", "ada@example.com", "--organization", "com.example")
    run("users", "create", "bob@example.com")

    def listed(what, organization):
        return [
            line[0:3] for line in map(fields, run(what, "list", "--organization", organization))
        ]

    assert [line[1] for line in listed("projects", "com.example")] == ["name", "trap"]
    assert [line[1] for line in listed("projects", "local.paultrap")] == ["name", "default"]
    assert [line[0] for line in listed("users", "com.example")] == ["email", "ada@example.com"]
    assert [line[0] for line in listed("users", "local.paultrap")] == ["email", "bob@example.com"]


def test_a_user_is_disabled_and_enabled(run):
    run("users", "create", "ada@example.com")
    assert run("users", "list")[1][-1].count("UTC") == 1

    run("users", "disable", "ada@example.com")

    assert " ".join(run("users", "list")[1]).count("UTC") == 2

    run("users", "enable", "ada@example.com")

    assert run("users", "list")[1][-1].count("UTC") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("organizations", "create", "com/example"), "com.example"),
        (("projects", "create", "default"), "already"),
        (("projects", "create", "p", "--organization", "none"), "organizations list"),
        (("projects", "create", " "), "empty"),
        (("projects", "create", "two\nlines"), "cannot be printed"),
        (("projects", "list", "--organization", "none"), "organizations list"),
        (("users", "list", "--organization", "none"), "organizations list"),
        (("users", "create", "ada"), "e-mail"),
        (("users", "create", "a@b\nc"), "e-mail"),
        (("organizations", "create", "a\nc"), "such as com.example"),
        (("users", "disable", "eve@example.com"), "users list"),
        (("users", "enable", "eve@example.com"), "users list"),
    ],
)
def test_a_refusal_is_one_line(paultrap, tmp_path, words, said):
    folder = ("--data-dir", tmp_path / "data")
    paultrap("keys", "create", *folder)
    assert said in paultrap(*words, *folder).complaint()
