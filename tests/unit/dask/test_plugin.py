"""What a Dask worker does with the plug-in; the Dask worker is a stand-in."""

import asyncio
from types import SimpleNamespace

import pytest

from paultrap.dask import LoopState
from paultrap.dask.plugin import TOPIC, PullPlugin, plugin_on, status_on, told_of
from paultrap.dask.process import Told
from paultrap.dask.versions import versions_here

TOLD = Told({"database": "postgresql://db.example/jobs", "lease_seconds": 3.0}, until=4e9)


@pytest.fixture
def worker():
    events = []
    return SimpleNamespace(
        address="tcp://10.0.0.2:4000",
        memory_manager=SimpleNamespace(memory_limit=3 << 30),
        state=SimpleNamespace(nthreads=5),
        plugins={},
        events=events,
        log_event=lambda topic, said: events.append((topic, said)),
    )


def test_threads_and_memory_are_those_of_the_dask_worker(worker):
    told = told_of(TOLD, worker)

    assert told.settings["threads"] == 5
    assert told.settings["memory_limit"] == 3 << 30
    assert told.settings["slots"] == 1
    assert told.settings["lease_seconds"] == 3.0
    assert told.until == 4e9
    assert worker.address in told.host
    assert len(told.host) <= 255  # as long as the table takes


def test_without_a_limit_the_memory_is_the_machines(worker):
    worker.memory_manager.memory_limit = None

    told = told_of(TOLD, worker)

    assert told.host is None
    assert told.settings["memory_limit"] is None


def test_one_that_joins_with_other_versions_says_so_and_starts_nothing(worker):
    plugin = PullPlugin("jobs", TOLD, 2.0, versions_here() | {"paultrap": "99.0"})
    worker.plugins["jobs"] = plugin

    asyncio.run(plugin.setup(worker))

    assert plugin.loop is None
    status = status_on("jobs", worker)
    assert status.state == LoopState.REFUSED
    ((topic, said),) = worker.events
    assert topic == TOPIC
    assert said["reason"] == status.reason
    assert "instead of 99.0" in status.reason
    assert worker.address in status.reason
    asyncio.run(plugin.teardown(worker))


def test_what_a_dask_worker_was_told_is_known(worker):
    worker.plugins["jobs"] = PullPlugin("jobs", TOLD, 2.0, versions_here())

    assert plugin_on("jobs", worker) == (TOLD, 2.0)
    assert plugin_on("others", worker) is None
    assert status_on("others", worker) is None
