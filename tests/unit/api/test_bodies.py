"""Request bodies: bounded, and unpacked when they come packed."""

import gzip

import msgspec
import pytest
import zstandard
from litestar.testing import TestClient

from paultrap.api.app import create_app
from paultrap.settings import Settings

LIMIT = 5_000


@pytest.fixture
def settings():
    return Settings(max_body_bytes=LIMIT)


@pytest.fixture
def body(bell_v03):
    return msgspec.json.encode(bell_v03)


def post(client, body, encoding=None):
    headers = {"content-encoding": encoding} if encoding else {}
    return client.post("/v0.3/jobs", content=body, headers=headers)


def test_no_content_type_is_needed(client, body):
    request = client.build_request("POST", "/v0.3/jobs", content=body)

    assert "content-type" not in request.headers
    assert client.send(request).status_code == 200


def test_a_content_type_of_any_kind_is_ignored(client, body):
    headers = {"content-type": "application/x-www-form-urlencoded"}

    assert client.post("/v0.3/jobs", content=body, headers=headers).status_code == 200


def zstd(body):
    return zstandard.compress(body)


def zstd_stream(body):
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(body) + packer.flush()


def split_gzip(body):
    return gzip.compress(body[:9]) + gzip.compress(body[9:])


def split_zstd(body):
    return zstandard.compress(body[:9]) + zstandard.compress(body[9:])


@pytest.mark.parametrize(
    ("pack", "encoding"),
    [
        (gzip.compress, "gzip"),
        (gzip.compress, "GZip"),
        (gzip.compress, "x-gzip"),
        (split_gzip, "gzip"),
        (zstd, "zstd"),
        (zstd_stream, "zstd"),
        (split_zstd, "zstd"),
        (bytes, "identity"),
    ],
)
def test_packed_bodies_are_unpacked(client, body, pack, encoding):
    assert post(client, pack(body), encoding).status_code == 200


@pytest.mark.parametrize(("pack", "encoding"), [(gzip.compress, "gzip"), (zstd, "zstd")])
def test_a_body_that_does_not_unpack_is_400(client, n_jobs, body, pack, encoding):
    packed = pack(body)
    for damaged in (b"", b"nonsense", packed[:-20], packed[:10], packed[:10] + b"\0" * 50, body):
        answer = post(client, damaged, encoding)
        assert answer.status_code == 400, damaged
        assert answer.json()["validation"]["keys"]
    assert n_jobs() == 0


@pytest.mark.parametrize(
    ("pack", "encoding"), [(gzip.compress, "gzip"), (zstd, "zstd"), (zstd_stream, "zstd")]
)
def test_a_small_body_that_unpacks_to_a_huge_one_is_413(client, n_jobs, pack, encoding):
    packed = pack(b" " * 3_000_000)
    assert len(packed) < LIMIT

    answer = post(client, packed, encoding)

    assert answer.status_code == 413
    assert n_jobs() == 0


def test_a_frame_that_asks_for_much_memory_is_refused(client):
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()

    assert post(client, packer.compress(b"{}") + packer.flush(), "zstd").status_code == 400


def test_an_unknown_packing_is_415(client, body):
    answer = post(client, body, "br")

    assert answer.status_code == 415
    assert answer.json()["statusCode"] == 415
    assert '"br"' in answer.json()["message"]


def test_the_limit_holds_to_the_byte(client, body):
    at_limit = body + b" " * (LIMIT - len(body))

    assert post(client, at_limit).status_code == 200
    over = post(client, at_limit + b" ")
    assert over.status_code == 413
    assert over.json()["error"] == "Request Entity Too Large"
    assert "5,000" in over.json()["message"]
    assert "PAULTRAP_MAX_BODY_BYTES" in over.json()["message"]


def test_the_limit_holds_without_a_content_length(client, n_jobs):
    answer = client.post("/v0.3/jobs", content=(b" " * 1_000 for _ in range(10)))

    assert answer.status_code == 413
    assert n_jobs() == 0


def test_ten_megabytes_are_taken_by_default(store, bench, bell_v03):
    assert Settings().max_body_bytes == 10_000_000
    body = msgspec.json.encode(bell_v03)
    with TestClient(create_app(Settings(), store, bench)) as client:
        client.headers["authorization"] = "apiKey k"
        assert post(client, body + b" " * (10_000_000 - len(body))).status_code == 200
        assert post(client, body + b" " * (10_000_001 - len(body))).status_code == 413


@pytest.mark.parametrize(
    ("member", "encoding"),
    [
        (gzip.compress(b""), "gzip"),
        (zstandard.ZstdCompressor().compress(b""), "zstd"),
        (b"\x50\x2a\x4d\x18\0\0\0\0", "zstd"),
    ],
    ids=["gzip member", "zstd frame", "zstd frame to be skipped"],  # gzip's bytes hold the time
)
def test_many_empty_members_are_refused_before_they_cost_anything(client, member, encoding):
    answer = post(client, member * 100, encoding)

    assert answer.status_code == 400
    assert "16 packed members" in answer.json()["message"]
