"""What `work` refuses before anything is started; the cluster is a stand-in."""

import sys
from types import SimpleNamespace

import pytest

from paultrap.dask import DaskError, work
from paultrap.dask.plugin import PullPlugin
from paultrap.dask.process import Told
from paultrap.store import StoreError

WITH_PASSWORD = "postgresql://user:hunter2@db.example/jobs"


class StandIn:
    """A client of a cluster whose only worker has the versions that it says."""

    status = "running"

    def __init__(self, address="tcp://10.0.0.1:8786", paultrap="0"):
        self.scheduler = SimpleNamespace(address=address)
        self.paultrap = paultrap
        self.registered = []

    def get_versions(self, packages):
        assert packages == ["paultrap"]
        python = ".".join(map(str, sys.version_info))
        here = {"python": python, "distributed": "2026.8.0"}
        return {
            "client": {"packages": here | {"paultrap": "0"}},
            "workers": {"tcp://10.0.0.2:1": {"packages": here | {"paultrap": self.paultrap}}},
        }

    def run(self, *_, **__):
        return {}

    def register_plugin(self, plugin):
        self.registered.append(plugin)


@pytest.mark.parametrize("url", [WITH_PASSWORD, "postgresql://db.example/jobs?password=hunter2"])
def test_a_password_does_not_go_over_an_open_connection(url):
    client = StandIn()

    with pytest.raises(DaskError, match=r"not encrypted.*PGPASSFILE") as refusal:
        work(client, url)

    assert "hunter2" not in str(refusal.value)
    assert client.registered == []


@pytest.mark.parametrize(
    "address", ["tls://10.0.0.1:8786", "tcp://127.0.0.1:8786", "tcp://[::1]:8786", "inproc://1/2/3"]
)
def test_a_password_may_go_by_tls_and_on_this_machine(address):
    client = StandIn(address)

    work(client, WITH_PASSWORD)

    (plugin,) = client.registered
    assert "hunter2" in plugin.told.settings["database"]
    assert "hunter2" not in repr(plugin)


@pytest.mark.parametrize("url", ["postgresql://db.example/jobs", "postgresql:///?service=jobs"])
def test_without_a_password_any_connection_will_do(url):
    client = StandIn()

    work(client, url)

    assert client.registered


def test_where_the_workers_know_the_database_none_is_sent():
    client = StandIn()

    work(client, drain_seconds=5)

    (plugin,) = client.registered
    assert plugin.told == Told({"drain_seconds": 5})


def test_a_file_is_refused(tmp_path):
    with pytest.raises(DaskError, match="PostgreSQL"):
        work(StandIn(), str(tmp_path / "jobs.db"))


def test_an_unreadable_url_is_refused():
    with pytest.raises(StoreError, match="cannot be read"):
        work(StandIn(), "postgresql://db:port/")


def test_a_wrong_value_is_named():
    with pytest.raises(DaskError, match="lease_seconds"):
        work(StandIn(), "postgresql://db.example/jobs", lease_seconds=-1)


def test_another_release_on_a_worker_is_refused():
    client = StandIn(paultrap="99.0")

    with pytest.raises(DaskError, match=r"tcp://10\.0\.0\.2:1 has paultrap 99\.0 instead of 0"):
        work(client, "postgresql://db.example/jobs")

    assert client.registered == []


def test_the_plug_in_travels():
    from distributed.protocol.pickle import dumps, loads

    plugin = loads(dumps(PullPlugin("jobs", Told({"lease_seconds": 3.0}), 2.0, {"paultrap": "0"})))

    assert (plugin.name, plugin.drain_s) == ("jobs", 2.0)
    assert plugin.told == Told({"lease_seconds": 3.0})
