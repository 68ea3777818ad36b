"""Settings: argument, environment, file, default."""

import pytest
from pydantic import ValidationError

from paultrap.settings import Auth, Settings


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
