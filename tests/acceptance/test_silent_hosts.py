"""Worker hosts that are silent beyond their lease, and come back: what they bring late is refused."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest
from harness import RunningServer, databases, places
from harness.cables import HeldProxy, Network, has_networks
from harness.clock import hours_off
from harness.postgresql import PostgresqlServer
from harness.waiting import ended, until
from harness.worker_host import RunningWorkerHost
from proofs.kills.bodies import wide_circuit

import paultrap

pytestmark = pytest.mark.skipif(
    not places.ON_POSTGRESQL, reason="worker hosts take PostgreSQL: PAULTRAP_TEST_ON=postgresql"
)

TERMS = ("--slots", "1", "--threads", "1", "--lease-seconds", "3")
QUICK = "?tcp_user_timeout=1000&connect_timeout=2"


def body(qubits: int, gates: int, seed: int) -> dict:
    circuit = wide_circuit(qubits, gates, seed)
    return {
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "input": {"gateset": "qis", "qubits": qubits, "circuit": circuit},
    }


LONG = body(23, 400, 1)
LONG_BYTES = 16 << 23  # of its state
SHORT = body(5, 20, 2)


class Hosts(NamedTuple):
    """A host that falls silent, and one that takes its place.

    Attributes:
        place: The database.
        first: The one that falls silent.
        second: The other, which is not started yet.
        silence: Has it fall silent.
        wake: Lets it back in.
    """

    place: str
    first: RunningWorkerHost
    second: RunningWorkerHost
    silence: Callable[[], None]
    wake: Callable[[], None]


@contextlib.contextmanager
def stopped(folders, clocks=(0, 0)) -> Iterator[Hosts]:
    with databases.shared(has_password=True).new() as place:
        first, second = (
            RunningWorkerHost(
                folder, place, *TERMS, environment=hours_off(hours) if hours else None
            )
            for folder, hours in zip(folders, clocks, strict=True)
        )

        def send(sign: signal.Signals) -> None:
            assert first.process is not None
            os.killpg(first.process.pid, sign)

        yield Hosts(
            place, first, second, lambda: send(signal.SIGSTOP), lambda: send(signal.SIGCONT)
        )


@contextlib.contextmanager
def in_a_network(folders) -> Iterator[Hosts]:
    if not has_networks():
        pytest.skip("this user may make no networks")
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Network())
        postgresql = PostgresqlServer(address=network.address, durable=False)
        stack.callback(postgresql.close)
        made = databases.Databases(postgresql.url)
        stack.callback(made.close)
        place = made.create()
        first = RunningWorkerHost(folders[0], place + QUICK, *TERMS, prefix=network.prefix)
        second = RunningWorkerHost(folders[1], place, *TERMS)

        def wake() -> None:
            until(lambda: "answer not stored yet" in first.log())
            network.join()

        yield Hosts(place, first, second, network.cut, wake)


@contextlib.contextmanager
def behind_a_proxy(folders) -> Iterator[Hosts]:
    with databases.shared(has_password=True).new() as place:
        parts = urlsplit(place)
        with HeldProxy(parts.port or 5432) as proxy:
            userinfo = parts.netloc.rpartition("@")[0]
            through = parts._replace(netloc=f"{userinfo}@127.0.0.1:{proxy.port}").geturl()
            first = RunningWorkerHost(folders[0], through, *TERMS)
            second = RunningWorkerHost(folders[1], place, *TERMS)
            yield Hosts(place, first, second, proxy.cut, proxy.join)


WAYS = {
    "stopped": stopped,
    "stopped, with clocks two hours apart": lambda folders: stopped(folders, (-1, 1)),
    "cut off in a network": in_a_network,
    "cut off behind a proxy": behind_a_proxy,
}


@pytest.fixture(params=WAYS)
def hosts(request, tmp_path) -> Iterator[Hosts]:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    with WAYS[request.param](folders) as hosts:
        try:
            hosts.first.launch()
            yield hosts
        finally:
            hosts.first.kill()
            hosts.second.kill()


@pytest.fixture
def client(hosts, tmp_path):
    flags = ("--workers", "0", "--lease-seconds", "3")
    server = RunningServer(tmp_path, *flags, place=hosts.place).start()
    try:
        until(hosts.first.is_listed)
        with server.client() as client:
            yield client
    finally:
        server.kill()


def largest_of(host: RunningWorkerHost) -> int:
    """Return the bytes of a host's largest worker."""
    found = [0]
    for pid in host.worker_pids():
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid).memory_info().rss)
    return max(found)


def rows(place: str) -> list:
    return [
        places.rows_of(place, query)
        for query in (
            "SELECT status, attempts, execution_us, ended_at FROM chunks",
            "SELECT job_id, circuits, execution_us, completed_at FROM executions",
            "SELECT job_id, first, stop, data FROM result_slices",
        )
    ]


def test_what_a_host_brings_after_its_lease_is_refused(hosts, client):
    idle = largest_of(hosts.first)
    job_id = client.post("/v0.4/jobs", json=LONG).json()["id"]
    # It has read what it runs, and runs it.
    until(lambda: largest_of(hosts.first) - idle > LONG_BYTES // 2)
    hosts.silence()
    hosts.second.launch()
    assert ended(client, job_id)["status"] == "completed"
    (chunk,), (execution,), (_,) = stored = rows(hosts.place)
    assert chunk[0] == "done"
    assert chunk[1] >= 2
    assert execution[1] == 1

    hosts.wake()

    until(lambda: "lease lost" in hosts.first.log())
    assert rows(hosts.place) == stored
    found = client.get(f"/v0.4/jobs/{job_id}/results/probabilities").json()
    wanted = paultrap.run(LONG).as_dict(0)
    assert list(found) == [str(state) for state in wanted]
    np.testing.assert_allclose(list(found.values()), list(wanted.values()), rtol=0, atol=1e-13)
    # It goes on with what comes next.
    hosts.second.kill()
    short_id = client.post("/v0.4/jobs", json=SHORT).json()["id"]
    assert ended(client, short_id)["status"] == "completed"
