"""Submitted once: a client that loses its answer and sends the same again has one job.

PAULTRAP_TEST_LOST_JOBS=1000 makes each test as large as it is meant to be seen once.
"""

import http.client
import json
import os
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import RunningServer
from harness.lossy import WAYS, Lossy, job_named, post_bytes, read_answer
from harness.waiting import PATIENCE_S

JOBS = int(os.environ.get("PAULTRAP_TEST_LOST_JOBS", "40"))
NAMED = ("Idempotency-Key: {}",)


@pytest.fixture
def server(tmp_path) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path).start()
    yield server
    server.kill()


def all_jobs(server: RunningServer) -> list[dict]:
    found: list[dict] = []
    query: dict = {"limit": 1000}
    with server.client() as client:
        while True:
            page = client.get("/v0.4/jobs", params=query).json()
            found += page["jobs"]
            if page["next"] is None:
                return found
            query["next"] = page["next"]


def assert_once(server: RunningServer, ids: dict[str, str]) -> None:
    """Each name is one job, and its client knows it."""
    found = {job["name"]: job["id"] for job in all_jobs(server)}
    counts = Counter(job["name"] for job in all_jobs(server))
    assert {name: count for name, count in counts.items() if count > 1} == {}
    assert found == ids


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_losing_an_answer_leaves_one_job(server, way):
    ids = {}
    for number in range(max(10, JOBS // 4)):
        name = f"{way} {number}"
        request = post_bytes(job_named(name))
        for pause_s in (0, 0.002, 0.01, 0.05):
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as peer:
                peer.sendall(request)
                time.sleep(pause_s)
                WAYS[way](peer)
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as peer:
            peer.sendall(request)
            ids[name] = read_answer(peer)["id"]
    assert_once(server, ids)


def submit_all(server: RunningServer, *headers: str, threads: int = 4) -> dict[str, str]:
    """Submit jobs through lossy clients; each has its own name."""

    def submit(worker: int) -> dict[str, str]:
        client = Lossy(server, worker)
        names = [f"job {number}" for number in range(worker, JOBS, threads)]
        return {
            name: client.submit(
                post_bytes(job_named(name), "/v0.4/jobs", *(h.format(name) for h in headers))
            )
            for name in names
        }

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(submit, range(threads)))
    return {name: job_id for part in found for name, job_id in part.items()}


@pytest.mark.parametrize("headers", [(), NAMED], ids=["unmodified", "with keys"])
def test_lost_connections_make_no_second_job_while_the_server_is_killed(server, headers):
    is_over = threading.Event()
    randomly = random.Random(5)

    def kill_now_and_then() -> None:
        while not is_over.wait(randomly.uniform(0.5, 2.0)):
            server.kill()
            server.start()

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    try:
        ids = submit_all(server, *headers)
    finally:
        is_over.set()
        killer.join()

    assert_once(server, ids)


def test_a_job_whose_server_was_killed_before_it_answered_is_found_again(server):
    """The server dies within milliseconds of the request, in or after its transaction."""
    randomly = random.Random(3)
    ids = {}
    for number in range(max(5, JOBS // 20)):
        name = f"killed {number}"
        request = post_bytes(job_named(name))
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as peer:
            peer.sendall(request)
            time.sleep(randomly.uniform(0, 0.02))
            server.kill()
        server.start()
        ids[name] = Lossy(server, number, keep=1).submit(request)
    assert_once(server, ids)


def test_intended_repetitions_on_one_connection_are_each_a_job(server):
    body = job_named("again")
    ids = []
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    for _ in range(JOBS):
        connection.request("POST", "/v0.4/jobs", body, server.headers)
        ids.append(read_job(connection))
    connection.close()

    assert len(set(ids)) == len(all_jobs(server)) == JOBS


def read_job(connection: http.client.HTTPConnection) -> str:
    answer = connection.getresponse()
    assert answer.status == 201
    assert answer.headers.get("paultrap-duplicate-of") is None
    found: str = json.loads(answer.read())["id"]
    return found


def test_intended_repetitions_in_one_go_are_each_a_job(server):
    request = post_bytes(job_named("again"))
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as peer:
        threading.Thread(target=peer.sendall, args=(request * JOBS,)).start()
        data = b""
        while data.count(b'"submitted"') < JOBS:
            piece = peer.recv(65_536)
            assert piece, data[-500:]
            data += piece

    assert len(all_jobs(server)) == JOBS
    assert b"paultrap-duplicate-of" not in data


@pytest.mark.parametrize("threads", [1, 8])
def test_intended_repetitions_on_connections_of_their_own_are_each_a_job(server, threads):
    request = post_bytes(job_named("again"))

    def submit(_: int) -> str:
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as peer:
            peer.sendall(request)
            answer = read_answer(peer)
        assert answer["http"] == 201
        return answer["id"]

    with ThreadPoolExecutor(threads) as pool:
        ids = list(pool.map(submit, range(JOBS)))

    assert len(set(ids)) == len(all_jobs(server)) == JOBS
