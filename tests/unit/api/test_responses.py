"""Answers: whole or streamed, packed when asked for."""

import asyncio
import gzip
import time
from types import SimpleNamespace

import pytest
import zstandard
from litestar import Litestar, Request, get
from litestar.params import FromPath
from litestar.response import Stream
from litestar.testing import TestClient

from paultrap.api import responses
from paultrap.api.responses import answer, answer_pieces
from paultrap.service import Threads
from paultrap.service.downloads import Downloads

PIECE = b"0123456789abcdef" * 1024
SHORT, LONG = 3, 200


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(responses, "_BLOCK", 16 * len(PIECE))


@pytest.fixture
def threads():
    threads = Threads()
    yield threads
    threads.stop()


@pytest.fixture
def service(threads):
    return SimpleNamespace(threads=threads, downloads=Downloads(3))


@pytest.fixture
def client(service):
    @get("/pieces/{count:int}")
    async def pieces(request: Request, count: FromPath[int]) -> Stream:
        return await answer_pieces(request, service, lambda: iter([PIECE] * count))

    @get("/value/{size:int}")
    async def value(request: Request, size: FromPath[int]) -> Stream:
        return answer(request, "x" * size)

    @get("/broken/{count:int}")
    async def broken(request: Request, count: FromPath[int]) -> Stream:
        def break_off():
            yield from [PIECE] * count
            raise RuntimeError("broken off")

        return await answer_pieces(request, service, break_off)

    app = Litestar([pieces, value, broken], openapi_config=None, logging_config=None)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def unpack(answer, raw):
    match answer.headers.get("content-encoding"):
        case "gzip":
            return gzip.decompress(raw)
        case "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(raw)
        case _:
            return raw


@pytest.mark.parametrize("count", [0, SHORT, LONG])
@pytest.mark.parametrize(
    ("accepted", "packing"),
    [
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0.000", None),
        ("gzip, zstd", "zstd"),
        ("zstd;q=0, gzip", "gzip"),
    ],
)
def test_pieces_arrive_whole_in_the_packing_that_was_asked_for(client, count, accepted, packing):
    headers = {"accept-encoding": accepted}
    with client.stream("GET", f"/pieces/{count}", headers=headers) as answer:
        raw = b"".join(answer.iter_raw())

    assert answer.headers.get("content-encoding") == (packing if count else None)
    assert unpack(answer, raw) == PIECE * count
    assert answer.headers["content-type"] == "application/json"


def test_short_answers_have_a_length_and_long_ones_are_streamed(client):
    headers = {"accept-encoding": "identity"}

    assert "content-length" in client.get(f"/pieces/{SHORT}", headers=headers).headers
    assert "content-length" not in client.get(f"/pieces/{LONG}", headers=headers).headers


def test_what_packing_would_not_shorten_is_left(client):
    headers = {"accept-encoding": "gzip"}

    assert "content-encoding" not in client.get("/value/100", headers=headers).headers
    assert client.get("/value/5000", headers=headers).headers["content-encoding"] == "gzip"
    assert client.get("/value/5000", headers=headers).json() == "x" * 5000


@pytest.mark.parametrize(
    ("host", "is_packed"), [("127.0.0.1", False), ("::1", False), ("10.0.0.1", True)]
)
def test_nothing_is_packed_for_a_client_on_this_machine(host, is_packed):
    request = fake_request("gzip, zstd")
    request.scope["client"] = (host, 1)

    assert ("content-encoding" in answer(request, "x" * 5000).headers) == is_packed


def test_an_error_before_the_first_block_still_has_its_status(client):
    assert client.get(f"/broken/{SHORT}").status_code == 500


def fake_request(accepted=""):
    return SimpleNamespace(
        headers={"accept-encoding": accepted}, client=None, scope={"client": None}
    )


def test_pieces_are_made_at_most_a_block_ahead(service):
    made = []

    def make():
        for index in range(LONG):
            made.append(index)
            yield PIECE

    async def take_three_blocks():
        stream = await answer_pieces(fake_request(), service, make)
        counts = [len(made)]
        iterator = aiter(stream.iterator)
        for _ in range(3):
            await anext(iterator)
            counts.append(len(made))
        await iterator.aclose()
        return counts

    per_block = 16
    counts = asyncio.run(take_three_blocks())
    assert counts[0] == per_block
    assert all(count <= (taken + 1) * per_block for taken, count in enumerate(counts))


def test_pieces_are_closed_when_the_client_leaves(service):
    closed = []

    def make():
        try:
            while True:
                yield PIECE
        finally:
            closed.append(True)

    async def leave():
        stream = await answer_pieces(fake_request("gzip"), service, make)
        await anext(aiter(stream.iterator))

    asyncio.run(leave())
    deadline = time.monotonic() + 10
    while not closed and time.monotonic() < deadline:
        time.sleep(0.01)  # The thread that made the last block lets go of it a moment later.
    assert closed == [True]


@pytest.mark.parametrize(
    ("client", "is_forwarded", "packing"),
    [
        (("127.0.0.1", 1), False, None),
        (("127.0.0.1", 1), True, "zstd"),
        (("203.0.113.9", 1), True, "zstd"),
        (None, False, "zstd"),
    ],
)
def test_a_proxy_on_this_machine_gets_packed_answers(client, is_forwarded, packing):
    scope = {"client": client, "state": {"paultrap.forwarded": is_forwarded}}
    request = SimpleNamespace(headers={"accept-encoding": "zstd"}, scope=scope)

    found = answer(request, "x" * 2_000)

    assert found.headers.get("content-encoding") == packing


@pytest.mark.parametrize("is_fast", [True, False])
def test_nothing_is_made_ahead_for_a_slow_reader(threads, monkeypatch, is_fast):
    monkeypatch.setattr(responses, "_FAST_S", 1e9 if is_fast else 0.0)
    made = []

    def blocks():
        for number in range(4):
            made.append(number)
            yield [b"a", b"b"]

    async def read():
        ahead = []
        async for _ in responses._stream(threads, blocks()):
            for _ in range(50):  # What is being made meanwhile is done.
                await asyncio.sleep(0.002)
                if len(made) > 2:
                    break
            ahead.append(len(made))
        return ahead

    ahead = asyncio.run(read())
    assert ahead[:2] == [1, 1], "nobody knows yet whether the reader is fast"
    assert ahead[2:4] == ([3, 3] if is_fast else [2, 2])
