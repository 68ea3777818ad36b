"""Which backends there are, and how much memory a job may need, follows from who is registered."""

import asyncio

import pytest
from harness.clock import Host
from harness.hosts import register
from structlog.testing import capture_logs

from paultrap.host import total_memory
from paultrap.machines import Machines
from paultrap.service import Threads
from paultrap.service.known_hosts import KnownHosts
from paultrap.settings import Settings
from paultrap.store import HostBackend, Store, StoreUnavailableError

MIB = 2**20


class Trap:
    name, qubits, gateset, entangler = "lab.own", 4, "qis", "ms"

    def run(self, chunk):
        raise AssertionError(chunk)


@pytest.fixture
def clock():
    return Host()


@pytest.fixture
def store(tmp_path, clock):
    store = Store.open(tmp_path / "paultrap.db", clock=clock)
    yield store
    store.close()


@pytest.fixture
def threads():
    threads = Threads()
    yield threads
    threads.stop()


@pytest.fixture
def hosts_of(store, threads):
    shipped = Machines.shipped()
    machines = Machines(shipped.models, {}, {"lab.own": Trap()})

    def make(**settings):
        return KnownHosts(
            Settings.model_construct(**{**DEFAULTS, **settings}), store, threads, machines
        )

    return make


DEFAULTS = Settings().model_dump()


def renew(hosts):
    return asyncio.run(hosts.renew())


def test_a_plugin_of_a_worker_host_is_a_backend_like_any_other(store, hosts_of):
    hosts = hosts_of()
    assert hosts.machines.resolve("lab.trap") is None
    register(store, "far", HostBackend(name="lab.trap", qubits=7, gateset="native", entangler="zz"))

    assert renew(hosts)
    trap = hosts.machines.resolve("lab.trap")
    assert (trap.qubits, trap.entangler, trap.status) == (7, "zz", "available")
    assert hosts.machines.is_plugin("lab.trap")
    assert not trap.is_emulated
    assert hosts.machines.resolve("lab.own").status == "available"
    assert not renew(hosts)


def test_what_is_not_news_keeps_the_machines(store, hosts_of):
    hosts = hosts_of()
    far = register(store, "far", "lab.trap")
    renew(hosts)
    before = hosts.machines
    register(store, "other", "lab.trap")

    renew(hosts)
    assert hosts.machines is before
    far.leave()
    renew(hosts)
    assert hosts.machines is before


@pytest.mark.parametrize("end", ["leave", "silence"])
def test_when_the_last_worker_has_gone_jobs_wait_for_a_while(store, clock, hosts_of, end):
    hosts = hosts_of()
    far = register(store, "far", "lab.trap")
    renew(hosts)

    if end == "leave":
        far.leave()
    else:
        clock.tick(31_000)
    renew(hosts)
    trap = hosts.machines.resolve("lab.trap")
    assert trap.status == "unavailable"
    assert hosts.machines.takes_jobs(trap)
    assert "jobs for it wait" in hosts.machines.absence_of(trap)

    register(store, "far", "lab.trap")
    renew(hosts)
    assert hosts.machines.resolve("lab.trap").status == "available"


def test_one_that_is_forgotten_is_listed_and_takes_no_jobs(store, hosts_of):
    hosts = hosts_of()
    register(store, "far", "lab.trap").leave()
    renew(hosts)
    register(store, "far")  # without it, in the place of what has ended

    renew(hosts)
    trap = hosts.machines.resolve("lab.trap")
    assert trap.status == "unavailable"
    assert not hosts.machines.takes_jobs(trap)
    assert "lab.trap" not in {each.name for each in hosts.machines.available()}


def test_the_newest_declaration_counts_and_the_other_is_logged_once(store, clock, hosts_of):
    hosts = hosts_of()
    for name, qubits in (("one", 3), ("two", 5)):
        register(
            store, name, HostBackend(name="lab.trap", qubits=qubits, gateset="qis", entangler="ms")
        )
        clock.tick(1)

    with capture_logs() as lines:
        renew(hosts)
        renew(hosts)

    assert hosts.machines.resolve("lab.trap").qubits == 5
    (line,) = lines
    assert (line["plugin"], line["counts"], line["other"]) == (
        "lab.trap",
        "5 qubits, qis, ms",
        "3 qubits, qis, ms",
    )


def test_a_plugin_called_like_a_shipped_backend_is_none(store, threads):
    hosts = KnownHosts(Settings(), store, threads, Machines.shipped())
    register(store, "far", "qpu.aria-1")

    renew(hosts)
    assert hosts.machines.resolve("qpu.aria-1").is_emulated
    assert [each.name for each in hosts.machines.unavailable] == ["qpu.aria-1"]


def test_without_workers_a_servers_own_plugins_are_none(store, hosts_of):
    hosts = hosts_of(workers=0)
    assert hosts.machines.resolve("lab.own") is None
    register(store, "api", "lab.own", slots=0)
    renew(hosts)
    assert hosts.machines.resolve("lab.own") is None

    register(store, "far", "lab.own")
    renew(hosts)
    assert hosts.machines.resolve("lab.own").status == "available"


def test_the_largest_host_that_could_run_it_says_how_much_memory_a_job_may_need(store, hosts_of):
    hosts = hosts_of()
    register(store, "small", memory_limit=100 * MIB)
    register(store, "large", memory_limit=300 * MIB).leave()  # It may come back.
    register(store, "trap", "lab.trap", memory_limit=900 * MIB, runs_shipped=False)
    register(store, "api", slots=0, memory_limit=999 * MIB)
    renew(hosts)

    shipped, trap = hosts.limits("simulator"), hosts.limits("lab.trap")
    assert (shipped.memory, shipped.hosts) == (300 * MIB, 2)
    assert (trap.memory, trap.hosts) == (900 * MIB, 1)
    assert hosts.limits("no such backend").memory == 300 * MIB

    register(store, "any", memory_limit=None)
    renew(hosts)
    assert hosts.limits("simulator").memory is None


@pytest.mark.parametrize(
    ("settings", "memory"),
    [
        ({}, total_memory()),
        ({"memory_limit": MIB}, MIB),
        ({"workers": 0}, None),
        ({"workers": 0, "memory_limit": MIB}, MIB),
    ],
)
def test_where_no_host_is_known_the_settings_count(hosts_of, settings, memory):
    hosts = hosts_of(**settings)
    renew(hosts)

    assert hosts.limits("simulator").memory == memory


def test_a_store_that_does_not_answer_leaves_what_was_known(store, hosts_of, monkeypatch):
    hosts = hosts_of()
    register(store, "far", "lab.trap")
    renew(hosts)

    def fail():
        raise StoreUnavailableError("away")

    monkeypatch.setattr(store.workers, "known", fail)
    assert not renew(hosts)
    assert hosts.machines.resolve("lab.trap").status == "available"


def test_many_that_ask_share_one_question(store, hosts_of, monkeypatch):
    hosts, asked = hosts_of(), []
    known = store.workers.known
    monkeypatch.setattr(store.workers, "known", lambda: asked.append(1) or known())

    async def ask():
        return await asyncio.gather(*(hosts.renew() for _ in range(9)))

    assert asyncio.run(ask()) == [False] * 9
    assert len(asked) == 1
