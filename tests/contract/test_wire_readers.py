"""Those who take nothing of their answers are ended; those who take a little at a time are not."""

import importlib.util
import select
import socket
import ssl
import time
from contextlib import ExitStack

import pytest
import trustme
from harness.sockets import Echo, read_answer, served
from harness.waiting import until

LARGE = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
SIZE = 10_000_000


@pytest.fixture(params=["asyncio", "uvloop", "asyncio over TLS", "uvloop over TLS"])
def serving(request, tmp_path):
    loop, _, over = request.param.partition(" ")
    if importlib.util.find_spec(loop) is None:
        pytest.skip("uvloop is not installed")
    certificate = None
    if over:
        certificate = tmp_path / "both.pem"
        own = trustme.CA().issue_cert("localhost")
        own.private_key_and_cert_chain_pem.write_to_path(certificate)
    with ExitStack() as opened:

        def start(**settings):
            known = {"event_loop": loop, "tls_cert": certificate}
            connect = opened.enter_context(served(Echo(), **known | settings))
            return lambda: opened.enter_context(connect(received_bytes=16_384))

        yield start


def has_ended(connection: socket.socket) -> bool:
    """Return whether the server has ended a connection, without reading from it."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLRDHUP)
    return bool(poll.poll(0))


@pytest.mark.parametrize("sent", [LARGE, LAST, 3 * LARGE], ids=["kept", "last", "more follow"])
def test_one_who_takes_nothing_is_ended(serving, sent):
    connect = serving(answer_seconds=0.2)
    connection = connect()
    connection.sendall(sent)

    until(lambda: has_ended(connection), 20)


def test_one_who_takes_nothing_after_its_end_is_ended(serving):
    connect = serving(answer_seconds=0.2)
    connection = connect()
    connection.sendall(LARGE)
    if not isinstance(connection, ssl.SSLSocket):  # which has no half that could be closed
        connection.shutdown(socket.SHUT_WR)

    until(lambda: has_ended(connection), 20)


def test_one_who_takes_a_little_at_a_time_gets_on(serving):
    connect = serving(answer_seconds=3)
    connection = connect()
    connection.sendall(LARGE)
    for _ in range(8):
        time.sleep(0.5)
        assert connection.recv(200_000)
    assert not has_ended(connection)


def test_one_who_takes_the_last_answer_late_gets_all(serving):
    connect = serving(answer_seconds=60)
    connection = connect()
    connection.sendall(LAST)
    time.sleep(6)  # longer than a connection lingers

    assert read_answer(connection) == (200, bytes(SIZE))
