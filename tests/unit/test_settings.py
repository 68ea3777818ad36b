"""Settings: argument, environment, file, default."""

import re
import runpy
from pathlib import Path

import pytest
from pydantic import ValidationError

from paultrap.engine import Draw
from paultrap.settings import Auth, Settings, origins
from paultrap.sizes import parse_size
from paultrap.spelling import closest
from paultrap.variables import is_of_kubernetes, unknown_variables

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_are_ionqs_limits_on_loopback():
    settings = Settings()

    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.max_circuits, settings.max_gates) == (5_000, 150_000)
    assert (settings.max_qubits, settings.max_shots) == (29, 1_000_000)
    assert settings.max_body_bytes == 10_000_000
    assert settings.max_predicted_seconds == 6 * 3600


def test_no_more_shots_can_be_allowed_than_the_engine_draws():
    most = 2**31 - 1

    assert Draw(Settings(max_shots=most).max_shots, seed=0).of_each(1).tolist() == [most]
    with pytest.raises(ValueError, match="shots"):
        Draw(most + 1, seed=0).of_each(1)
    with pytest.raises(ValidationError, match="max_shots"):
        Settings(max_shots=most + 1)


def test_argument_wins_over_environment_over_file_over_default(elsewhere, monkeypatch):
    (elsewhere / "paultrap.toml").write_text("port = 1\nworkers = 2\nmax_gates = 3\n")
    monkeypatch.setenv("PAULTRAP_PORT", "4")
    monkeypatch.setenv("PAULTRAP_WORKERS", "5")

    settings = Settings(port=6)

    assert (settings.port, settings.workers, settings.max_gates) == (6, 5, 3)
    assert settings.max_circuits == 5_000


def test_a_misspelt_line_of_the_file_is_refused(elsewhere):
    (elsewhere / "paultrap.toml").write_text("prot = 1\n")

    with pytest.raises(ValidationError, match="prot"):
        Settings()


@pytest.mark.parametrize(
    ("host", "auth"),
    [
        ("127.0.0.1", Auth.OPEN),
        ("127.8.8.8", Auth.OPEN),
        ("::1", Auth.OPEN),
        ("localhost", Auth.OPEN),
        ("0.0.0.0", Auth.REQUIRED),
        ("::", Auth.REQUIRED),
        ("192.168.1.5", Auth.REQUIRED),
        ("example.org", Auth.REQUIRED),
    ],
)
def test_keys_are_required_off_loopback(host, auth):
    assert Settings(host=host).effective_auth is auth
    assert Settings(host=host, auth="open").effective_auth is Auth.OPEN
    assert Settings(host=host, auth="required").effective_auth is Auth.REQUIRED


def test_every_setting_is_described():
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("name", ["max_body_bytes", "max_program_bytes", "memory_limit"])
def test_a_size_has_a_unit_wherever_it_is_given(elsewhere, monkeypatch, name):
    assert getattr(Settings(**{name: "2GB"}), name) == 2_000_000_000
    monkeypatch.setenv(f"PAULTRAP_{name.upper()}", "2GiB")
    assert getattr(Settings(), name) == 2**31
    monkeypatch.delenv(f"PAULTRAP_{name.upper()}")
    (elsewhere / "paultrap.toml").write_text(f'{name} = "3 MB"\n')
    assert getattr(Settings(), name) == 3_000_000
    (elsewhere / "paultrap.toml").write_text(f"{name} = 4_000\n")
    assert getattr(Settings(), name) == 4_000


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("10_000", 10_000),
        ("12B", 12),
        ("1kB", 1_000),
        ("1KiB", 1_024),
        (" 1.5 gib ", 3 * 2**29),
        ("0.5TB", 500_000_000_000),
        ("1TiB", 2**40),
    ],
)
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "2G", "-1GB", "2 GB GB", "1e9", "2xB", "two"])
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="2GB or 2GiB"):
        parse_size(text)


def test_the_page_of_settings_is_up_to_date():
    script = runpy.run_path(str(ROOT / "scripts" / "settings_page.py"))

    assert script["PAGE"].read_text() == script["page"](), "run python scripts/settings_page.py"


KUBERNETES = {
    "PAULTRAP_SERVICE_HOST": "10.0.0.1",
    "PAULTRAP_SERVICE_PORT": "8000",
    "PAULTRAP_SERVICE_PORT_HTTP": "8000",
    "PAULTRAP_PORT": "tcp://10.0.0.1:8000",
    "PAULTRAP_PORT_8000_TCP": "tcp://10.0.0.1:8000",
    "PAULTRAP_PORT_8000_TCP_PROTO": "tcp",
    "PAULTRAP_PORT_8000_TCP_PORT": "8000",
    "PAULTRAP_PORT_8000_TCP_ADDR": "10.0.0.1",
    "PAULTRAP_WEB_UI_SERVICE_HOST": "10.0.0.2",
    "PAULTRAP_WEB_UI_SERVICE_PORT": "80",
    "PAULTRAP_WEB_UI_PORT": "tcp://10.0.0.2:80",
    "PAULTRAP_WEB_UI_PORT_80_UDP": "udp://10.0.0.2:80",
}


def test_what_kubernetes_sets_is_no_setting(monkeypatch):
    for name, value in KUBERNETES.items():
        monkeypatch.setenv(name, value)

    assert Settings().port == 8080
    assert origins({})["port"] == "default"
    assert unknown_variables(KUBERNETES, Settings.model_fields) == []


def test_a_port_that_is_a_number_is_the_port(monkeypatch):
    monkeypatch.setenv("PAULTRAP_PORT", "8081")

    assert Settings().port == 8081
    assert not is_of_kubernetes("PAULTRAP_PORT", "8081")
    assert not is_of_kubernetes("PAULTRAP_DATABASE", "tcp://10.0.0.1")


def test_every_variable_in_this_repository_is_known():
    """Whoever reads a variable of a new name adds it to `paultrap.variables`."""
    macros = {"PAULTRAP_ISA_NAME", "PAULTRAP_SANITIZE", "PAULTRAP_SINGLE", "PAULTRAP_X86"}
    files = [
        file
        for folder in ("src", "tests", "bench", "scripts")
        for file in (ROOT / folder).rglob("*.py")
        if file.name not in {"test_settings.py", "test_config.py", "variables.py"}
    ]
    found = {
        name
        for file in [*files, ROOT / "Makefile"]
        for name in re.findall(r"PAULTRAP_\w+", file.read_text())
        if not name.endswith("_")  # the beginning of several names
    }
    assert len(found) > 20
    assert "PAULTRAP_API_KEY" in found

    assert unknown_variables(dict.fromkeys(found - macros, ""), Settings.model_fields) == []


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("PROT", "port"),
        ("POTR", "port"),
        ("WORKER", "workers"),
        ("MAX_QBITS", "max_qubits"),
        ("MEMORY_LIMITS", "memory_limit"),
        ("MEM_LIMIT", None),
        ("COLOUR", None),
    ],
)
def test_a_setting_is_meant_that_is_two_letters_away(word, meant):
    assert closest(word, Settings.model_fields) == meant
