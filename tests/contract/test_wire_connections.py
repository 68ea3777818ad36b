"""The wire over a real connection: it stays usable whatever the request looked like."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from paultrap.api.app import create_app
from paultrap.api.server import create_server
from paultrap.api.sockets import listening
from paultrap.settings import Settings
from paultrap.store import JobEvent, Store
from paultrap.worker import WorkersLoad

KEY = {"Authorization": "apiKey a-key"}
UNKNOWN = "0190070f-9691-7000-a1f6-306623179a83"
JOB = json.dumps({"input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}]}})


class Idle:
    """Workers that never work."""

    def start(self) -> None: ...

    def stop(self, drain_s: float) -> None: ...

    def wake(self) -> None: ...

    def check_leases(self) -> None: ...

    def on_event(self, listener: Callable[[JobEvent], None]) -> None: ...

    def is_alive(self) -> bool:
        return True

    def load(self) -> WorkersLoad:
        return WorkersLoad(0, 0, 0, 0, [])


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    store = Store.open(tmp_path_factory.mktemp("wire") / "paultrap.db")
    settings = Settings(port=0)
    server = create_server(create_app(settings, store, Idle()), settings)
    with listening(settings) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()
    store.close()


@pytest.fixture
def connection(port) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    yield connection
    connection.close()


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, KEY | (headers or {}))
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_one_connection_survives_every_odd_request(connection):
    kept = None
    json_type = {"Content-Type": "application/json"}
    for _ in range(2):
        for method, path, body, headers, expected in [
            ("POST", "/v0.3/jobs", JOB, {}, 200),
            ("GET", "/v0.4/jobs", '{"limit":1000}', json_type, 200),
            ("GET", f"/v0.4/jobs/{UNKNOWN}", '{"limit":1000}', json_type, 404),
            ("DELETE", "/v0.4/jobs", json.dumps({"ids": [UNKNOWN]}), json_type, 404),
            ("DELETE", f"/v0.4/jobs/{UNKNOWN}", "ignored", {}, 404),
            ("PUT", f"/v0.4/jobs/{UNKNOWN}/status/cancel", None, json_type, 404),
            ("PUT", f"/v0.3/jobs/{UNKNOWN}/status/cancel", None, {"Content-Length": "0"}, 404),
            ("POST", "/v0.3/jobs", "not json", {}, 400),
            ("GET", "/v0.4/backends/qpu.qpu", None, {}, 404),
            ("GET", "/nowhere", "a body", {}, 404),
            ("POST", "/v0.3/jobs", JOB, {"Authorization": "Bearer x"}, 401),
        ]:
            status, answer = ask(connection, method, path, body, headers)
            assert (method, path, status) == (method, path, expected), answer
            kept = kept or connection.sock
            assert connection.sock is kept


def test_an_answer_is_sent_at_once():
    with listening(Settings(port=0)) as listener:
        # What asyncio looks at before it turns off Nagle's algorithm on a connection.
        assert listener.proto == socket.IPPROTO_TCP


def test_a_taken_port_is_an_error(port):
    with pytest.raises(OSError, match="in use"), listening(Settings(port=port)):
        pass


def test_a_path_is_taken_from_nobody_who_has_it(tmp_path):
    path = tmp_path / "log.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(path))
        with pytest.raises(OSError, match="in use"), listening(Settings(uds=path)):
            pass
        assert path.is_socket()


def test_a_path_of_a_server_that_is_too_busy_is_in_use(tmp_path):
    path = tmp_path / "busy.sock"
    with (
        socket.socket(socket.AF_UNIX) as busy,
        contextlib.ExitStack() as waiting,
    ):
        busy.bind(str(path))
        busy.listen(0)
        for _ in range(2):  # One more than it takes: it accepts none.
            client = waiting.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            client.connect_ex(str(path))
        with pytest.raises(OSError, match="in use"), listening(Settings(uds=path)):
            pass
        assert path.is_socket()


def test_too_large_a_body_is_refused_before_it_is_read(connection):
    connection.putrequest("POST", "/v0.3/jobs")
    connection.putheader("Authorization", "apiKey a-key")
    connection.putheader("Content-Length", "100000000")
    connection.endheaders()

    assert connection.getresponse().status == 413


def test_a_chunked_body_is_refused_when_it_grows_too_large(connection):
    pieces = (b" " * 1_000_000 for _ in range(11))
    connection.request("POST", "/v0.3/jobs", pieces, KEY, encode_chunked=True)

    assert connection.getresponse().status == 413


def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(port, connection):
    with socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(
            b"POST /v0.3/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: apiKey k\r\n"
            b"Content-Length: 1000\r\n\r\n{"
        )

    assert ask(connection, "GET", "/readyz")[0] == 200


def test_a_request_with_two_idempotency_keys_is_refused(connection):
    connection.putrequest("POST", "/v0.3/jobs")
    for name, value in [*KEY.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]:
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(JOB)))
    connection.endheaders(JOB.encode())
    answer = connection.getresponse()

    assert answer.status == 400
    assert "Idempotency-Key" in json.loads(answer.read())["message"]
