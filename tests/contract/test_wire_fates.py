"""Whether an answer was taken, as the application hears it, beside what a client really did."""

import importlib.util
import socket
import ssl
import struct

import pytest
import trustme
from harness.sockets import Echo, read_all, read_answer, served
from harness.waiting import until

from paultrap.api import connections

WAYS = ["asyncio", "uvloop", "asyncio over TLS", "uvloop over TLS"]
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def asking(path: str, version: str = "1.1", more: str = "") -> bytes:
    return f"GET {path} HTTP/{version}\r\nHost: x\r\n{more}\r\n".encode()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    own = trustme.CA().issue_cert("localhost")
    own.private_key_and_cert_chain_pem.write_to_path(path)
    return path


@pytest.fixture(scope="module")
def app():
    return Echo()


@pytest.fixture(scope="module", params=WAYS)
def serving(request, app, certificate):
    loop, _, over = request.param.partition(" ")
    if importlib.util.find_spec(loop) is None:
        pytest.skip("uvloop is not installed")
    with served(app, event_loop=loop, tls_cert=certificate if over else None) as connect:
        yield connect
        app.release.set()


@pytest.fixture(autouse=True)
def fresh(app):
    app.reached.clear()
    app.fates.clear()
    app.release.clear()


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def fate(app) -> str:
    until(lambda: app.fates)
    return app.fates[0]


def test_an_answer_that_was_read_is_taken_when_the_client_closes(serving, app):
    for _ in range(20):
        app.fates.clear()
        with serving() as connection:
            connection.sendall(asking("/fate"))
            read_answer(connection)
        assert fate(app) == "taken"


def test_an_answer_is_taken_when_the_next_request_comes(serving, app):
    with serving() as connection:
        for number in range(1, 20):
            connection.sendall(asking("/fate"))
            read_answer(connection)
            connection.sendall(GET)
            read_answer(connection)
            until(lambda number=number: len(app.fates) == number)
    assert set(app.fates) == {"taken"}


@pytest.mark.parametrize(
    "ask", [asking("/fate", "1.0"), asking("/fate", more="Connection: close\r\n")]
)
def test_an_answer_that_ends_the_connection_is_taken(serving, app, ask):
    with serving() as connection:
        connection.sendall(ask)
        assert read_all(connection).startswith(b"HTTP/1.1 200")
    assert fate(app) == "taken"


def test_a_large_answer_that_was_read_is_taken(serving, app):
    with serving() as connection:
        connection.sendall(asking("/fate/large"))
        assert len(read_answer(connection)[1]) == 10_000_000
    assert fate(app) == "taken"


def test_an_answer_is_taken_by_one_who_stays_and_says_nothing(serving, app, monkeypatch):
    monkeypatch.setattr(connections, "SETTLED_S", 0.05)
    with serving() as connection:
        connection.sendall(asking("/fate"))
        read_answer(connection)
        assert fate(app) == "taken"


def test_an_answer_is_lost_with_a_connection_that_is_reset(serving, app):
    connection = serving()
    connection.sendall(asking("/fate/wait"))
    until(lambda: app.has_reached("/fate/wait"))
    reset(connection)
    assert fate(app) == "lost"


def test_an_answer_is_lost_where_the_client_left_before(serving, app):
    connection = serving()
    connection.sendall(asking("/fate/wait"))
    until(lambda: app.has_reached("/fate/wait"))
    connection.close()
    if app.fates == []:
        app.release.set()
    assert fate(app) == "lost"


def test_an_answer_that_nobody_reads_is_lost(serving, app):
    connection = serving()
    connection.sendall(asking("/fate"))
    # It has arrived, so that the client's system answers with a reset.
    socket.socket(fileno=connection.detach()).close()
    assert fate(app) == "lost"


@pytest.mark.parametrize("count", [0, 1, 100_000])
def test_an_answer_that_is_not_read_whole_is_lost(serving, app, count):
    connection = serving()
    connection.sendall(asking("/fate/large"))
    while count > 0:
        count -= len(connection.recv(count))
    until(lambda: app.has_reached("/fate/large"))
    socket.socket(fileno=connection.detach()).close()
    assert fate(app) == "lost"


def test_an_answer_before_a_reset_is_lost_though_it_has_arrived(serving, app):
    connection = serving()
    if isinstance(connection, ssl.SSLSocket):
        connection.close()
        pytest.skip("a TLS client has taken all of a record of which it has read a byte")
    connection.sendall(asking("/fate"))
    connection.recv(1)
    socket.socket(fileno=connection.detach()).close()
    assert fate(app) == "lost"


def test_requests_that_were_sent_together_have_a_fate_each(serving, app):
    with serving() as connection:
        connection.sendall(asking("/fate") * 5)
        text = b""
        while text.count(b"HTTP/1.1 200") < 5 or not text.endswith(b"\r\n\r\n"):
            text += connection.recv(65_536)
    until(lambda: len(app.fates) == 5)
    assert set(app.fates) == {"taken"}
