"""`paultrap keys` works on a data directory, beside a server or without one."""

import pytest


def test_a_key_is_made_listed_and_revoked(paultrap, tmp_path):
    folder = ("--data-dir", tmp_path / "data")
    made = paultrap("keys", "create", "laptop", *folder)
    assert made.code == 0
    (secret,) = made.out.split()
    heading, row = paultrap("keys", "list", *folder).out.splitlines()
    assert heading.split() == [
        "id",
        "name",
        "starts",
        "with",
        "project",
        "user",
        "role",
        "created",
        "revoked",
    ]
    key_id, name, prefix, *_ = row.split()
    assert name == "laptop"
    assert secret.startswith(prefix)
    assert secret not in row
    assert row.count("UTC") == 1

    revoked = paultrap("keys", "revoke", key_id, *folder)
    assert (revoked.code, revoked.out) == (0, f"revoked {key_id}\n")
    assert paultrap("keys", "list", *folder).out.splitlines()[1].count("UTC") == 2


def test_an_unknown_key_is_one_line(paultrap, tmp_path):
    paultrap("keys", "create", "--data-dir", tmp_path / "data")
    done = paultrap("keys", "revoke", "pt_nothing", "--data-dir", tmp_path / "data")
    assert "pt_nothing" in done.complaint()


@pytest.mark.parametrize("words", [("list",), ("revoke", "pt_nothing")])
def test_a_mistyped_folder_is_one_line_and_is_not_made(paultrap, tmp_path, words):
    done = paultrap("keys", *words, "--data-dir", tmp_path / "mistyped")
    assert "mistyped" in done.complaint()
    assert not (tmp_path / "mistyped").exists()


def test_a_folder_that_is_a_file_is_one_line(paultrap, tmp_path):
    (tmp_path / "file").touch()
    assert "--data-dir" in paultrap("keys", "create", "--data-dir", tmp_path / "file").complaint()


def test_keys_are_made_for_a_running_server(paultrap, server):
    made = paultrap("keys", "create", "beside", "--data-dir", server.data_dir)
    (secret,) = made.out.split()
    listed = paultrap("jobs", "--url", server.url, "--key", secret)
    assert listed.code == 0


def test_a_setting_that_cannot_be_is_one_line(paultrap):
    assert "PAULTRAP_PORT: expected" in paultrap("keys", "list", PAULTRAP_PORT="many").complaint()


def test_a_key_is_for_a_project_a_user_and_a_role(paultrap, tmp_path):
    folder = ("--data-dir", tmp_path / "data")
    paultrap("projects", "create", "trap", *folder)
    paultrap("users", "create", "ada@example.com", *folder)
    of = ("--project", "trap", "--user", "ada@example.com", "--role", "viewer")
    of += ("--organization", "local.paultrap")

    assert paultrap("keys", "create", "laptop", *of, *folder).code == 0

    row = paultrap("keys", "list", *folder).out.splitlines()[1]
    assert row.split()[3:6] == ["trap", "ada@example.com", "viewer"]


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (("--project", "none"), "paultrap projects create"),
        (("--user", "eve@example.com"), "paultrap users create"),
        (("--organization", "com.example"), 'of the organization "local.paultrap"'),
        (("--organization", ""), "paultrap projects list"),
    ],
)
def test_a_key_for_what_is_not_there_is_one_line(paultrap, tmp_path, of, said):
    folder = ("--data-dir", tmp_path / "data")
    assert said in paultrap("keys", "create", "laptop", *of, *folder).complaint()
    assert len(paultrap("keys", "list", *folder).out.splitlines()) == 1


def test_a_database_elsewhere_is_the_one_that_is_named(paultrap, tmp_path):
    place = tmp_path / "else where" / "100% mine?.db"
    missing = paultrap("keys", "list", PAULTRAP_DATABASE=str(place))
    assert str(place) in missing.complaint()

    assert paultrap("keys", "create", "laptop", PAULTRAP_DATABASE=str(place)).code == 0
    assert place.exists()
    assert (
        "laptop"
        in paultrap(
            "keys",
            "list",
            PAULTRAP_DATABASE=f"sqlite:///{place}".replace("%", "%25").replace("?", "%3F"),
        ).out
    )


@pytest.mark.parametrize("command", ["keys", "projects", "users", "organizations"])
def test_a_flag_takes_precedence_over_a_variable(paultrap, tmp_path, command):
    folder, named, other = (tmp_path / name for name in ("folder", "named.db", "variable.db"))
    assert paultrap("keys", "create", "in-folder", "--data-dir", folder).code == 0
    assert paultrap("keys", "create", "in-named", "--database", named).code == 0
    of_folder = paultrap(command, "list", "--data-dir", folder, PAULTRAP_DATABASE=str(other))
    assert of_folder.code == 0, of_folder.error
    of_named = paultrap(command, "list", "--database", named, "--data-dir", folder)
    assert of_named.code == 0, of_named.error
    if command == "keys":
        assert "in-folder" in of_folder.out
        assert "in-named" in of_named.out
    assert str(other) in paultrap(command, "list").complaint()
    assert not other.exists()
