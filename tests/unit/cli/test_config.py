"""Where settings come from: `paultrap config show`, configuration files, and the flags of `serve`."""

import json

import pytest

from paultrap.settings import Settings, commands_of


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
    complaint = paultrap("config", "show", PAULTRAP_WORKERS="-1").complaint()

    assert complaint.endswith("PAULTRAP_WORKERS: expected a whole number from 0 to 1024, not -1")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('port = "x"', "port: expected a whole number from 0 to 65535, not x"),
        ("workers = 2.5", "workers: expected a whole number from 0 to 1024, not 2.5"),
        ("max_gates = 0", "max_gates: expected a whole number, 1 or more, not 0"),
        (
            "max_shots = 3e9",
            "max_shots: expected a whole number from 1 to 2147483647, not 3000000000.0",
        ),
        ("lease_seconds = 0", "lease_seconds: expected a number above 0, not 0"),
        ("hold_seconds = 11", "hold_seconds: expected a number from 0 to 10, not 11"),
        ("lease_seconds = inf", "lease_seconds: expected a finite number, not inf"),
        ("ephemeral = 3", "ephemeral: expected true or false, not 3"),
        ("host = 3", "host: expected a text, not 3"),
        ("uds = 3", "uds: expected a path, not 3"),
        ("allowed_hosts = 3", "allowed_hosts: expected a list of texts, not 3"),
        ('auth = "maybe"', "auth: expected open or required, not maybe"),
        ('precision = "half"', "precision: expected double or single, not half"),
        ('memory_limit = "2G"', "memory_limit: expected bytes such as 2000000000, 2GB or 2GiB"),
        ("memory_limit = 0", "memory_limit: expected a whole number, 1 or more, not 0"),
        ("database = 3", "database: expected a text"),
    ],
)
def test_a_wrong_value_says_what_is_expected(paultrap, home, line, said):
    file = home / "paultrap.toml"
    file.write_text(line)

    assert paultrap("config", "show").complaint() == f"paultrap: {file}: {said}"


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--port", "abc", "--port: expected a whole number from 0 to 65535, not abc"),
        ("--workers", "1.5", "--workers: expected a whole number from 0 to 1024, not 1.5"),
        ("--memory-limit", "2XB", "--memory-limit: expected bytes such as"),
        ("--lease-seconds", "nan", "--lease-seconds: expected a finite number, not nan"),
    ],
)
def test_a_wrong_flag_is_named_as_it_was_given(paultrap, flag, value, said):
    assert said in paultrap("serve", flag, value).complaint(2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("serve", "--log-level", "loud"), "--log-level: expected debug, info, warning or error"),
        (("serve", "--tracing=perhaps"), "--tracing: expected true or false, not perhaps"),
        (("keys", "create", "--role", "god"), "--role: expected viewer, member or admin, not god"),
        (("run", "job.json", "--seed", "five"), "--seed: expected a whole number, not five"),
        (("run", "job.json", "--seed", "1.5"), "--seed: expected a whole number, not 1.5"),
        (("jobs", "--limit", "2.5"), "--limit: expected a whole number, not 2.5"),
        (("run", "job.json", "more"), "unexpected argument: more. See `paultrap run --help`."),
    ],
)
def test_a_wrong_choice_is_said_in_the_same_words(paultrap, words, said):
    assert said in paultrap(*words).complaint(2)


def test_a_wrong_choice_in_a_variable_is_no_wrong_usage(paultrap):
    done = paultrap("serve", PAULTRAP_PRECISION="half")
    assert "PAULTRAP_PRECISION: expected double or single, not half" in done.complaint(1)


def test_an_unknown_variable_is_named_and_ignored(paultrap):
    done = paultrap("config", "show", PAULTRAP_COLOUR="red")

    assert done.code == 0
    assert done.error == "paultrap: PAULTRAP_COLOUR is no setting; it is ignored.\n"


@pytest.mark.parametrize("command", [("config", "show"), ("serve",)])
def test_a_misspelt_variable_is_refused(paultrap, command):
    complaint = paultrap(*command, PAULTRAP_PROT="1").complaint()

    assert complaint == "paultrap: PAULTRAP_PROT is no setting; did you mean PAULTRAP_PORT?"


def test_variables_of_others_are_no_settings(paultrap):
    others = ("URL", "API_KEY", "ISA", "TEST_KEY", "SERVICE_HOST", "WEB_SERVICE_PORT")
    done = paultrap("config", "show", **dict.fromkeys([f"PAULTRAP_{each}" for each in others], "x"))

    assert (done.code, done.error) == (0, "")


def test_what_is_not_set_says_so(paultrap):
    lines = [line.split(maxsplit=1) for line in paultrap("config", "show").out.splitlines()]

    assert all(len(line) == 2 for line in lines)
    assert dict(lines)["threads"].startswith("not set ")
    assert dict(lines)["allowed_hosts"].startswith("not set ")


def test_every_setting_is_a_flag_and_says_what_it_is(paultrap, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    said = {command: paultrap(command, "--help").out for command in ("serve", "worker")}

    for name, field in Settings.model_fields.items():
        assert commands_of(name)
        for command, out in said.items():
            is_its = command in commands_of(name)
            assert (f"--{name.replace('_', '-')} " in out) == is_its, (name, command)
            assert not is_its or field.description.replace("`", "") in out
    assert "all workers may take together" in said["serve"]


@pytest.mark.parametrize(
    "url", ["postgresql://me:secret@db/jobs", "postgresql://db/jobs?user=me&password=secret"]
)
@pytest.mark.parametrize("command", [["serve"], ["worker"], ["keys", "list"]])
def test_a_password_on_the_command_line_is_refused_and_not_shown(paultrap, command, url):
    complaint = paultrap(*command, "--database", url).complaint(2)

    assert "PAULTRAP_DATABASE" in complaint
    assert "PGPASSFILE" in complaint
    assert "secret" not in complaint


def test_a_key_without_a_certificate_is_one_line(process):
    assert "tls_cert" in process("serve", "--tls-key", "key.pem").complaint(2)


@pytest.mark.parametrize("flag", ["--forwarded-allow-ips", "--metrics-allow-ips"])
def test_a_proxy_is_named_by_its_address(process, flag):
    assert "proxy.example" in process("serve", flag, "10.0.0.1,proxy.example").complaint(2)


@pytest.mark.parametrize("name", ["http://trap.example", "trap.example:8080"])
def test_a_name_has_no_port_and_no_scheme(process, name):
    complaint = process("serve", "--ephemeral", "--allowed-hosts", f"a.example,{name}").complaint(2)

    assert f'"{name}"' in complaint
    assert "--allowed-hosts" in complaint


@pytest.mark.parametrize("variable", ["PAULTRAP_LEASE_SECONDS", "PAULTRAP_MAX_PROGRAM_SECONDS"])
def test_a_time_is_a_finite_number(paultrap, variable):
    assert variable in paultrap("config", "show", **{variable: "inf"}).complaint()


def test_a_databases_password_is_not_shown(paultrap):
    url = "postgresql://me:secret@127.0.0.1:1/jobs?password=secret"  # where nobody listens

    done = paultrap("config", "show", "--json", PAULTRAP_DATABASE=url)
    listed = paultrap("config", "show", PAULTRAP_DATABASE=url)
    used = paultrap("keys", "list", PAULTRAP_DATABASE=url)

    assert json.loads(done.out)["database"]["value"] == "postgresql://me:***@127.0.0.1:1/jobs"
    assert "secret" not in done.out + listed.out + used.error
    assert "cannot connect to postgresql://me:***@127.0.0.1:1/jobs" in used.complaint()


def test_a_url_that_names_no_file_is_one_line(paultrap):
    complaint = paultrap("config", "show", PAULTRAP_DATABASE="sqlite://").complaint()
    assert "sqlite:// names no database file" in complaint
