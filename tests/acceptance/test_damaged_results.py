"""A large result of which the end is damaged: an error before the first byte, or a broken transfer."""

import json
import socket
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from harness import RunningServer
from harness.jobs import file_of, new_job
from harness.waiting import until

from paultrap.circuits import Distributions
from paultrap.store import Store

pytestmark = pytest.mark.engine("sqlite")

CIRCUITS, STATES = 300, 4_096
# As a result is answered that is too large to be looked at before its first byte.
UNCHECKED = """
from paultrap.cli import main
from paultrap.store import results
results._FIRST_CHECKED_BYTES = 0
main()
"""


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """Return the folder of a database, and the id of a job in it whose last slice is damaged."""
    folder = tmp_path_factory.mktemp("data")
    with closing(Store.open(folder / "paultrap.db")) as store:
        job = store.jobs.add(new_job(store, CIRCUITS))
        numbers = np.random.default_rng(3).random((CIRCUITS, STATES))
        found = Distributions(
            np.arange(CIRCUITS + 1) * STATES,
            np.tile(np.arange(STATES, dtype=np.uint64), CIRCUITS),
            (numbers / numbers.sum(axis=1, keepdims=True)).ravel(),
        )
        assert store.queue.finish(store.queue.lease("worker", 60_000), found, 1_000)
        with closing(sqlite3.connect(file_of(store))) as connection, connection:
            connection.execute(
                "UPDATE result_slices SET data = substr(data, 1, length(data) - 1) || x'00' "
                "WHERE first = (SELECT max(first) FROM result_slices)"
            )
    return folder, job.id


@pytest.fixture
def serve(damaged):
    servers = []

    def start(code=None):
        servers.append(RunningServer(damaged[0], code=code).start())
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


PATHS = ("/v0.3/jobs/{}/results", "/v0.4/jobs/{}/results/probabilities/aggregated")


def test_it_is_an_error_before_the_first_byte(serve, damaged):
    with serve().client() as client:
        for path in PATHS:
            answer = client.get(path.format(damaged[1]))
            assert answer.status_code == 410
            assert damaged[1] in answer.json()["message"]
            for wanted in ("bytes=-100", "bytes=20000000-", "bytes=0-"):
                part = client.get(path.format(damaged[1]), headers={"Range": wanted})
                assert part.status_code == 410


def test_a_transfer_that_meets_damage_is_broken_for_every_client(serve, damaged):
    server = serve(UNCHECKED)
    for path in PATHS:
        pieces = []
        with (
            server.client() as client,
            client.stream("GET", path.format(damaged[1])) as answer,
            pytest.raises(httpx.RemoteProtocolError),
        ):
            pieces += answer.iter_bytes()
        assert answer.status_code == 200
        check_cut(b"".join(pieces))
    until(lambda: [line for line in server.log_lines() if damaged[1] in line and "damaged" in line])


def test_a_client_that_knows_no_chunks_gets_no_json_either(serve, damaged):
    server = serve(UNCHECKED)
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port), 60) as connection:
        head = f"GET {PATHS[0].format(damaged[1])} HTTP/1.0\r\nAuthorization: apiKey a\r\n\r\n"
        connection.sendall(head.encode())
        with connection.makefile("rb") as file:
            _, _, body = file.read().partition(b"\r\n\r\n")
    check_cut(body)


def check_cut(body):
    """Check that much has come, that it is no JSON, and that nothing of the damaged slice is there."""
    assert len(body) > 1 << 20
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert not body.rstrip().endswith(b"}}")
