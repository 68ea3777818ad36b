"""Many slow downloads of large results cost little memory, and hold up nobody else."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness import RunningServer
from harness.waiting import ended, until

pytestmark = pytest.mark.processes

MOST_GROWTH = 150_000_000
# What plain requests may take: 1 s where nothing else is at work on the machine.
PATIENCE_S = float(os.environ.get("PAULTRAP_TEST_ANSWER_SECONDS", "30"))
SLOW = 60

# Asks for small things until it is told to stop, and says how many were answered, and the slowest.
ASKING = """
import json, select, sys, time
import httpx
url, job_id, key = sys.argv[1:]
worst = count = 0
with httpx.Client(base_url=url, headers={"Authorization": f"apiKey {key}"}, timeout=120) as client:
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        for path in (f"/v0.4/jobs/{job_id}", "/v0.4/jobs?limit=5", "/healthz"):
            began = time.monotonic()
            client.get(path).raise_for_status()
            worst = max(worst, time.monotonic() - began)
            count += 1
print(json.dumps([count, worst]))
"""


@pytest.fixture(params=["asyncio", "uvloop"])
def loop(request):
    pytest.importorskip(request.param)
    return request.param


@pytest.fixture
def serve(tmp_path, loop):
    with ExitStack() as opened:

        def start(*flags: str) -> RunningServer:
            server = RunningServer(tmp_path, "--event-loop", loop, *flags)
            opened.callback(server.kill)
            return server.start()

        yield start


def spread(client, qubits: int) -> str:
    """Return a job whose result has 2**qubits states, of about 31 bytes each."""
    circuit = [
        {"gate": "ry", "target": each, "rotation": 1.3 + each / 100} for each in range(qubits)
    ]
    body = {
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "input": {"qubits": qubits, "circuit": circuit},
    }
    job_id = client.post("/v0.4/jobs", json=body).raise_for_status().json()["id"]
    assert ended(client, job_id)["status"] == "completed"
    return job_id


def ask(
    server: RunningServer, job_id: str, *, times: int = 1, kept: int | None = None
) -> socket.socket:
    """Return a connection that has asked for a result; the system keeps so much of what comes."""
    connection = socket.socket()
    if kept is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kept)
    connection.settimeout(120)
    connection.connect(("127.0.0.1", server.port))
    head = f"GET /v0.4/jobs/{job_id}/results/probabilities HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    head += f"Authorization: apiKey {server.key}\r\n\r\n"
    connection.sendall(head.encode() * times)
    return connection


def has_come(connection: socket.socket) -> bool:
    """Return whether anything of an answer is there, and leave it there."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(120)


def read_chunks(connection: socket.socket) -> bytes:
    """Return the body of one answer that comes in chunks."""
    with connection.makefile("rb") as file:
        assert b" 200 " in file.readline()
        while file.readline() != b"\r\n":
            pass
        pieces = []
        while size := int(file.readline(), 16):
            pieces.append(file.read(size))
            file.readline()
        file.readline()
        return b"".join(pieces)


def peak_of(server: RunningServer) -> int:
    """Return the most bytes of memory that the server has had."""
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    (line,) = [each for each in text.splitlines() if each.startswith("VmHWM")]
    return 1024 * int(line.split()[1])


@pytest.mark.slow
def test_sixty_slow_downloads_cost_little_and_hold_up_nobody(serve):
    server = serve()
    with server.client() as client, ExitStack() as opened:
        job_id, small = spread(client, 22), spread(client, 2)
        path = f"/v0.4/jobs/{job_id}/results/probabilities"
        with client.stream("GET", path) as whole:  # what the first of all costs does not count
            assert sum(map(len, whole.iter_bytes())) > 100_000_000
        before = peak_of(server)
        asking = opened.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", ASKING, server.url, small, server.key],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        slow = [opened.enter_context(ask(server, job_id, kept=16_384)) for _ in range(SLOW)]
        until(lambda: sum(map(has_come, slow)) == 4)
        taken = 0
        end = time.monotonic() + 10
        while time.monotonic() < end:
            for each in filter(has_come, slow):
                taken += len(each.recv(8_192))
            # Small results of the same key do not wait behind them.
            assert len(client.get(f"/v0.4/jobs/{small}/results/probabilities").json()) == 4
            time.sleep(0.1)
        grown = peak_of(server) - before
        told, _ = asking.communicate(b"\n", timeout=120)
        count, worst = json.loads(told)
        print(f"{grown / 1e6:.0f} MB more, slowest of {count} requests {worst:.3f} s")  # noqa: T201
        assert sum(map(has_come, slow)) == 4  # The others still wait.
        assert taken
        assert grown < MOST_GROWTH
        assert worst < PATIENCE_S


def test_those_who_wait_get_all_when_it_is_their_turn(serve):
    server = serve("--max-downloads", "2")
    with server.client() as client, ExitStack() as opened:
        job_id = spread(client, 20)
        whole = client.get(f"/v0.4/jobs/{job_id}/results/probabilities").content
        waiting = [opened.enter_context(ask(server, job_id)) for _ in range(6)]
        until(lambda: sum(map(has_come, waiting)) == 2)
        while waiting:
            ready = until(lambda: [each for each in waiting if has_come(each)])
            assert read_chunks(ready[0]) == whole
            waiting.remove(ready[0])


def test_one_who_leaves_while_it_waits_is_forgotten(serve):
    server = serve("--max-downloads", "1")
    with server.client() as client, ExitStack() as opened:
        job_id = spread(client, 20)
        first = opened.enter_context(ask(server, job_id))
        until(lambda: has_come(first))
        for _ in range(3):
            ask(server, job_id).close()
        last = opened.enter_context(ask(server, job_id))
        until(lambda: sum('"disconnected":true' in line for line in server.log_lines()) == 3)
        assert not has_come(last)
        first.close()
        until(lambda: has_come(last))
        read_chunks(last)


def test_one_who_reads_in_another_order_is_served_when_the_others_are_ended(serve):
    server = serve("--max-downloads", "2", "--answer-seconds", "2")
    with server.client() as client, ExitStack() as opened:
        job_id = spread(client, 20)
        whole = client.get(f"/v0.4/jobs/{job_id}/results/probabilities").content
        early = []
        for count in range(1, 3):
            early.append(opened.enter_context(ask(server, job_id)))
            until(lambda count=count: sum(map(has_come, early)) == count)
        last = opened.enter_context(ask(server, job_id))

        assert read_chunks(last) == whole
        assert "took nothing" in server.log()


def test_answers_on_one_connection_do_not_wait_for_each_other(serve):
    server = serve("--max-downloads", "1")
    with server.client() as client, ExitStack() as opened:
        job_id = spread(client, 20)
        connection = opened.enter_context(ask(server, job_id, times=3))
        text = b""
        while text.count(b"\r\n0\r\n\r\n") < 3:
            piece = connection.recv(1 << 20)
            assert piece
            text += piece
        assert text.count(b"HTTP/1.1 200") == 3
