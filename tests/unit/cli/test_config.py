"""Where settings come from: `paultrap config show`, configuration files, and the flags of `serve`."""

import json

import pytest

from paultrap.settings import Settings


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return the user's folder for configuration, with nothing of this machine's in sight."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "paultrap"
    folder.mkdir(parents=True)
    return folder


def shown(paultrap, *words, **variables):
    done = paultrap(*words, "config", "show", "--json", **variables)
    assert done.code == 0, done.error
    return {name: tuple(each.values()) for name, each in json.loads(done.out).items()}


def test_every_setting_is_shown_with_its_origin(paultrap, home, tmp_path):
    (home / "paultrap.toml").write_text('port = 1\nworkers = 2\nallowed_hosts = ["one", "two"]\n')
    (tmp_path / "paultrap.toml").write_text("workers = 3\nmax_gates = 4\n")

    found = shown(paultrap, PAULTRAP_MAX_GATES="5")

    assert found.keys() == Settings.model_fields.keys()
    assert found["port"] == (1, str(home / "paultrap.toml"))
    assert found["workers"] == (3, str(tmp_path / "paultrap.toml"))
    assert found["max_gates"] == (5, "PAULTRAP_MAX_GATES")
    assert found["allowed_hosts"] == (["one", "two"], str(home / "paultrap.toml"))
    assert found["host"] == ("127.0.0.1", "default")


def test_people_read_a_table(paultrap, home):
    (home / "paultrap.toml").write_text("ephemeral = true\n")

    lines = paultrap("config", "show").out.splitlines()

    assert len(lines) == 1 + len(Settings.model_fields)
    assert ["ephemeral", "true", str(home / "paultrap.toml")] in [line.split() for line in lines]


def test_a_folder_that_cannot_be_looked_into_has_no_settings(paultrap, monkeypatch, tmp_path):
    # A name that is too long fails for every user; a folder without permission not for root.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ("x" * 300)))

    assert shown(paultrap)["port"] == (8080, "default")


@pytest.mark.parametrize("words", [("--config", "mine.toml"), ()])
def test_a_file_that_is_named_is_read_alone(process, home, tmp_path, monkeypatch, words):
    (home / "paultrap.toml").write_text("port = 1\n")
    (tmp_path / "mine.toml").write_text("workers = 7\n")
    if not words:
        monkeypatch.setenv("PAULTRAP_CONFIG", "mine.toml")

    done = process("config", "show", "--json", *words)

    found = json.loads(done.out)
    assert found["workers"] == {"value": 7, "origin": str(tmp_path / "mine.toml")}
    assert found["port"]["origin"] == "default"


def test_a_file_that_is_not_there_is_one_line(process):
    assert "no.toml" in process("--config", "no.toml", "serve").complaint()


def test_a_misspelt_setting_names_the_file_and_what_may_be_meant(process, tmp_path):
    (tmp_path / "paultrap.toml").write_text("prot = 1\n")

    complaint = process("serve", "--ephemeral").complaint()

    assert "paultrap.toml" in complaint
    assert '"prot"' in complaint
    assert 'did you mean "port"' in complaint


def test_a_file_that_is_no_toml_is_one_line(process, tmp_path):
    (tmp_path / "paultrap.toml").write_text("port: 1\n")

    assert "paultrap.toml" in process("serve").complaint()


def test_a_wrong_value_names_the_setting_and_its_origin(paultrap):
    complaint = paultrap("config", "show", PAULTRAP_WORKERS="0").complaint()

    assert "workers" in complaint
    assert "PAULTRAP_WORKERS" in complaint


def test_every_setting_is_a_flag_of_serve_and_says_what_it_is(paultrap, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    out = paultrap("serve", "--help").out

    for name, field in Settings.model_fields.items():
        assert f"--{name.replace('_', '-')}" in out
        assert field.description.replace("`", "") in out
    assert "all workers may take together" in out


def test_a_key_without_a_certificate_is_one_line(process):
    assert "tls_cert" in process("serve", "--tls-key", "key.pem").complaint()


@pytest.mark.parametrize("flag", ["--forwarded-allow-ips", "--metrics-allow-ips"])
def test_a_proxy_is_named_by_its_address(process, flag):
    assert "proxy.example" in process("serve", flag, "10.0.0.1,proxy.example").complaint()


@pytest.mark.parametrize("name", ["http://trap.example", "trap.example:8080"])
def test_a_name_has_no_port_and_no_scheme(process, name):
    complaint = process("serve", "--ephemeral", "--allowed-hosts", f"a.example,{name}").complaint()

    assert f'"{name}"' in complaint
    assert "allowed_hosts" in complaint


@pytest.mark.parametrize("variable", ["PAULTRAP_LEASE_SECONDS", "PAULTRAP_MAX_PROGRAM_SECONDS"])
def test_a_time_is_a_finite_number(paultrap, variable):
    assert variable in paultrap("config", "show", **{variable: "inf"}).complaint()


def test_a_databases_password_is_not_shown(paultrap):
    url = "postgresql://me:secret@db.example/jobs?password=secret"

    done = paultrap("config", "show", "--json", PAULTRAP_DATABASE=url)
    listed = paultrap("config", "show", PAULTRAP_DATABASE=url)
    used = paultrap("keys", "list", PAULTRAP_DATABASE=url)

    assert json.loads(done.out)["database"]["value"] == "postgresql://me:***@db.example/jobs"
    assert "secret" not in done.out + listed.out + used.error
    assert "no engine" in used.complaint()
