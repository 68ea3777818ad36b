"""Reading that takes long holds up nothing but reading of its kind."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from paultrap.admission import UnreadFunction, UnreadProgram
from paultrap.languages import READERS, ReaderError

HEADER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


@pytest.fixture
def program():
    # With a gate of its own, so that another process reads it.
    text = f"{HEADER}gate own a {{ x a; }} qubit q; bit c; own q; c = measure q;"
    return {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": text}}


@pytest.fixture
def energy():
    data = {
        "hamiltonian": [{"pauli_string": "Z", "coefficient": 1.0}],
        "ansatz": {"data": f"{HEADER}qubit q; x q;"},
    }
    return {
        "type": "quantum-function",
        "backend": "simulator",
        "input": {"data": {"type": "hamiltonian-energy", "data": data}},
    }


class Held:
    """What replaces a function that reads: it takes long, until it may go on or is given up."""

    def __init__(self, function):
        self.function = function
        self.calls = threading.Semaphore(0)
        self.may_go_on = threading.Event()

    def __call__(self, unread, reading):
        self.calls.release()
        reading.on_slow()
        while not self.may_go_on.wait(0.01):
            if reading.is_stopped:
                raise ReaderError("given up")
        return self.function(unread, reading)


@pytest.fixture
def held_programs(monkeypatch):
    held = Held(UnreadProgram.read)

    def read(*arguments):  # a function, which becomes a method
        return held(*arguments)

    monkeypatch.setattr(UnreadProgram, "read", read)
    yield held
    held.may_go_on.set()


@pytest.fixture
def held_ansatzes(monkeypatch):
    held = Held(UnreadFunction.read)

    def read(*arguments):  # likewise
        return held(*arguments)

    monkeypatch.setattr(UnreadFunction, "read", read)
    yield held
    held.may_go_on.set()


def post(client, job):
    return client.post("/v0.4/jobs", json=job)


def posted_while_held(client, held, waiting, jobs):
    """Return the answers to jobs that are sent while others are held; these succeed later."""
    with ThreadPoolExecutor(6) as senders:
        sent = [senders.submit(post, client, waiting) for _ in range(6)]
        assert held.calls.acquire(timeout=60)
        try:
            answers = [post(client, job) for job in jobs]
            assert client.get("/readyz").status_code == 200
            assert client.get("/v0.4/jobs").status_code == 200
            assert not any(each.done() for each in sent)
        finally:
            held.may_go_on.set()
        assert [each.result(60).status_code for each in sent] == [201] * 6
    return [answer.status_code for answer in answers]


def test_programs_that_take_long_hold_up_no_energies(
    client, held_programs, program, energy, batch_v04
):
    jobs = [energy, batch_v04, energy]
    assert posted_while_held(client, held_programs, program, jobs) == [201] * 3


def test_ansatzes_that_take_long_hold_up_no_programs(
    client, held_ansatzes, program, energy, batch_v04
):
    jobs = [program, batch_v04, program]
    assert posted_while_held(client, held_ansatzes, energy, jobs) == [201] * 3


@pytest.mark.parametrize("kind", ["program", "energy"])
def test_where_no_process_reads_the_client_is_to_come_again(client, monkeypatch, request, kind):
    def connect():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(READERS, "connect", connect)
    answer = post(client, request.getfixturevalue(kind))
    assert answer.status_code == 503
    assert "no process could be started" in answer.json()["message"]
    assert client.get("/v0.4/jobs").json()["jobs"] == []


def test_a_reader_that_is_stopped_fails_no_job(client, monkeypatch, program):
    def stop(*_):
        raise ReaderError("the server stops")

    monkeypatch.setattr("paultrap.admission.programs.read_program", stop)
    assert post(client, program).status_code == 503
    assert client.get("/v0.4/jobs").json()["jobs"] == []
