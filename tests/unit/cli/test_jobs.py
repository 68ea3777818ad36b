"""The commands that talk to a server."""

import json
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from paultrap.client import Client

FOUNDING = Path(__file__).parents[3] / "examples" / "founding_example.json"
UNKNOWN = "00000000-0000-7000-8000-000000000000"
V04_JOB = (
    '{"type":"ionq.circuit.v1","backend":"simulator","name":"[/red] by name",'
    '"input":{"qubits":2,"gateset":"qis","circuit":[{"gate":"x","target":1}]}}'
)


@pytest.fixture
def ask(paultrap, server):
    """Run a command against the server."""

    def run(*words, **arguments):
        return paultrap(*words, "--url", server.url, **arguments)

    return run


@pytest.fixture
def submitted(ask):
    """Submit a job file, wait for its end, and return its id."""

    def submit(file="-", stdin=""):
        done = ask("submit", file, stdin=stdin)
        assert done.code == 0
        job_id = done.out.strip()
        for _ in range(1_000):
            if ask("results", job_id, "--json").code == 0:
                return job_id
        raise AssertionError(f"job {job_id} did not end")

    return submit


def test_submit_prints_the_id_alone(ask):
    done = ask("submit", FOUNDING)
    assert done.code == 0
    assert done.error == ""
    (job_id,) = done.out.split()
    assert len(job_id) == 36


def test_submit_and_wait_as_json_prints_what_the_server_answers(ask):
    done = ask("submit", FOUNDING, "--wait", "--json")
    assert done.code == 0
    assert list(json.loads(done.out).values()) == [{"1": 1.0}, {"0": 0.5, "6": 0.5}]


def test_submit_and_wait_draws_each_circuit(ask):
    done = ask("submit", FOUNDING, "--wait")
    rows = [line.split() for line in done.out.splitlines()]
    states = [(row[0], row[-1]) for row in rows if row[0] != "circuit"]
    assert [row[1] for row in rows if row[0] == "circuit"] == ["0:", "1:"]
    assert states == [("001", "1.000000"), ("000", "0.500000"), ("110", "0.500000")]


def test_a_job_of_the_other_version_comes_from_standard_input(ask):
    done = ask("submit", "-", "--json", stdin=V04_JOB)
    assert json.loads(done.out) == {"2": 1.0}


def test_results_are_drawn_or_json(ask, submitted):
    job_id = submitted(stdin=V04_JOB)
    drawn = ask("results", job_id).out
    assert drawn.splitlines()[1].split()[0] == "10"
    assert json.loads(ask("results", job_id, "--json").out) == {"2": 1.0}


def test_a_child_has_results_of_its_own(ask):
    children = json.loads(ask("submit", FOUNDING, "--json").out)
    second = list(children)[1]
    assert json.loads(ask("results", second, "--json").out) == {"0": 0.5, "6": 0.5}


def test_jobs_lists_the_newest_first_with_their_names(ask, submitted):
    older, newer = submitted(FOUNDING), submitted(stdin=V04_JOB)
    heading, first, second = ask("jobs", "--limit", "2").out.splitlines()
    assert heading.split() == ["id", "status", "circuits", "failed", "qubits", "submitted", "name"]
    assert first.split()[:5] == [newer, "completed", "1", "0", "2"]
    assert first.endswith("[/red] by name")
    assert second.split()[:5] == [older, "completed", "2", "0", "3"]
    assert second.endswith("Multicircuit Job Example")


def test_jobs_are_found_by_name_and_metadata(ask):
    bell = json.loads(V04_JOB)
    ids = [
        ask("submit", "-", stdin=json.dumps(bell | {"name": name, "metadata": {"run": run}})).out
        for name, run in [("found", "a=1"), ("found", "b"), ("else", "b")]
    ]

    def found(*words):
        return [line.split()[0] for line in ask("jobs", *words).out.splitlines()[1:]]

    newest = [job_id.strip() for job_id in ids[::-1]]
    assert found("--name", "found") == newest[1:]
    assert found("--metadata", "run=b") == newest[:2]
    assert found("--metadata", "run=a=1") == newest[2:]
    assert found("--name", "else", "--metadata", "run=b") == newest[:1]
    assert found("--metadata", "run=b", "--metadata", "walk=b") == []
    assert "KEY=VALUE" in ask("jobs", "--metadata", "run").complaint()


def test_a_job_that_has_ended_may_be_canceled_without_loss(ask, submitted):
    job_id = submitted(FOUNDING)
    done = ask("cancel", job_id)
    assert (done.code, done.out) == (0, f"job {job_id} had ended already: it is completed\n")
    assert ask("results", job_id, "--json").code == 0


def test_cancel_needs_a_name(ask):
    assert "name the jobs" in ask("cancel").complaint()


@pytest.mark.parametrize("words", [("results", UNKNOWN), ("cancel", UNKNOWN)])
def test_an_unknown_job_is_one_line(ask, words):
    assert "404" in ask(*words).complaint()


def test_a_job_that_the_server_refuses_is_one_line(ask):
    job = V04_JOB.replace('"x"', '"frobnicate"')
    complaint = ask("submit", "-", stdin=job).complaint()
    assert "400" in complaint
    assert "frobnicate" in complaint


@pytest.mark.parametrize("words", [("jobs",), ("results", UNKNOWN), ("submit", FOUNDING)])
def test_a_server_that_does_not_run_is_one_line(paultrap, words):
    complaint = paultrap(*words, PAULTRAP_URL="http://127.0.0.1:1").complaint()
    assert "Is the server running?" in complaint


def test_an_address_that_is_none_is_one_line(paultrap):
    complaint = paultrap("jobs", "--url", "nonsense").complaint()
    assert "nonsense" in complaint
    assert "such as http://" in complaint


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (("--url", "http://[::1"), {}, "http://[::1 is not an address"),
        (("--url", "https://127.0.0.1:1"), {"SSL_CERT_FILE": "/none"}, "SSL_CERT_FILE"),
        ((), {"HTTP_PROXY": "ftp://127.0.0.1:1"}, "HTTPS_PROXY"),
    ],
)
def test_what_no_client_can_be_made_of_is_one_line(paultrap, words, variables, said):
    assert said in paultrap("jobs", *words, **variables).complaint()


def test_tls_to_a_server_without_it_is_one_line(paultrap, server):
    url = server.url.replace("http://", "https://")
    assert "its address begins with http://" in paultrap("jobs", "--url", url).complaint()


def test_an_address_with_a_version_is_one_line(paultrap):
    complaint = paultrap("jobs", "--url", "http://127.0.0.1:1/quantum/v0.4").complaint()
    assert "name http://127.0.0.1:1/quantum." in complaint


@pytest.mark.parametrize("word", ["x", "", ".", "../backends", "a/b"])
def test_a_word_that_is_no_id_is_one_line(ask, word):
    assert "not the id of a job" in ask("results", word).complaint()


@pytest.mark.parametrize("key", ["", "ключ", "a\nb"])
def test_a_key_that_is_none_is_one_line(ask, key):
    assert "--key" in ask("jobs", "--key", key).complaint()


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"hello"), (200, b"[]"), (404, b"<html>\n<p>no such file</p>")]
)
def test_a_server_of_another_kind_is_one_line(paultrap, another_kind, status, body):
    complaint = paultrap("jobs", "--url", another_kind(status, body)).complaint()
    assert "paultrap server" in complaint


@pytest.fixture
def another_kind():
    """Start a server that answers everything alike; return its address."""
    with ExitStack() as servers:

        def start(status, body):
            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(status)
                    self.end_headers()
                    self.wfile.write(body)

                def log_message(self, *_):
                    pass

            server = servers.enter_context(HTTPServer(("127.0.0.1", 0), Handler))
            thread = Thread(target=server.serve_forever)
            thread.start()
            servers.callback(thread.join)
            servers.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


def test_only_the_circuits_that_are_drawn_are_asked_for(ask):
    circuits = ",".join(f'{{"circuit":[{{"gate":"x","target":{i % 4}}}]}}' for i in range(20))
    done = ask("submit", "-", "--wait", stdin=f'{{"input":{{"qubits":4,"circuits":[{circuits}]}}}}')
    titles = [line for line in done.out.splitlines() if line.startswith("circuit ")]
    states = [line.split()[0] for line in done.out.splitlines() if line.endswith("1.000000 ")]
    assert len(titles) == 8
    assert states == ["0001", "0010", "0100", "1000"] * 2
    assert "12 more circuits" in done.out


def test_the_client_reads_histogram_and_shots(server, submitted):
    gates = [{"gate": "h", "target": 0}, {"gate": "x", "target": 1}]
    job = {"shots": 30, "noise": {"model": "aria-1"}, "input": {"qubits": 2, "circuit": gates}}
    job_id = submitted(stdin=json.dumps(job))

    with Client(server.url, "open") as client:
        histogram, shots = client.histogram(job_id), client.shots(job_id)

    assert len(shots) == 30
    assert {state: shots.count(state) for state in set(shots)} == histogram


ENERGY = {
    "type": "quantum-function",
    "backend": "simulator",
    "input": {
        "data": {
            "type": "hamiltonian-energy",
            "data": {
                "hamiltonian": [{"pauli_string": "ZZ", "coefficient": -1.5}],
                "ansatz": {"data": "OPENQASM 3.0; qubit[2] q;"},
            },
        }
    },
}


def test_a_function_shows_what_its_circuits_have_become(ask):
    body = json.dumps(ENERGY)
    done = ask("submit", "-", "--wait", stdin=body)
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines()] == [
        ["value", "-1.5"],
        ["variance", "0.0"],
    ]
    done = ask("submit", "-", "--json", stdin=body)
    assert json.loads(done.out) == {"value": -1.5, "variance": 0.0}
    job_id = done.error.split()[1]
    assert json.loads(ask("results", job_id, "--json").out)["value"] == -1.5


def test_a_dry_run_has_no_results_and_that_is_no_error(ask):
    body = json.dumps(json.loads(V04_JOB) | {"dry_run": True})
    done = ask("submit", "-", "--wait", stdin=body)
    assert (done.code, done.out) == (0, "")
    assert "a dry run has no results" in done.error


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("canceled", "is canceled; it has no results."),
        ("running", "is running; it has no results yet."),
    ],
)
def test_a_job_without_results_is_told_by_its_status(paultrap, monkeypatch, status, said):
    monkeypatch.setattr(Client, "job", lambda _, job_id: {"id": job_id, "status": status})
    for more in ((), ("--json",)):
        assert paultrap("results", UNKNOWN, *more).complaint() == f"paultrap: job {UNKNOWN} {said}"


@pytest.mark.parametrize("ending", ["", "/"])
def test_an_address_may_do_without_its_scheme(paultrap, server, ending):
    assert paultrap("jobs", "--url", server.url.removeprefix("http://") + ending).code == 0


def test_what_the_server_did_not_understand_is_said_once_on_standard_error(ask):
    body = json.dumps(json.loads(V04_JOB) | {"shot": 3})
    done = ask("submit", "-", stdin=body)
    assert done.code == 0
    warning = 'paultrap: warning: shot: not understood, so ignored; did you mean "shots"?\n'
    assert done.error == warning
    assert 'did you mean "shots"?' in ask("submit", "-", "--strict", stdin=body).complaint()


def test_what_was_not_understood_is_said_of_a_refused_job_too(ask):
    body = {"type": "ionq.circuit.v1", "backend": "simulator", "input": {"cirucit": []}}
    done = ask("submit", "-", stdin=json.dumps(body))
    assert done.code == 1
    assert 'warning: input.cirucit: not understood, so ignored; did you mean "cir' in done.error


def test_an_option_that_does_not_exist_is_named_with_what_was_meant(paultrap):
    said = paultrap("submit", "--wat", "file.json").complaint(2)
    assert "unknown option: --wat. Did you mean --wait?" in said
    assert "unknown option: --wat" in paultrap("submit", "--wat").complaint(2)
    assert "unexpected argument: b" in paultrap("submit", "a", "b").complaint(2)


def test_results_without_those_of_one_circuit_are_drawn_and_it_says_why(ask, submitted, server):
    job_id = submitted(FOUNDING)
    first, second = json.loads(ask("results", job_id, "--json").out)
    httpx.delete(f"{server.url}/v0.3/jobs/{first}", headers=server.headers)

    shown = ask("results", job_id)

    assert second in shown.out
    assert first in shown.error
    assert first not in shown.out


def test_a_job_is_shown_with_how_far_it_is(ask, submitted):
    job_id = submitted(FOUNDING)
    lines = dict(line.split(": ", 1) for line in ask("jobs", "show", job_id).out.splitlines())

    assert {name: value.strip() for name, value in lines.items()} == {
        "id": job_id,
        "status": "completed",
        "type": "ionq.multi-circuit.v1",
        "backend": "simulator",
        "circuits": "2, 2 done, 0 failed",
    }


def test_a_job_that_waits_is_shown_with_what_for(paultrap):
    """Serve one answer as of a job that no host can run."""
    answer = {
        "id": UNKNOWN,
        "status": "ready",
        "type": "ionq.circuit.v1",
        "backend": "lab.trap",
        "circuits": 1,
        "circuits_done": 0,
        "circuits_failed": 0,
        "waiting_for": {"message": 'a worker with the backend "lab.trap" (none now)'},
    }

    class Waits(BaseHTTPRequestHandler):
        def do_GET(self):
            assert self.path == f"/paultrap/jobs/{UNKNOWN}"
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_): ...

    with HTTPServer(("127.0.0.1", 0), Waits) as server:
        Thread(target=server.handle_request).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        done = paultrap("jobs", "show", UNKNOWN, "--url", url)
    assert done.code == 0
    assert done.out.splitlines()[-1] == (
        'waiting for: a worker with the backend "lab.trap" (none now)'
    )
