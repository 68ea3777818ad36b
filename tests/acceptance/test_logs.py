"""The log of a real server and its workers: one job can be followed, and no storm fills the disk."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from harness import RunningServer, waiting
from harness.jobs import flipping

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]

LOUD_TRAP = """
import logging, sys

class LoudTrap:
    name, qubits, gateset, entangler = "qpu.loud-trap", 5, "qis", "zz"

    def run(self, chunk):
        print("warming up")
        print("careful", file=sys.stderr)
        logging.getLogger("loud_trap").warning("laser %d is off", 3)
        if chunk.shots == 13:
            raise RuntimeError("the trap is empty")
        return [{1: chunk.shots}] * len(chunk.widths())

TRAP = LoudTrap()
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    info = folder / "loud_trap-1.dist-info"
    info.mkdir()
    (folder / "loud_trap.py").write_text(LOUD_TRAP)
    (info / "METADATA").write_text("Name: loud-trap\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[paultrap.backends]\nloud-trap = loud_trap:TRAP\n")
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture
def serve(tmp_path, packages):
    servers = []

    def start(*flags: str) -> RunningServer:
        server = RunningServer(tmp_path, *flags, environment=packages)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.kill()


def lines_of(server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log_lines() if line.startswith("{")]


def job_for(backend, shots=100, circuit=BELL):
    return {
        "type": "ionq.circuit.v1",
        "backend": backend,
        "shots": shots,
        "input": {"gateset": "qis", "qubits": 2, "circuit": circuit},
    }


def ended(http, created) -> str:
    return waiting.ended(http, created.json()["id"])["status"]


def test_one_job_is_followed_by_its_request_id(serve):
    server = serve("--log-format", "json", "--log-level", "debug")
    with server.client() as http:
        created = http.post(
            "/v0.4/jobs", json=job_for("simulator"), headers={"X-Request-ID": "request-7"}
        )
        assert ended(http, created) == "completed"
    assert server.stop() == 0

    lines = lines_of(server)
    ours = [line for line in lines if line.get("request_id") == "request-7"]
    assert sorted(line["event"] for line in ours) == sorted(
        ["job submitted", "request", "job leased", "chunk done", "job completed"]
    )
    assert {line.get("job", created.json()["id"]) for line in ours} == {created.json()["id"]}
    [request] = [line for line in ours if line["event"] == "request"]
    assert (request["method"], request["route"], request["status"]) == ("POST", "/v0.4/jobs", 201)
    [leased] = [line for line in ours if line["event"] == "job leased"]
    assert leased["worker"].startswith("worker-")
    assert [line for line in lines if line["level"] in {"warning", "error"}] == []


def test_a_back_end_that_prints_and_raises_is_named(serve):
    server = serve("--log-format", "json")
    with server.client() as http:
        good = http.post("/v0.4/jobs", json=job_for("qpu.loud-trap"))
        bad = http.post(
            "/v0.4/jobs",
            json=job_for("qpu.loud-trap", 13),
            headers={"X-Request-ID": "unlucky"},
        )
        assert (ended(http, good), ended(http, bad)) == ("completed", "failed")
    server.stop()

    lines = lines_of(server)
    printed = [line for line in lines if line["event"] == "printed"]
    assert {line["backend"] for line in printed} == {"qpu.loud-trap"}
    assert [(line["stream"], line["text"]) for line in printed] == [
        ("stdout", "warming up"),
        ("stderr", "careful"),
    ] * 2
    assert [line["event"] for line in lines if line["logger"] == "loud_trap"] == [
        "laser 3 is off"
    ] * 2
    [raised] = [line for line in lines if line["event"] == "backend failed"]
    assert (raised["backend"], raised["request_id"]) == ("qpu.loud-trap", "unlucky")
    assert "loud_trap.py" in raised["exception"]
    assert "RuntimeError: the trap is empty" in raised["exception"]
    [failed] = [line for line in lines if line["event"] == "job failed"]
    assert (failed["level"], failed["job"]) == ("warning", bad.json()["id"])
    assert "the trap is empty" in failed["message"]
    # Nothing was printed past the log.
    assert "\nwarming up" not in server.log()


def test_workers_follow_the_level_of_the_server(serve):
    server = serve("--log-format", "json", "--log-level", "warning")
    with server.client() as http:
        for shots in (12, 13):
            ended(http, http.post("/v0.4/jobs", json=job_for("qpu.loud-trap", shots)))
    server.stop()

    assert [line["event"] for line in lines_of(server)] == [
        "laser 3 is off",
        "laser 3 is off",
        "backend failed",
        "job failed",
    ]


def test_workers_follow_the_format_of_the_server(serve):
    server = serve("--log-format", "text")
    with server.client() as http:
        created = http.post("/v0.4/jobs", json=job_for("simulator"))
        ended(http, created)
    server.stop()

    text = server.log()
    job_id = created.json()["id"]
    for event in ("submitted", "leased", "completed"):
        assert f"Z info    job {event} {job_id} request_id=" in text
    assert lines_of(server) == []
    assert "\x1b" not in text


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_of_the_whole_process_group_is_no_warning(serve, sign):
    server = serve("--log-format", "json", "--log-level", "debug")
    os.killpg(server.process.pid, sign)

    assert server.process.wait(20) == 0
    assert [line for line in lines_of(server) if line["level"] in {"warning", "error"}] == []


def test_who_stops_a_server_twice_sees_no_traceback(serve):
    server = serve("--log-format", "json", "--hold-seconds", "10")
    with server.client() as http, server.paused_workers(), ThreadPoolExecutor(1) as pool:
        created = http.post("/v0.4/jobs", json=job_for("simulator"))
        held = pool.submit(http.get, f"/v0.4/jobs/{created.json()['id']}")
        time.sleep(0.5)  # Only if the request comes later does the test show less.
        while server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGINT)
            time.sleep(1.0)  # Two within half a second are taken for one.
        held.exception()

    assert server.process.wait(20) == 128 + signal.SIGINT
    assert "Traceback" not in server.log()


def test_a_worker_that_is_killed_is_a_warning_and_its_job_is_retried(serve):
    server = serve("--log-format", "json")
    with server.client() as http:
        with server.paused_workers():
            created = http.post("/v0.4/jobs", json=job_for("simulator", circuit=flipping(1)[:1]))
            for pid in server.worker_pids():
                os.kill(pid, signal.SIGKILL)
        assert ended(http, created) == "completed"
    server.stop()

    warnings = [line for line in lines_of(server) if line["level"] == "warning"]
    ends = [(warning["event"], warning["code"]) for warning in warnings]
    # That for everything, and that for short work.
    assert ends == [("worker ended", -signal.SIGKILL)] * 2
