"""SIGTERM ends a server in bounded time, whatever hangs in it.

No test here measures a time, which a loaded machine makes longer: the server says which of its limits
has ended it, and `tests/unit/api/test_ending.py` holds those limits by a clock of its own.
"""

import contextlib
import json
import signal
import threading
import time

import httpx
import pytest
from harness import RunningServer
from harness.waiting import until

HANG_GUARD_S = (
    120  # What hangs, hangs for ever; the limits of the end are asserted by what it says.
)
LIMITS = {"13 s after the signal", "1 s after all was closed"}
BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
JOB = {"type": "ionq.circuit.v1", "backend": "simulator", "input": {"qubits": 2, "circuit": BELL}}

HANGS = {
    "a computing thread": """
from paultrap.submissions import decoding
decoding.split = lambda body: hang()
""",
    "the writer, within a transaction": """
from paultrap.store.submission import Submission
Submission.insert = lambda *_: hang()
""",
    "the end of the store": """
from paultrap.store import Store
Store.close = lambda _: hang()
""",
    "the end of the workers": """
from paultrap.worker import Supervisor
Supervisor.stop = lambda *_: hang()
""",
}
CODE = """
import os, pathlib, threading, sys
def hang():
    pathlib.Path(os.environ["HANGS"]).touch()
    threading.Event().wait()
{patch}
from paultrap.cli import main
main()
"""


@pytest.fixture
def start(tmp_path):
    started = []

    def start(patch, *flags):
        environment = {"HANGS": str(tmp_path / "hangs"), "TMPDIR": str(tmp_path / "tmp")}
        (tmp_path / "tmp").mkdir()
        server = RunningServer(
            tmp_path, *flags, environment=environment, code=CODE.format(patch=patch)
        )
        started.append(server.start())
        return server

    yield start
    for server in started:
        server.kill()


def hang(server, tmp_path):
    """Send a job and return when something hangs by it: the request, which continues."""

    def send():
        with contextlib.suppress(httpx.TransportError), server.client() as client:
            client.post("/v0.4/jobs", json=JOB)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    until((tmp_path / "hangs").exists)
    return sender


def ended_by(server):
    """Return the line of the log that says why the server has ended before all was done."""
    lines = [line for line in server.log_lines() if "ended with work undone" in line]
    [line] = map(json.loads, lines)
    return line


@pytest.mark.parametrize("patch", HANGS.values(), ids=HANGS)
def test_whatever_hangs_it_ends_with_code_0_and_leaves_nothing(start, tmp_path, patch):
    server = start(patch, "--ephemeral", "--workers", "2")
    assert list((tmp_path / "tmp").iterdir())
    if "submi" in patch:
        hang(server, tmp_path)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(HANG_GUARD_S) == 0
    assert ended_by(server)["cause"] in LIMITS
    assert (tmp_path / "hangs").exists()
    assert server.processes() == []
    assert not list((tmp_path / "tmp").iterdir())


def test_what_was_at_work_is_named(start, tmp_path):
    server = start(HANGS["a computing thread"])
    hang(server, tmp_path)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(HANG_GUARD_S) == 0
    assert "compute" in ended_by(server)["threads"]


def test_a_second_ctrl_c_ends_it_at_once(start, tmp_path):
    server = start(HANGS["the end of the workers"])
    server.process.send_signal(signal.SIGINT)
    until((tmp_path / "hangs").exists)
    time.sleep(0.6)  # A signal that comes twice at a time counts once.
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(HANG_GUARD_S) == 128 + signal.SIGINT
    assert ended_by(server)["cause"] == "a second SIGINT"
    assert server.processes() == []


def test_a_request_that_is_given_up_is_answered_with_its_id(start, tmp_path):
    server = start(HANGS["the writer, within a transaction"])
    answers = []

    def send():
        with server.client() as client:
            answers.append(client.post("/v0.4/jobs", json=JOB, headers={"X-Request-ID": "mine"}))

    sender = threading.Thread(target=send)
    sender.start()
    until((tmp_path / "hangs").exists)
    server.process.send_signal(signal.SIGTERM)
    sender.join()

    [answer] = answers
    assert answer.status_code == 503
    assert answer.json()["requestId"] == answer.headers["x-request-id"] == "mine"
    assert server.process.wait(HANG_GUARD_S) == 0
    [line] = [line for line in server.log_lines() if '"mine"' in line]
    assert json.loads(line)["error"] == "the server stopped"
    assert "Traceback" not in server.log()


def test_workers_end_while_requests_are_still_answered(start, tmp_path):
    server = start(HANGS["a computing thread"])
    request = hang(server, tmp_path)
    assert server.worker_pids()
    server.process.send_signal(signal.SIGTERM)
    until(lambda: server.process.poll() is not None or not server.worker_pids())
    assert request.is_alive()
    assert server.process.wait(HANG_GUARD_S) == 0
