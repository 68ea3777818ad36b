"""The lines of requests over real connections, which end in the middle."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import AsyncIterator

import pytest
from contract.test_wire_connections import KEY, Idle
from harness.log import log
from harness.waiting import until
from litestar import get
from litestar.response import Stream

from paultrap.api.app import create_app
from paultrap.api.request_log import silence_cut_responses
from paultrap.api.server import create_server
from paultrap.api.sockets import listening
from paultrap.settings import Settings
from paultrap.store import JobNotFoundError, Store

__all__ = ["log"]


async def _pieces(error: Exception | None) -> AsyncIterator[bytes]:
    yield b"[1" * 1_000
    if error is not None:
        raise error
    while True:
        await asyncio.sleep(0)
        yield b" " * 100_000


@get("/endless")
async def endless() -> Stream:
    return Stream(_pieces(None))


@get("/deleted")
async def deleted() -> Stream:
    return Stream(_pieces(JobNotFoundError(["a-job"])))


@get("/broken")
async def broken() -> Stream:
    return Stream(_pieces(RuntimeError("broken down")))


@pytest.fixture
def port(tmp_path, log):
    log.configure()
    silence_cut_responses()
    store = Store.open(tmp_path / "paultrap.db")
    settings = Settings(port=0)
    app = create_app(settings, store, Idle())
    for handler in (endless, deleted, broken):
        app.register(handler)
    server = create_server(app, settings)
    with listening(settings) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()
    store.close()


def until_logged(log, lines):
    until(lambda: len(log.lines) >= lines)
    time.sleep(0.05)  # what would be too much
    assert len(log.lines) == lines, log.text
    return log.lines


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers=KEY | {"X-Request-ID": "request-7"})
    answer = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()
    return answer.status


def test_a_job_that_is_deleted_while_it_is_downloaded_is_one_line(port, log):
    assert ask(port, "/deleted") == 200

    [line] = until_logged(log, 1)
    assert (line["event"], line["level"], line["route"]) == ("request", "warning", "/deleted")
    assert line["request_id"] == "request-7"
    assert "a-job" in line["error"]
    assert line["bytes"] == 2_000


def test_a_mistake_within_an_answer_has_its_traceback_once(port, log):
    assert ask(port, "/broken") == 200

    error, request = until_logged(log, 2)
    assert (error["event"], error["request_id"]) == ("unexpected error", "request-7")
    assert "RuntimeError: broken down" in error["exception"]
    assert (request["event"], request["level"]) == ("request", "warning")


def test_a_client_that_leaves_while_it_downloads_is_one_line(port, log):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(100)

    [line] = until_logged(log, 1)
    assert (line["event"], line["level"], line["status"]) == ("request", "info", 200)
    assert line["disconnected"] is True


def test_a_client_that_leaves_while_it_uploads_is_one_line(port, log):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(
            b"POST /v0.4/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: apiKey k\r\n"
            b"Content-Length: 1000\r\n\r\n{"
        )

    [line] = until_logged(log, 1)
    assert (line["event"], line["level"], line["route"]) == ("request", "info", "/v0.4/jobs")
    assert line["disconnected"] is True
    assert "status" not in line
