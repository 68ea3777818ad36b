"""Processes by names that no others have, and the end of those that have outlived their server."""

import subprocess
import sys
from contextlib import closing, contextmanager

import pytest
from harness.waiting import until

from paultrap.store import Store
from paultrap.worker import Supervisor, orphans

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@contextmanager
def sleeping():
    with subprocess.Popen(["sleep", "600"]) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_processes_of_these_names_end_and_no_others():
    with sleeping() as orphan, sleeping() as other:
        name = orphans.name_of(orphan.pid)
        boot, _, began = name.split(" ")
        before = f"{boot} {other.pid} {int(began) - 1000}"
        elsewhere = orphans.name_of(other.pid).replace(boot, "another-boot")

        orphans.end_all([name, before, elsewhere, "no name", ""])

        assert not orphans.is_alive(name)
        assert orphan.wait() == -9
        assert orphans.name_of(orphan.pid) is None
        assert orphans.is_alive(orphans.name_of(other.pid))
        assert other.poll() is None


def test_a_supervisor_starts_nothing_before_orphans_are_gone(tmp_path, monkeypatch):
    path = tmp_path / "paultrap.db"
    with sleeping() as orphan:
        with closing(Store.open(path, as_server=True)) as dead:
            dead.processes.add(orphans.name_of(orphan.pid))
        with closing(Store.open(path, as_server=True)) as store:
            supervisor = Supervisor(store)
            seen = []
            monkeypatch.setattr(
                type(supervisor._slots[0]), "start", lambda _: seen.append(orphan.poll() or "gone")
            )
            assert store.processes.orphans() == [orphans.name_of(orphan.pid)]

            supervisor.start()

            assert orphans.name_of(orphan.pid) is None
            assert len(seen) == 1
            assert store.processes.orphans() == []


def test_the_processes_of_a_server_that_lives_are_no_orphans(tmp_path):
    path = tmp_path / "paultrap.db"
    with closing(Store.open(path, as_server=True)) as store:
        store.processes.add("a process")
        assert store.processes.orphans() == []
        store.processes.forget(lambda _: False)
    with closing(Store.open(path, as_server=True)) as store:
        assert store.processes.orphans() == ["a process"]
        store.processes.forget(lambda _: True)
        assert store.processes.orphans() == []


def test_a_worker_is_known_before_it_is_ready(tmp_path):
    with closing(Store.open(tmp_path / "paultrap.db", as_server=True)) as store:
        supervisor = Supervisor(store)
        supervisor.start()
        until(supervisor.is_alive)
        (pid,) = supervisor._slots[0].worker_pids()

        assert orphans.name_of(pid) in store.processes._names()

        supervisor.stop()
        assert store.processes._names() == []
