"""What `paultrap worker` and a server without workers refuse, before anything is started."""

import sys

import pytest
from harness.ports import free_port


def test_a_file_is_one_servers_alone(paultrap, tmp_path):
    path = tmp_path / "jobs.db"
    paultrap("keys", "create", "--database", path)

    complaint = paultrap("worker", "--database", path).complaint()

    assert str(path) in complaint
    assert "PostgreSQL" in complaint
    assert "PAULTRAP_DATABASE" in complaint


def test_a_worker_host_must_be_told_of_a_database(paultrap):
    assert "PAULTRAP_DATABASE=postgresql://" in paultrap("worker").complaint()


def test_a_missing_file_is_not_made(paultrap, tmp_path):
    path = tmp_path / "jobs.db"

    assert str(path) in paultrap("worker", "--database", path).complaint()
    assert not path.exists()


def test_a_backend_that_is_not_here_is_named_with_those_that_are(paultrap):
    complaint = paultrap("worker", "--database", "x", "--backends", "simulator,trap").complaint()

    assert '"trap"' in complaint
    assert "simulator" in complaint


@pytest.mark.parametrize(
    ("flag", "value", "expected"),
    [
        ("--until", "soon", "2026-12-01T18:00"),
        ("--exit-when-idle", "a while", "10m"),
        ("--exit-when-idle", "0", "above 0"),
        ("--slots", "0", "1"),
        ("--drain-seconds", "-1", "0"),
    ],
)
def test_a_wrong_value_says_what_is_expected(paultrap, flag, value, expected):
    complaint = paultrap("worker", flag, value).complaint(2)

    assert flag in complaint
    assert expected in complaint


def test_a_server_without_workers_needs_a_database_that_others_use(paultrap, tmp_path):
    complaint = paultrap("serve", "--workers", "0", "--data-dir", tmp_path).complaint()

    assert "--workers" in complaint
    assert "PostgreSQL" in complaint


def test_hosts_are_listed(server, paultrap, monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    narrow = paultrap("workers", "--url", server.url).out.splitlines()
    monkeypatch.setenv("COLUMNS", "80")
    wide = paultrap("workers", "--url", server.url).out.splitlines()

    for lines, room in ((narrow, 44), (wide, 80)):
        assert max(map(len, lines)) <= room
        assert " ".join(lines).split()[:4] == ["host", "kind", "status", "busy"]
        assert {"server", "alive", "0/1", "simulator"} <= set(" ".join(lines).split())
    found = paultrap("workers", "--json", "--url", server.url).out
    assert '"kind":"server"' in found


@pytest.mark.parametrize("flag", ["--slots", "--threads", "--memory-limit", "--exit-when-idle"])
def test_what_a_dask_worker_has_of_its_own_is_no_flag_for_a_cluster(paultrap, flag):
    complaint = paultrap("worker", "--dask", "tcp://127.0.0.1:1", flag, "1000").complaint(2)

    assert f"{flag} is not for --dask" in complaint


def test_a_cluster_takes_the_extra(paultrap, monkeypatch):
    for name in [
        name for name in sys.modules if name.startswith(("paultrap.dask.", "distributed"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)

    complaint = paultrap("worker", "--dask", "tcp://127.0.0.1:1").complaint()

    assert 'pip install "paultrap[dask,postgresql]"' in complaint


def test_a_scheduler_that_is_not_there_is_named(paultrap, monkeypatch):
    monkeypatch.setattr("paultrap.dask.following._CONNECT_S", 0.2)
    address = f"tcp://127.0.0.1:{free_port()}"

    complaint = paultrap("worker", "--dask", address).complaint()

    assert f"no Dask scheduler to be had at {address}" in complaint
