"""HTTP as bytes: what is refused, what waits, and what a connection may take."""

import gc
import importlib.util
import json
import socket
import struct
import threading

import pytest
from harness.sockets import PATIENCE_S, Echo, read_all, read_answer, served
from harness.waiting import until

from paultrap.api.cycles import Cycle

LOOPS = ["asyncio", "uvloop"]
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module", params=LOOPS)
def loop(request):
    if importlib.util.find_spec(request.param) is None:
        pytest.skip("uvloop is not installed")
    return request.param


@pytest.fixture(scope="module")
def app():
    return Echo()


@pytest.fixture(scope="module")
def serving(app, loop):
    with served(app, event_loop=loop) as connect:
        yield connect


@pytest.fixture
def connection(serving):
    with serving() as opened:
        yield opened


@pytest.fixture
def hurried(loop):
    """Return an application, and how to connect to it: deadlines are short."""
    app = Echo()
    with served(app, event_loop=loop, header_seconds=0.2, body_seconds=0.2) as connect:
        yield app, connect
        app.release.set()


def refusal_of(answer: bytes) -> dict:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head
    assert b"connection: close" in head
    told = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {told['statusCode']} ".encode())
    assert f"x-request-id: {told['requestId']}".encode() in head
    return told


MALFORMED = {
    "bare line feeds": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "a folded header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
    "a space before a colon": (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    "a zero byte": (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
    "a zero byte in the target": (b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a target that is not ASCII": (b"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a method in lower case": (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
    "two lengths in one": (POST + b"Content-Length: 1, 1\r\n\r\na", 400),
    "a signed length": (POST + b"Content-Length: +1\r\n\r\na", 400),
    "length and chunks": (
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "chunks and length": (
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a chunk's size that is none": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "another coding": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "an unknown coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "another version": (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "a proxy's request": (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 405),
    "a large header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    "an endless header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 300_000, 431),
    "many headers": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 15_000 + b"\r\n", 431),
    "an endless target": (b"GET /" + b"a" * 300_000, 431),
    "an endless trailer": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: " + b"a" * 300_000,
        431,
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_http_is_refused_in_our_shape(connection, name):
    sent, status = MALFORMED[name]
    connection.sendall(sent)

    assert refusal_of(read_all(connection))["statusCode"] == status


def test_what_comes_before_something_malformed_is_answered_first(connection):
    connection.sendall(POST + b"Content-Length: 2\r\n\r\nhi" + b"nonsense\r\n\r\n")
    first, _, second = read_all(connection).partition(b"hi")

    assert first.startswith(b"HTTP/1.1 200")
    assert refusal_of(second)["statusCode"] == 400


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("http://other:81/a%20b?c=d", "/a b", b"c=d"),
        ("HTTP://other:81", "/", b""),
        ("https://other:81?c=d", "/", b"c=d"),
    ],
)
def test_a_whole_address_in_the_request_line_counts(connection, app, target, path, query):
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n".encode())

    assert read_answer(connection)[0] == 200
    scope = app.reached[-1]
    assert (scope["path"], scope["query_string"]) == (path, query)
    assert scope["headers"] == [(b"host", b"other:81"), (b"a", b"b")]


def test_what_follows_a_body_is_no_header(connection, app):
    connection.sendall(
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nAuthorization: b\r\n\r\n"
    )

    assert read_answer(connection) == (200, b"a")
    assert {name for name, _ in app.reached[-1]["headers"]} == {b"host", b"transfer-encoding"}


def test_a_wish_for_another_protocol_is_answered_in_this(connection):
    upgrade = POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n"
    for _ in range(2):
        connection.sendall(upgrade + b"hi")
        assert read_answer(connection) == (200, b"hi")
    connection.sendall((upgrade + b"hi") * 2)
    connection.shutdown(socket.SHUT_WR)
    assert read_all(connection).count(b"hi") == 2


def test_thousands_of_requests_at_once_are_answered_in_order(connection, app):
    before = len(app.reached)
    count = 3_000
    requests = [POST + b"Content-Length: 6\r\n\r\n%06d" % number for number in range(count)]
    connection.sendall(b"".join(requests))
    connection.shutdown(socket.SHUT_WR)
    found = [part[:6] for part in read_all(connection).split(b"\r\n\r\n")[1:]]

    assert found == [b"%06d" % number for number in range(count)]
    own = connection.getsockname()  # Those of the test before may just come.
    assert sum(scope["client"] == own for scope in app.reached[before:]) == count


def test_few_of_the_requests_sent_together_wait_in_memory(serving, app):
    with serving() as connection:
        app.release.clear()
        before = len(app.reached)
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n" + GET * 8_000)
        until(lambda: len(app.reached) > before)
        with serving() as other:
            other.sendall(GET)
            assert read_answer(other)[0] == 200
        assert sum(isinstance(each, Cycle) for each in gc.get_objects()) < 500
        app.release.set()


def test_a_client_that_closes_its_writing_side_is_answered(serving, app):
    with serving() as connection:
        app.release.clear()
        connection.sendall(b"GET /wait HTTP/1.0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        with serving() as other:  # the server has seen the end of the first
            other.sendall(GET)
            read_answer(other)
        app.release.set()
        assert read_all(connection).startswith(b"HTTP/1.1 200")


def test_a_client_that_is_gone_is_noticed(serving, app):
    app.release.clear()
    app.left.clear()
    with serving() as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: app.has_reached("/wait"))
    assert app.left.wait(60)


def test_an_early_answer_survives_a_body_that_nobody_reads(connection):
    connection.sendall(b"POST /early HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
    connection.sendall(b"Content-Length: 3000000\r\n\r\n" + bytes(3_000_000))

    assert read_all(connection).startswith(b"HTTP/1.1 200")


def test_headers_that_do_not_come_in_time_are_refused(hurried):
    _, connect = hurried
    with connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHo")

        assert refusal_of(read_all(connection))["statusCode"] == 408


def test_a_drip_of_headers_does_not_win_time(hurried):
    _, connect = hurried
    with connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nA: ")
        connection.settimeout(0.02)
        answer = None
        while answer is None:
            try:
                connection.sendall(b"a")
                answer = connection.recv(65_536)
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408")


def test_a_silent_connection_is_closed_in_silence(hurried):
    _, connect = hurried
    with connect() as connection:
        assert read_all(connection) == b""


def test_a_body_that_stops_is_refused(hurried):
    _, connect = hurried
    for framing in (b"Content-Length: 9\r\n\r\na", b"Transfer-Encoding: chunked\r\n\r\n1\r\na"):
        with connect() as connection:
            connection.sendall(POST + framing)

            told = refusal_of(read_all(connection))
            assert told["statusCode"] == 408
            assert "body" in told["message"]


def test_the_rest_of_a_body_that_is_answered_is_not_waited_for(hurried):
    _, connect = hurried
    with connect() as connection:
        connection.sendall(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na")

        assert read_all(connection).startswith(b"HTTP/1.1 200")


def test_a_body_that_goes_on_may_take_any_time(loop):
    app = Echo()
    with served(app, event_loop=loop, body_seconds=3) as connect, connect() as connection:
        count = 35
        connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % count)
        connection.settimeout(0.1)
        for _ in range(count):  # more than three seconds, with pauses of a tenth of one
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.sendall(b"a")
        connection.settimeout(60)
        assert read_answer(connection) == (200, b"a" * count)


def test_no_deadline_counts_while_a_request_is_answered(hurried):
    app, connect = hurried
    with connect() as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n" + GET[:9])
        for _ in range(3):  # Each of them is closed when a deadline has passed.
            with connect() as silent:
                assert read_all(silent) == b""
        connection.sendall(GET[9:])
        connection.shutdown(socket.SHUT_WR)
        app.release.set()
        assert read_all(connection).count(b"HTTP/1.1 200") == 2


def test_a_reset_in_the_midst_harms_nobody(serving):
    for sent in (GET[:5], POST + b"Content-Length: 9\r\n\r\na", GET):
        with serving() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(sent)
    with serving() as connection:
        connection.sendall(GET)
        assert read_answer(connection)[0] == 200


class Delayed(Echo):
    """An application that holds up the event loop behind its answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    async def __call__(self, scope, receive, send) -> None:
        await super().__call__(scope, receive, send)
        self.answered.set()
        self.release.wait(PATIENCE_S)


def test_a_reset_behind_the_last_answer_is_no_error(loop, caplog):
    """Probes that read a status and no more close on unread bytes."""
    app = Delayed()
    with served(app, event_loop=loop) as connect, connect() as connection:
        connection.sendall(b"GET /fate HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        app.answered.wait(PATIENCE_S)
        connection.close()
        app.release.set()
        until(lambda: app.fates == ["lost"])
    assert not [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


async def streaming(_scope, _receive, send) -> None:
    """Answer in pieces, of a length that is not said."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for piece in (b"one, ", b"", b"two"):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b".", "more_body": False})


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_an_answer_of_unknown_length_is_chunked_from_version_1_1_on(loop, method):
    body = b"one, two." if method == b"GET" else b""
    with served(streaming, event_loop=loop) as connect:
        with connect() as connection:
            connection.sendall(method + b" / HTTP/1.0\r\n\r\n")
            head, _, found = read_all(connection).partition(b"\r\n\r\n")
            assert (b"transfer-encoding" not in head, found) == (True, body)
        with connect() as connection:
            connection.sendall(method + b" / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            head, _, found = read_all(connection).partition(b"\r\n\r\n")
            assert (b"transfer-encoding: chunked" in head) == (method == b"GET")
            assert found == (b"5\r\none, \r\n3\r\ntwo\r\n1\r\n.\r\n0\r\n\r\n" if body else b"")
