"""Equal requests over real connections: one job where the first answer was lost, else two."""

import base64
import gzip
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from contract.test_wire_connections import Idle

from paultrap.api.app import create_app
from paultrap.api.server import create_server
from paultrap.api.sockets import listening
from paultrap.settings import Settings
from paultrap.store import Store

BELL = {
    "type": "ionq.circuit.v1",
    "backend": "simulator",
    "input": {"qubits": 1, "gateset": "qis", "circuit": [{"gate": "x", "target": 0}]},
}
V03 = {"target": "simulator", "input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}]}}
RESET = struct.pack("ii", 1, 0)
AGENT = "test/1"


class Api:
    """Sends each request on a connection of its own."""

    def __init__(self, port: int) -> None:
        self._port = port

    @contextmanager
    def _sent(self, path, body=None, agent=AGENT, key="a-key") -> Iterator[socket.socket]:
        text = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: apiKey {key}",
            f"User-Agent: {agent}",
            f"Content-Length: {len(text)}",
        ]
        with socket.create_connection(("127.0.0.1", self._port), 60) as peer:
            peer.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + text)
            yield peer

    def ask(self, path, body=None, **more) -> tuple[dict, dict[str, str]]:
        """Return the answer's JSON and its headers, and close in order."""
        with self._sent(path, body, **more) as peer:
            data = b""
            while b"\r\n\r\n" not in data:
                data += peer.recv(65_536)
            head, _, content = data.partition(b"\r\n\r\n")
            lines = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:]]
            headers = {name.lower(): value for name, value in lines}
            while len(content) < int(headers["content-length"]):
                content += peer.recv(65_536)
        assert head.split()[1].startswith(b"2"), data
        return json.loads(content), headers

    def lose(self, path, body, **more) -> None:
        """Send a request and reset the connection when the first of the answer has come."""
        with self._sent(path, body, **more) as peer:
            peer.recv(1)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def names(self) -> list[str]:
        return [job["name"] for job in self.ask("/v0.4/jobs?limit=1000")[0]["jobs"]]


@contextmanager
def served(folder, **settings) -> Iterator[Api]:
    store = Store.open(folder / "paultrap.db", as_server=True)
    known = Settings(port=0, **settings)
    server = create_server(create_app(known, store, Idle()), known)
    with listening(known) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Api(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
            store.close()


@pytest.fixture(scope="module")
def api(tmp_path_factory) -> Iterator[Api]:
    with served(tmp_path_factory.mktemp("repeats")) as api:
        yield api


@pytest.fixture(scope="module")
def forgiving(tmp_path_factory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("window")
    with served(folder, duplicate_window_seconds=600) as api:
        yield api


@pytest.mark.parametrize("what", ["v0.3", "v0.4", "clone", "move", "session"])
def test_a_lost_answer_is_given_to_the_next_equal_request_and_to_one_alone(api, what):
    name = f"lost {what}"
    job = api.ask("/v0.4/jobs", BELL | {"name": f"first {what}"})[0]["id"]
    path, body = {
        "v0.3": ("/v0.3/jobs", V03 | {"name": name}),
        "v0.4": ("/v0.4/jobs", BELL | {"name": name}),
        "clone": (f"/v0.4/jobs/{job}/clone", {"name": name}),
        "move": (f"/v0.4/jobs/{job}/move", {"name": name}),
        "session": ("/v0.4/sessions", {"backend": "simulator"}),
    }[what]
    for _ in range(3):
        api.lose(path, body)

    found, headers = api.ask(path, body)

    assert headers["paultrap-duplicate-of"] == found["id"]
    if what == "session":
        assert len(api.ask("/v0.4/sessions")[0]["sessions"]) == 1
    else:
        assert api.names().count(name) == 1
    if what != "move":  # which cannot be moved again
        again, headers = api.ask(path, body)
        assert again["id"] != found["id"]
        assert "paultrap-duplicate-of" not in headers


def test_what_differs_in_anything_is_another_request(api):
    body = BELL | {"name": "differs"}
    api.lose("/v0.4/jobs", body)
    others = [
        api.ask("/v0.4/jobs", body, agent="other/1"),
        api.ask("/v0.4/jobs", body | {"shots": 5}),
        api.ask("/v0.4/jobs?a=b", body),
    ]

    assert all("paultrap-duplicate-of" not in headers for _, headers in others)
    assert "paultrap-duplicate-of" in api.ask("/v0.4/jobs", body)[1]
    assert api.names().count("differs") == 4


def packed(text: str, mtime: int) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=mtime)).decode()


def test_a_packed_header_counts_as_what_it_holds(api):
    def body(text, mtime):
        return BELL | {"name": "packed", "metadata": {"qiskit_header": packed(text, mtime)}}

    api.lose("/v0.4/jobs", body("a", 1))

    assert "paultrap-duplicate-of" not in api.ask("/v0.4/jobs", body("b", 1))[1]
    assert "paultrap-duplicate-of" in api.ask("/v0.4/jobs", body("a", 2))[1]


def test_in_the_window_a_taken_answer_is_given_again_until_the_job_is_asked_for(forgiving):
    body = BELL | {"name": "taken"}
    first, headers = forgiving.ask("/v0.4/jobs", body)
    assert "paultrap-duplicate-of" not in headers
    for _ in range(3):
        again, headers = forgiving.ask("/v0.4/jobs", body)
        assert again == first
        assert headers["paultrap-duplicate-of"] == first["id"]
    forgiving.ask("/v0.4/jobs?name=taken")  # which asks for no job by its id
    assert forgiving.ask("/v0.4/jobs", body)[0] == first

    for number, path in enumerate(["/v0.4/jobs/{}", "/v0.3/jobs?id={}", "/v0.4/jobs?ids={}"]):
        forgiving.ask(path.format(first["id"]))
        other = forgiving.ask("/v0.4/jobs", body)[0]
        assert other["id"] != first["id"]
        first = other
        assert forgiving.names().count("taken") == number + 2


def test_in_the_window_requests_at_the_same_time_are_one(forgiving):
    body = BELL | {"name": "at once"}
    ids = set()

    def send() -> None:
        ids.add(forgiving.ask("/v0.4/jobs", body)[0]["id"])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ids) == forgiving.names().count("at once") == 1
