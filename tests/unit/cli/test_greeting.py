"""What a server says when it is ready."""

import os
import socket
import stat
from contextlib import closing

import pytest
import structlog

from paultrap.cli.errors import CommandError
from paultrap.cli.greeting import first_key, greet
from paultrap.settings import Settings
from paultrap.store import Store


@pytest.fixture
def greeting(capsys):
    def said(key="a-key", **settings):
        """Return what is printed, and what is logged; nothing listens where the settings say."""
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            structlog.testing.capture_logs() as log,
        ):
            greet(Settings(**settings), listener, key)
            return capsys.readouterr().out, [each["event"] for each in log]

    return said


@pytest.mark.parametrize(
    ("settings", "is_clear"),
    [
        ({}, False),
        ({"host": "::1"}, False),
        ({"host": "localhost"}, False),
        ({"uds": "/run/paultrap.sock"}, False),
        ({"host": "0.0.0.0", "tls_cert": "cert.pem"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "192.0.2.1", "auth": "required"}, True),
        ({"host": "trap.example"}, True),
    ],
)
def test_keys_in_clear_on_a_network_are_warned_of(greeting, settings, is_clear):
    _, events = greeting(**settings)

    assert [event for event in events if "keys travel in clear" in event] == events
    assert bool(events) is is_clear


def test_all_addresses_are_named_as_this_machine(greeting):
    out, _ = greeting(host="0.0.0.0")

    assert "0.0.0.0" not in out
    assert f"http://{socket.gethostname()}:" in out


def test_a_unix_socket_is_shown_with_the_command_that_asks_it(greeting):
    out, _ = greeting(uds="/run/paultrap.sock")

    assert "ready at /run/paultrap.sock" in out
    assert "curl --unix-socket /run/paultrap.sock" in out
    assert "qiskit-ionq" not in out


def test_a_key_in_a_file_is_not_shown(greeting, tmp_path):
    out, _ = greeting(key=tmp_path / "first-key", auth="required")

    assert f"in {tmp_path / 'first-key'}" in out
    assert "YOUR-KEY" in out


def test_a_first_key_replaces_a_link_and_is_private_whatever_the_umask(tmp_path):
    other = tmp_path / "other"
    other.write_text("as it was")
    folder = tmp_path / "data"
    settings = Settings(auth="required", data_dir=folder)
    with closing(Store.open(folder / "paultrap.db")) as store:
        (folder / "first-key").symlink_to(other)
        before = os.umask(0o777)
        try:
            path = first_key(store.keys, settings)
        finally:
            os.umask(before)

        assert path == folder / "first-key"
        assert stat.S_IMODE(path.lstat().st_mode) == 0o600
        assert other.read_text() == "as it was"
        assert store.keys.find(path.read_text().strip()) is not None
        assert first_key(store.keys, settings) is None


def test_a_first_key_that_cannot_be_written_is_not_made(tmp_path):
    settings = Settings(auth="required", data_dir=tmp_path)
    with closing(Store.open(tmp_path / "paultrap.db")) as store:
        (tmp_path / "first-key").mkdir()
        with pytest.raises(CommandError, match="first-key"):
            first_key(store.keys, settings)
        assert not store.keys.list_all()

        (tmp_path / "first-key").rmdir()
        path = first_key(store.keys, settings)
        assert store.keys.find(path.read_text().strip()) is not None
