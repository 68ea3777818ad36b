"""A PostgreSQL server that is gone for a while: what is told meanwhile, and that all go on by themselves."""

import contextlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx
import pytest
from harness.databases import Databases
from harness.fleet import Fleet
from harness.lossy import job_named
from harness.postgresql import PostgresqlServer
from harness.waiting import ended, until

AT_ONCE_S = 30.0  # on any machine, and far less than what waits for each other's timeouts


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def fleet(database, tmp_path_factory) -> Iterator[Fleet]:
    databases = Databases(database.url)
    place = databases.create()
    databases.close()
    flags = ("--hold-seconds", "2", "--lease-seconds", "3")
    with Fleet(tmp_path_factory.mktemp("fleet"), place, 2, *flags).running() as fleet:
        yield fleet


@pytest.fixture(autouse=True)
def _begins_with_a_database(fleet):
    """Wait until the servers have found the database again that an earlier test took from them."""
    wait_until_ready(fleet)


def wait_until_ready(fleet: Fleet) -> None:
    for each in fleet.servers:
        with each.client() as client:
            until(lambda client=client: client.get("/readyz").status_code == 200)


@contextlib.contextmanager
def stopped(database: PostgresqlServer) -> Iterator[None]:
    database.stop()
    try:
        yield
    finally:
        database.start()


@contextlib.contextmanager
def paused(database: PostgresqlServer) -> Iterator[None]:
    with database.paused():
        yield


WAYS = {"stopped": stopped, "paused": paused}


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    return answer.json()["message"]


def lines(fleet: Fleet, event: str) -> int:
    return sum(f'"event":"{event}"' in line for each in fleet.servers for line in each.log_lines())


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_lost_database_is_told_at_once_and_all_go_on_when_it_is_back(fleet, database, way):
    first = fleet.servers[0]
    before = lines(fleet, "the database does not answer")
    with first.client() as client, first.paused_workers():
        answer = client.post("/v0.4/jobs", json=json.loads(job_named("before")))
        assert answer.status_code == 201, answer.text
        made = answer.json()["id"]
        with ThreadPoolExecutor(20) as pool, way(database):
            # Those that are under way hear of it, and those that come later hear at once.
            asked = list(pool.map(lambda _: client.get(f"/v0.4/jobs/{made}"), range(20)))
            assert {each.status_code for each in asked} <= {200, 503}
            until(lambda: client.get("/readyz").status_code == 503)
            began = time.monotonic()
            for _ in range(100):
                refused(client.get(f"/v0.4/jobs/{made}"))
            refused(client.post("/v0.4/jobs", json=json.loads(job_named("meanwhile"))))
            assert time.monotonic() - began < AT_ONCE_S
            assert client.get("/healthz").status_code == 200
            told = client.get("/readyz").json()["message"]
            assert told.startswith("The database does not answer: ")
            assert "password" not in told
            assert client.get("/metrics").status_code == 200
        wait_until_ready(fleet)
    with fleet.client() as client:
        assert ended(client, made)["status"] == "completed"
        named = client.get("/v0.4/jobs", params={"name": "meanwhile"}).json()["jobs"]
        assert named == []  # What was refused was not made.
    assert lines(fleet, "the database does not answer") - before <= 4
    assert database.url.split(":")[2].split("@")[0] not in "".join(s.log() for s in fleet.servers)


def test_a_get_that_is_held_ends_well_when_the_database_is_lost(fleet, database):
    first = fleet.servers[0]
    with first.client() as client, contextlib.ExitStack() as held:
        for each in fleet.servers:
            held.enter_context(each.paused_workers())
        made = client.post("/v0.4/jobs", json=json.loads(job_named("held"))).json()["id"]
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.get, f"/v0.4/jobs/{made}")
            with stopped(database):
                answer = waiting.result()
        assert answer.status_code in {200, 503}  # as it was read before, or could not be


def test_a_submission_is_one_job_however_often_the_database_dies(fleet, database):
    """Four clients submit while it dies again and again; each name is one job, which completes."""
    turns, names = count(), [f"kept {number}" for number in range(60)]
    made: dict[str, str] = {}

    def submit(name: str) -> None:
        with fleet.client() as client:
            while name not in made:
                with contextlib.suppress(httpx.TransportError):
                    answer = client.post(
                        "/v0.4/jobs",
                        json=json.loads(job_named(name)),
                        headers={"idempotency-key": name},
                    )
                    if answer.status_code == 201:
                        made[name] = answer.json()["id"]
                    else:
                        refused(answer)
                        time.sleep(0.05)

    with ThreadPoolExecutor(4) as pool:
        working = pool.map(submit, names)
        while len(made) < len(names) and next(turns) < 5:
            known = len(made)
            until(lambda known=known: len(made) > known)
            database.stop()
            database.start()
        list(working)
    wait_until_ready(fleet)
    with fleet.client() as client:
        for name, id_ in made.items():
            found = client.get("/v0.4/jobs", params={"name": name}).json()["jobs"]
            assert [each["id"] for each in found] == [id_]
            assert ended(client, id_)["status"] == "completed"
