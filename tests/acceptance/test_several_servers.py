"""Several servers of one PostgreSQL database behind a balancer: whatever comes to any of them."""

import contextlib
import json
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import httpx
import pytest
from harness import databases
from harness.fleet import Fleet
from harness.lossy import WAYS, job_named, post_bytes, read_answer
from harness.waiting import PATIENCE_S, ended, until

from paultrap.store import Store

HOLD_S = 10.0


def fleet_of(folder, count=2, *flags, **more) -> Iterator[Fleet]:
    with (
        databases.shared(has_password=True).new() as place,
        Fleet(folder, place, count, *flags, **more).running() as fleet,
    ):
        yield fleet


@pytest.fixture(scope="module")
def fleet(tmp_path_factory) -> Iterator[Fleet]:
    """Two servers that nothing happens to."""
    yield from fleet_of(tmp_path_factory.mktemp("fleet"), 2, "--hold-seconds", str(HOLD_S))


@pytest.fixture
def mortal(tmp_path) -> Iterator[Fleet]:
    """Two servers that may be killed."""
    yield from fleet_of(tmp_path, 2, "--lease-seconds", "3")


@pytest.fixture
def client(fleet) -> Iterator[httpx.Client]:
    with fleet.client() as client:
        yield client


def job(name: str, **more) -> dict:
    return json.loads(job_named(name)) | more


def long_job(name: str) -> dict:
    """Return a job that takes minutes."""
    gates = [
        {"gate": "h", "target": 0},
        *({"gate": "rx", "target": t, "rotation": 0.1 * t} for t in range(24)),
    ]
    circuits = [
        {"circuit": [*gates * 10, {"gate": "rz", "target": 0, "rotation": k / 7}]}
        for k in range(200)
    ]
    return {
        "type": "ionq.multi-circuit.v1",
        "backend": "simulator",
        "name": name,
        "input": {"qubits": 24, "gateset": "qis", "circuits": circuits},
    }


def named(client, name: str) -> list[str]:
    """Return the ids of the jobs of a name."""
    return [
        each["id"]
        for each in client.get("/v0.4/jobs", params={"name": name, "limit": 1000}).json()["jobs"]
    ]


def test_each_server_has_what_any_of_them_was_sent(fleet):
    with fleet.servers[0].client() as first, fleet.servers[1].client() as second:
        made = first.post("/v0.4/jobs", json=job("shared")).json()["id"]
        assert ended(second, made)["status"] == "completed"
        path = f"/v0.4/jobs/{made}/results/probabilities"
        answers = [each.get(path) for each in (first, second)]
        assert answers[0].content == answers[1].content
        assert answers[0].headers["etag"] == answers[1].headers["etag"]
        session = first.post("/v0.4/sessions", json={"backend": "simulator"}).json()["id"]
        joined = second.post("/v0.4/jobs", json=job("joined", session_id=session))
        assert joined.status_code == 201
        second.post(f"/v0.4/sessions/{session}/end")
        assert first.post("/v0.4/jobs", json=job("late", session_id=session)).status_code == 400


def test_a_get_is_held_until_a_job_ends_that_runs_under_another_server(fleet):
    first, second = fleet.servers
    with first.client() as here, second.client() as there, second.paused_workers():
        for number in range(3):
            with first.paused_workers(), ThreadPoolExecutor(1) as pool:
                made = here.post("/v0.4/jobs", json=job(f"held {number}")).json()["id"]
                # While it is held, or before it is asked for: either way it has ended then.
                held = pool.submit(there.get, f"/v0.4/jobs/{made}")
            assert held.result().json()["status"] in {"completed", "ready"}
        began = time.monotonic()
        made = here.post("/v0.4/jobs", json=job("held")).json()["id"]
        assert there.get(f"/v0.4/jobs/{made}").json()["status"] == "completed"
        assert time.monotonic() - began < HOLD_S


def test_a_job_is_canceled_at_another_server_than_the_one_that_runs_it(fleet):
    first, second = fleet.servers
    with first.client() as here, second.client() as there, second.paused_workers():
        made = here.post("/v0.4/jobs", json=long_job("long")).json()["id"]
        until(lambda: there.get(f"/paultrap/jobs/{made}/progress").json()["status"] == "started")
        assert there.put(f"/v0.4/jobs/{made}/status/cancel").status_code == 200
        assert here.get(f"/v0.4/jobs/{made}").json()["status"] == "canceled"
        until(lambda: '"event":"lease lost"' in first.log())  # It gives up what it is at.


def test_a_request_with_an_idempotency_key_makes_one_job_at_all_servers_at_once(fleet):
    clients = [server.client() for server in fleet.servers]

    def post(number: int) -> tuple[str, str]:
        name = f"key {number // 4}"
        answer = clients[number % 2].post(
            "/v0.4/jobs", json=job(name), headers={"idempotency-key": name}
        )
        assert answer.status_code == 201, answer.text
        return name, answer.json()["id"]

    with ThreadPoolExecutor(8) as pool:
        made = dict.fromkeys(pool.map(post, range(80)))
    assert len(made) == 20
    for name, id_ in made:
        assert named(clients[0], name) == [id_]
    for each in clients:
        each.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_client_that_lost_its_answer_gets_it_from_another_server(fleet, client, way):
    ports = cycle([server.port for server in fleet.servers])
    for number in range(8):
        name = f"{way} {number}"
        request = post_bytes(job_named(name))
        for pause_s in (0, 0.002, 0.01, 0.05):
            with socket.create_connection(("127.0.0.1", next(ports)), PATIENCE_S) as peer:
                peer.sendall(request)
                time.sleep(pause_s)  # when the answer is lost
                WAYS[way](peer)
        with socket.create_connection(("127.0.0.1", next(ports)), PATIENCE_S) as peer:
            peer.sendall(request)
            answer = read_answer(peer)
        next(ports)
        assert named(client, name) == [answer["id"]]


def test_equal_requests_of_clients_that_have_their_answers_are_as_many_jobs(client):
    def post(_: int) -> str:
        answer = client.post("/v0.4/jobs", json=job("equal"))
        assert "paultrap-duplicate-of" not in answer.headers
        return answer.json()["id"]

    with ThreadPoolExecutor(8) as pool:
        made = {*pool.map(post, range(40))}
    made |= {post(number) for number in range(10)}
    assert len(made) == 50
    assert sorted(named(client, "equal")) == sorted(made)


LIMIT = 600


@pytest.fixture(scope="module")
def limited(tmp_path_factory) -> Iterator[Fleet]:
    """Three servers that ask for keys, and bound what each may send."""
    flags = ("--rate-limit-per-minute", str(LIMIT), "--auth", "required")
    yield from fleet_of(tmp_path_factory.mktemp("limited"), 3, *flags)


def asking(fleet: Fleet, name: str) -> list[httpx.Client]:
    """Return a client of each server, all with one key."""
    key = fleet.servers[0].new_key(name)
    headers = {"authorization": f"apiKey {key}"}
    return [httpx.Client(base_url=each.url, headers=headers, timeout=120) for each in fleet.servers]


def test_a_revoked_key_is_refused_by_all_servers_within_seconds(limited):
    clients = asking(limited, "short-lived")
    assert [each.get("/v0.4/jobs").status_code for each in clients] == [200] * 3
    with contextlib.closing(Store.attach(limited.place)) as store:
        [found] = [each for each in store.keys.list_all() if each.name == "short-lived"]
        assert store.keys.revoke(found.id)
    revoked_at = time.monotonic()

    for each in clients:
        until(lambda each=each: each.get("/v0.4/jobs").status_code == 401)
        each.close()
    assert time.monotonic() - revoked_at < 30  # two seconds, and a machine that is busy


@pytest.mark.parametrize("pause_s", [0.0, 0.05])
def test_a_key_has_its_limit_of_requests_at_all_servers_together(limited, pause_s):
    clients = asking(limited, f"every {pause_s} s")

    def ask(number: int) -> int:
        time.sleep(pause_s)
        return clients[number % 3].get("/v0.4/jobs?limit=1").status_code

    with ThreadPoolExecutor(6) as pool:
        began = time.monotonic()
        statuses = Counter(pool.map(ask, range(2 * LIMIT)))
        minutes = (time.monotonic() - began) / 60
    allowed = min(2 * LIMIT, LIMIT * (1 + minutes))
    assert 0.9 * allowed <= statuses[200] <= 1.02 * allowed + 3
    for each in clients:
        each.close()


def test_jobs_complete_under_the_other_server_when_one_is_killed(mortal):
    first, second = mortal.servers
    with mortal.client() as client:
        made = [client.post("/v0.4/jobs", json=job(f"job {k}")).json()["id"] for k in range(20)]
        # A process that is held within a transaction would hold its locks.
        assert {ended(client, each)["status"] for each in made} == {"completed"}
        with second.paused_workers():
            running = client.post("/v0.4/jobs", json=long_job("long")).json()["id"]
            until(lambda: client.get(f"/v0.4/jobs/{running}").json()["status"] == "started")
            first.kill()
        # What it had leased is free though no lease has run out, and it does not count as guilty.
        until(lambda: '"reason":"server_died"' in second.log())
        client.put(f"/v0.4/jobs/{running}/status/cancel")
        first.start()
        again = client.post("/v0.4/jobs", json=job("after")).json()["id"]
        assert ended(client, again)["status"] == "completed"


def test_a_server_that_hangs_loses_nothing_and_goes_on(mortal):
    first, second = mortal.servers
    with mortal.client() as client, second.client() as there:
        before = client.post("/v0.4/jobs", json=job("before")).json()["id"]
        first.process.send_signal(signal.SIGSTOP)
        try:
            made = [there.post("/v0.4/jobs", json=job(f"job {k}")).json()["id"] for k in range(5)]
            assert {ended(there, each)["status"] for each in [before, *made]} == {"completed"}
        finally:
            first.process.send_signal(signal.SIGCONT)
        with first.client() as here:
            assert ended(here, made[-1])["status"] == "completed"
