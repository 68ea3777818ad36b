"""One trace from a client's request to the chunks of its job, through real processes."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from harness.collector import Collector
from harness.ports import free_port
from harness.server import RunningServer
from harness.waiting import ended, until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENT_SPAN = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{CLIENT_SPAN}-01"
SERVER, CONSUMER = 2, 5  # of OTLP's span kinds

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
BATCH = {
    "type": "ionq.multi-circuit.v1",
    "backend": "simulator",
    "input": {"qubits": 2, "circuits": [{"circuit": BELL}, {"circuit": BELL}]},
}
PROGRAM = {
    "type": "ionq.qasm3.v1",
    "backend": "simulator",
    # With a gate of its own, so that another process reads it.
    "input": {"data": "OPENQASM 3.0; gate own a { U(1, 2, 3) a; } qubit[1] q; own q[0];"},
}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture
def start(tmp_path) -> Iterator:
    started = []

    def serve(endpoint: str, *flags: str, timeout_s: str = "10") -> RunningServer:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_EXPORTER_OTLP_TIMEOUT": timeout_s,
        }
        server = RunningServer(tmp_path, *flags, environment=variables).start()
        started.append(server)
        return server

    yield serve
    for server in started:
        server.kill()


def submit(client: httpx.Client, body: dict, **headers: str) -> str:
    answer = client.post("/v0.4/jobs", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    job_id = answer.json()["id"]
    assert ended(client, job_id)["status"] == "completed"
    return job_id


def test_a_job_is_one_trace_from_its_client_to_its_worker(collector, start):
    server = start(collector.url, "--tracing")
    with server.client() as client:
        job_id = submit(client, BATCH, traceparent=TRACEPARENT)
    assert server.stop() == 0

    request = collector.wait_for("POST /v0.4/jobs")
    assert (request.trace_id, request.parent_id) == (TRACE, CLIENT_SPAN)
    assert request.kind == SERVER
    assert request.attributes["http.route"] == "/v0.4/jobs"
    assert request.attributes["http.response.status_code"] == 201
    assert request.resource["service.name"] == "paultrap"
    assert request.resource["paultrap.role"] == "server"

    chunk = collector.wait_for("chunk")
    assert (chunk.trace_id, chunk.parent_id) == (TRACE, request.span_id)
    assert chunk.kind == CONSUMER
    assert chunk.attributes["paultrap.job.id"] == job_id
    assert chunk.attributes["paultrap.chunk.circuits"] == 2
    assert chunk.attributes["paultrap.chunk.gates"] == 4
    assert chunk.attributes["paultrap.attempt"] == 1
    assert chunk.attributes["paultrap.request_id"] == request.attributes["paultrap.request_id"]
    assert chunk.resource["paultrap.role"] == "worker"
    assert chunk.resource["process.pid"] != request.resource["process.pid"]

    for name, above in (
        ("read request", request),
        ("store job", request),
        ("lease", chunk),
        ("run", chunk),
        ("write", chunk),
    ):
        (span,) = collector.named(name)
        assert (span.trace_id, span.parent_id) == (TRACE, above.span_id), name
        assert above.begin_ns <= span.begin_ns <= span.end_ns <= above.end_ns, name
    assert not any(span.failed for span in collector.spans)
    # Reads of the job came without a context: each is a trace of its own.
    reads = collector.named("GET /v0.4/jobs/{job_id}")
    assert reads
    assert all(span.trace_id != TRACE and not span.parent_id for span in reads)


def test_reading_a_program_is_a_part_of_its_request(collector, start):
    server = start(collector.url, "--tracing")
    with server.client() as client:
        submit(client, PROGRAM)
    assert server.stop() == 0

    request = collector.wait_for("POST /v0.4/jobs")
    read, chunk = collector.wait_for("read program"), collector.wait_for("chunk")
    assert request.parent_id == ""
    assert (read.trace_id, read.parent_id) == (request.trace_id, request.span_id)
    assert (chunk.trace_id, chunk.parent_id) == (request.trace_id, request.span_id)


def test_what_a_client_asked_not_to_sample_is_not_sent(collector, start):
    server = start(collector.url, "--tracing")
    with server.client() as client:
        submit(client, BATCH, traceparent=f"00-{TRACE}-{CLIENT_SPAN}-00")
    assert server.stop() == 0

    collector.wait_for("GET /v0.4/jobs/{job_id}")
    assert [span.name for span in collector.spans if span.trace_id == TRACE] == []
    assert collector.named("chunk") == []


def test_without_the_setting_nothing_is_sent(collector, start):
    server = start(collector.url)
    with server.client() as client:
        submit(client, BATCH, traceparent=TRACEPARENT)
    assert server.stop() == 0

    assert collector.spans == []


def test_a_collector_that_is_away_costs_one_line_of_each_process(start):
    endpoint = f"http://127.0.0.1:{free_port()}"
    server = start(endpoint, "--tracing", "--workers", "1", timeout_s="1")
    with server.client() as client:
        for _ in range(5):
            submit(client, BATCH, traceparent=TRACEPARENT)
        until(lambda: client.get("/v0.4/jobs") and _undelivered(server) >= 2)
    assert server.stop(patience_s=40) == 0

    log = server.log()
    # One of the server, one of each worker that ran a job: there is one for short work beside one
    # for everything.
    assert 2 <= _undelivered(server) <= 3, log
    for word in ("opentelemetry", "Transient error", "urllib3", "Traceback"):
        assert word not in log, log


def test_the_end_prints_nothing_of_what_was_not_delivered(start):
    server = start(f"http://127.0.0.1:{free_port()}", "--tracing")
    with server.client() as client:
        submit(client, BATCH, traceparent=TRACEPARENT)
        time.sleep(0.5)  # Sending is tried again and again meanwhile.
    assert server.stop(patience_s=40) == 0

    log = server.log()
    for word in ("Shutdown in progress", "already shutdown"):
        assert word not in log, log


def test_a_collector_that_never_answers_keeps_nobody_waiting(start):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = start(f"http://127.0.0.1:{silent.getsockname()[1]}", "--tracing", timeout_s="60")
        with server.client() as client:
            for _ in range(3):
                submit(client, BATCH, traceparent=TRACEPARENT)

        assert server.stop(patience_s=40) == 0


def _undelivered(server: RunningServer) -> int:
    return server.log().count("traces are not delivered")
