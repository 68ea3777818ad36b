"""Programs that are long to read hold up nobody else's, and are dropped when their clients leave."""

import json
import select
import socket
from contextlib import ExitStack

import pytest
from harness import RunningServer
from harness.attack import HEADER, ansatz_job, nested_calls, program_job
from harness.waiting import until

# With a gate of its own, so that another process reads it.
ONE_GATE = f"{HEADER}gate own a {{x a;}} qubit q;bit c;own q;c = measure q;"
SMALL = {"program": program_job(ONE_GATE), "ansatz": ansatz_job(f"{HEADER}qubit q;x q;")}
HOSTILE = [program_job(nested_calls()), ansatz_job(nested_calls())]


@pytest.fixture
def server(tmp_path):
    flags = ("--auth", "required", "--max-program-seconds", "900")
    server = RunningServer(tmp_path, *flags).start()
    yield server
    server.kill()


@pytest.fixture
def connections():
    with ExitStack() as opened:
        yield opened


class Sent:
    """A job that was sent, and whose answer is not waited for."""

    def __init__(self, server, key, job):
        body = json.dumps(job).encode()
        self.connection = socket.create_connection(("127.0.0.1", server.port), timeout=300)
        self.connection.sendall(
            b"POST /v0.4/jobs HTTP/1.1\r\nhost: localhost\r\nauthorization: apiKey %s\r\n"
            b"content-length: %d\r\n\r\n%s" % (key.encode(), len(body), body)
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def is_answered(self):
        """Return whether anything of an answer, or the end of the connection, has come."""
        return bool(select.select([self.connection], [], [], 0)[0])

    def status(self):
        """Wait for the answer, and return its status."""
        with self.connection.makefile("rb") as stream:
            return int(stream.readline().split()[1])


@pytest.mark.parametrize("kind", SMALL)
def test_small_ones_pass_long_ones_of_another_key_and_of_their_own(server, connections, kind):
    theirs, ours = server.new_key("theirs"), server.new_key("ours")
    idle = len(server.processes())
    hostile = [
        connections.enter_context(Sent(server, theirs, job)) for job in HOSTILE for _ in range(3)
    ]
    until(lambda: len(server.processes()) > idle + 1)
    for key in (ours, theirs, ours):
        small = connections.enter_context(Sent(server, key, SMALL[kind]))
        assert small.status() == 201
    assert not any(each.is_answered() for each in hostile)


def test_what_clients_have_left_is_read_no_more(server, connections):
    key = server.new_key("theirs")
    with Sent(server, key, SMALL["program"]) as small:  # The source of readers is there then.
        assert small.status() == 201
    until(lambda: len(set(server.processes())) == len(server.processes()))
    idle = len(server.processes())
    for _ in range(2):
        hostile = [
            connections.enter_context(Sent(server, key, job)) for job in HOSTILE for _ in range(3)
        ]
        until(lambda: len(server.processes()) >= idle + 2)
        for each in hostile:
            each.connection.close()
        until(lambda: len(server.processes()) == idle)
    with Sent(server, key, SMALL["ansatz"]) as small:
        assert small.status() == 201
    # Nobody made a job of what was left.
    with server.client() as client:
        jobs = client.get("/v0.4/jobs", headers={"Authorization": f"apiKey {key}"}).json()["jobs"]
    assert len(jobs) == 2
    left = until(lambda: [x for x in server.log_lines() if "disconnected" in x][11:])
    assert not any("Traceback" in each for each in left)
    assert "Traceback" not in server.log()


def test_flat_programs_take_no_process_and_no_turn(server, connections):
    theirs = server.new_key("theirs")
    idle = len(server.processes())
    gates = "".join(f"rx({k} * pi / 7) q[{k % 5}]; cx q[{k % 5}], q[5];\n" for k in range(3_000))
    flat = program_job(f"{HEADER}qubit[6] q; bit[6] c;\n{gates}c = measure q;")
    small = connections.enter_context(Sent(server, theirs, flat))
    assert small.status() == 201
    assert len(server.processes()) == idle
    hostile = [connections.enter_context(Sent(server, theirs, HOSTILE[0])) for _ in range(3)]
    until(lambda: len(server.processes()) > idle + 1)
    small = connections.enter_context(Sent(server, theirs, flat))
    assert small.status() == 201
    assert not any(each.is_answered() for each in hostile)
