"""Many connections at once: silent ones give way, and whoever works is left alone."""

import importlib.util
import socket
import ssl
import threading
from contextlib import ExitStack

import pytest
import trustme
from harness.sockets import Echo, read_answer, served
from harness.waiting import until

from paultrap.api import acceptor, descriptors, phases

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
MOST = 20
SHARE = 15  # of one host


@pytest.fixture(params=["asyncio", "uvloop", "asyncio over TLS"])
def serving(request, tmp_path, monkeypatch):
    loop, _, over = request.param.partition(" ")
    if importlib.util.find_spec(loop) is None:
        pytest.skip("uvloop is not installed")
    monkeypatch.setattr(phases, "_SPARED_S", 0.05)
    monkeypatch.setattr(phases, "_STALLED_S", 0.1)
    certificate = None
    if over:
        certificate = tmp_path / "both.pem"
        own = trustme.CA().issue_cert("localhost")
        own.private_key_and_cert_chain_pem.write_to_path(certificate)
    app = Echo()
    with ExitStack() as opened:

        def start(**settings):
            known = {"event_loop": loop, "tls_cert": certificate, "max_connections": MOST}
            connect = opened.enter_context(served(app, **known | settings))
            return lambda: opened.enter_context(connect())

        yield app, start
        app.release.set()


def answered(connection) -> bool:
    connection.sendall(GET)
    return read_answer(connection)[0] == 200


def kept_waiting(app, connect, count) -> list:
    """Return connections whose requests the application has and does not answer yet."""
    found = [connect() for _ in range(count)]
    for each in found:
        each.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    until(lambda: len(app.reached) == count)
    return found


def waits_until_released(app, connect) -> bool:
    """Return whether one that comes now is answered once the application answers the others."""
    reached = len(app.reached)
    found = []
    late = threading.Thread(target=lambda: found.append(answered(connect())))
    late.start()
    assert len(app.reached) == reached
    app.release.set()
    late.join(60)
    return found == [True]


def is_open(connection) -> bool:
    """Return whether the server has kept a connection that it has nothing to send on."""
    connection.settimeout(0.05)
    try:
        return connection.recv(1) != b""
    except TimeoutError:
        return True
    except (ConnectionError, ssl.SSLError):
        return False
    finally:
        connection.settimeout(60)


def test_silent_connections_give_way_one_by_one(serving):
    _, start = serving
    connect = start(forwarded_allow_ips="127.0.0.1")  # A proxy may have all.
    silent = [connect() for _ in range(MOST)]
    for count in range(1, 6):
        assert answered(connect())
        until(lambda count=count: sum(map(is_open, silent)) == MOST - count)
    assert [is_open(each) for each in silent] == [False] * 5 + [True] * (MOST - 5)


def test_silent_ones_go_before_those_that_were_answered(serving):
    _, start = serving
    connect = start(forwarded_allow_ips="*")
    used = [connect() for _ in range(MOST // 2)]
    assert all(map(answered, used))
    silent = [connect() for _ in range(MOST // 2)]
    for _ in silent:
        assert answered(connect())
    assert all(map(answered, used))
    until(lambda: not any(map(is_open, silent)))


def test_bodies_that_stop_go_last_and_those_that_are_answered_stay(serving):
    app, start = serving
    connect = start(forwarded_allow_ips="*")
    working = [connect() for _ in range(MOST - 3)]
    for each in working:
        each.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    stopped = [connect() for _ in range(3)]
    for each in stopped:
        each.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na")
    until(lambda: len(app.reached) == MOST)
    for count in range(1, 4):
        working.append(connect())
        working[-1].sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda count=count: len(app.reached) == MOST + count)
    until(lambda: not any(map(is_open, stopped)))
    app.release.set()
    assert [read_answer(each)[0] for each in working] == [200] * len(working)


def test_whoever_comes_when_all_are_at_work_waits_and_is_not_refused(serving):
    app, start = serving
    connect = start(forwarded_allow_ips="*")
    kept_waiting(app, connect, MOST)
    assert waits_until_released(app, connect)


def test_one_host_does_not_get_all(serving):
    _, start = serving
    connect = start()
    silent = [connect() for _ in range(MOST)]

    until(lambda: sum(map(is_open, silent)) <= SHARE)
    assert answered(connect())


def test_a_host_that_is_at_work_everywhere_waits_for_itself_alone(serving):
    app, start = serving
    connect = start()
    working = kept_waiting(app, connect, SHARE)
    assert waits_until_released(app, connect)
    assert [read_answer(each)[0] for each in working] == [200] * SHARE


def test_silent_ones_within_the_limit_are_left_alone(serving):
    _, start = serving
    connect = start()
    silent = [connect() for _ in range(SHARE // 2)]
    for _ in range(5):
        with connect() as other:
            assert answered(other)
    assert all(map(answered, silent))


def test_a_lack_of_descriptors_is_waited_out(serving, monkeypatch):
    _, start = serving
    connect = start()
    assert answered(connect())
    monkeypatch.setattr(acceptor, "_PAUSE_S", 0.01)
    kept = socket.socket.accept
    failures = [OSError(24, "Too many open files")] * 3

    def accept(listener):
        if failures:
            raise failures.pop()
        return kept(listener)

    monkeypatch.setattr(socket.socket, "accept", accept)
    assert answered(connect())
    assert not failures


@pytest.mark.parametrize(
    ("limits", "workers", "asked", "expected"),
    [
        ((1024, 4096), 1, None, 4096 - 96 - 8),
        ((1024, 1024), 4, None, 1024 - 96 - 32),
        ((1024, 4096), 1, 100, 100),
        ((256, 256), 1, 1000, 256 - 96 - 8),
        ((64, 64), 1, None, 8),
        ((1024, -1), 1, None, 8192),
        ((-1, -1), 1, None, 8192),
    ],
)
def test_the_limit_follows_from_the_descriptors(monkeypatch, limits, workers, asked, expected):
    raised = []
    monkeypatch.setattr(descriptors.resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(descriptors.resource, "setrlimit", lambda _, both: raised.append(both))

    assert descriptors.connection_limit(workers, asked) == expected
    soft, hard = limits
    can_grow = soft != -1 and (hard == -1 or soft < hard)
    assert raised == ([(65_536 if hard == -1 else hard, hard)] if can_grow else [])
