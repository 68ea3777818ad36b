"""Clocks of hosts and of the database that are an hour off: nobody sees a difference."""

import contextlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness import RunningServer, databases, places
from harness.clock import SteppedClock, hours_off
from harness.postgresql import PostgresqlServer
from harness.waiting import ended, until
from harness.worker_host import RunningWorkerHost
from proofs.kills.bodies import wide_circuit

pytestmark = pytest.mark.skipif(
    not places.ON_POSTGRESQL, reason="it takes PostgreSQL: PAULTRAP_TEST_ON=postgresql"
)

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
LEASE = ("--lease-seconds", "3")
TERMS = ("--slots", "1", "--threads", "1")
# Of the database, of two servers and of two worker hosts.
OFF = {
    "hosts ahead and behind": (0, 1, -1, -1, 1),
    "database ahead": (1, 0, 0, 0, 0),
    "database behind": (-1, 0, 0, 0, 0),
}
JOB = {
    "type": "ionq.circuit.v1",
    "backend": "simulator",
    "input": {"gateset": "qis", "qubits": 22, "circuit": wide_circuit(22, 300, 3)},
}
NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
LEASES = f"SELECT lease_until - {NOW} FROM chunks WHERE status = 'leased'"
AGES = f"""
SELECT chunks.job_id, {NOW} - due_at, {NOW} - requested_at
FROM chunks JOIN jobs ON jobs.id = chunks.job_id
"""


@contextlib.contextmanager
def running(folder, database, servers=({}, {}), hosts=({}, {})):
    """Give a database, servers, and worker hosts that are not started, with these environments."""
    with contextlib.ExitStack() as stack:
        postgresql = PostgresqlServer(durable=False, environment=database)
        stack.callback(postgresql.close)
        made = databases.Databases(postgresql.url)
        stack.callback(made.close)
        place = made.create()

        def made_in(name):
            (folder / name).mkdir()
            return folder / name

        servers = [
            RunningServer(
                made_in(f"server {n}"), "--workers", "0", *LEASE, place=place, environment=each
            )
            for n, each in enumerate(servers)
        ]
        hosts = [
            RunningWorkerHost(made_in(f"host {n}"), place, *TERMS, *LEASE, environment=each)
            for n, each in enumerate(hosts)
        ]
        for each in (*servers, *hosts):
            stack.callback(each.kill)
        with ThreadPoolExecutor() as pool:
            list(pool.map(RunningServer.start, servers))
        yield place, servers, hosts


@pytest.fixture(params=OFF)
def fleet(request, tmp_path):
    """Give what `running` does, with clocks that are off."""
    off = [hours_off(hours) if hours else {} for hours in OFF[request.param]]
    with running(tmp_path, off[0], off[1:3], off[3:]) as fleet:
        yield fleet


@pytest.fixture
def database_clock():
    """Give a clock that can be set, for the database."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield SteppedClock(folder)


def test_order_and_leases_go_by_the_clock_of_the_database(fleet):
    place, servers, hosts = fleet
    with servers[0].client() as one, servers[1].client() as other:
        ids = [
            client.post("/v0.4/jobs", json=JOB | {"name": f"job {number}"}).json()["id"]
            for number, client in enumerate((one, other, one, other))
        ]
        ((now,),) = places.rows_of(place, f"SELECT {NOW}")
        ages = places.rows_of(place, AGES)

        hosts[0].start()
        leases = until(lambda: places.rows_of(place, LEASES))
        # One that looks for leases which have run out finds none.
        hosts[1].launch()
        jobs = [ended(other, job_id) for job_id in ids]

    assert [job["status"] for job in jobs] == ["completed"] * 4
    assert {job_id for job_id, _, _ in ages} == set(ids)
    assert all(abs(age_ms) < MINUTE_MS for _, *both in ages for age_ms in both)
    # Lists are in the order of the ids, which begin with the time.
    assert all(abs(now - int(job_id.replace("-", "")[:12], 16)) < MINUTE_MS for job_id in ids)
    assert all(0 < left_ms < MINUTE_MS for (left_ms,) in leases)
    assert places.rows_of(place, "SELECT DISTINCT attempts, expiries FROM chunks") == [(1, 0)]
    assert len(places.rows_of(place, "SELECT job_id FROM executions")) == len(ids)


@pytest.mark.parametrize("hours", [1, -1])
def test_jobs_outlive_a_step_of_the_clock_of_the_database(database_clock, tmp_path, hours):
    with running(tmp_path, database_clock.environment, servers=({},)) as (place, servers, hosts):
        for each in hosts:
            each.launch()
        with servers[0].client() as client:

            def submit(count):
                return [client.post("/v0.4/jobs", json=JOB).json()["id"] for _ in range(count)]

            ids = submit(4)
            until(lambda: places.rows_of(place, LEASES))
            ((before,),) = places.rows_of(place, f"SELECT {NOW}")
            database_clock.set(hours)
            ((after,),) = places.rows_of(place, f"SELECT {NOW}")
            ids += submit(1)
            jobs = [ended(client, job_id) for job_id in ids]
        used = places.rows_of(place, "SELECT job_id FROM executions")

    assert abs(after - before - hours * HOUR_MS) < MINUTE_MS
    assert [job["status"] for job in jobs] == ["completed"] * len(ids)
    assert sorted(job_id for (job_id,) in used) == sorted(ids)
