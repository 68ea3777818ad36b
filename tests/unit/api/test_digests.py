"""Equal bodies have equal digests, and others have others."""

import asyncio
import base64
import gzip
import json
import random
from functools import partial

import pytest

from paultrap.api.digests import _LARGE, BodyDigest
from paultrap.service import Threads


@pytest.fixture(scope="module")
def threads():
    threads = Threads()
    yield threads
    threads.stop()


@pytest.fixture
def digest(threads):
    def of(body: bytes, *cuts: int) -> bytes:
        async def make():
            found = BodyDigest(threads)
            for start, stop in zip((0, *cuts), (*cuts, len(body)), strict=True):
                found.add(body[start:stop])
                await asyncio.sleep(0)
            return await found.finish(body)

        return asyncio.run(make())

    return of


def header(text: str, mtime: int, level: int = 9) -> str:
    """Return a text as qiskit-ionq keeps it."""
    return base64.b64encode(gzip.compress(text.encode(), level, mtime=mtime)).decode()


def body(*headers: str, name: str = "n", more: int = 0) -> bytes:
    members = {f"header {number}": each for number, each in enumerate(headers)}
    return json.dumps({"name": name, "metadata": members, "more": "x" * more}).encode()


@pytest.mark.parametrize("more", [0, 2 * _LARGE], ids=["small", "large"])
def test_packed_strings_count_as_what_they_hold(digest, more):
    one = digest(body(header("a", 1), header("b", 1), more=more))

    assert digest(body(header("a", 2), header("b", 99, 1), more=more)) == one
    others = [
        body(header("a", 1), header("c", 1), more=more),
        body(header("b", 1), header("a", 1), more=more),
        body(header("a", 1), "b", more=more),
        body(header("ab", 1), header("", 1), more=more),
        body(header("a", 1), header("b", 1), name="m", more=more),
        body(header("a", 1), header("b", 1), more=more + 1),
        body(header("a", 1), more=more),
        body("a", "b", more=more),
    ]
    digests = {digest(each) for each in others}
    assert len(digests) == len(others)
    assert one not in digests


def test_slashes_may_be_escaped(digest):
    packed = next(p for i in range(10_000) if "/" in (p := header(f"text {i}", 1)))
    escaped = body(packed).replace(packed.encode(), packed.replace("/", "\\/").encode())

    assert digest(escaped) == digest(body(packed))


def damaged() -> list[str]:
    good = header("something to unpack, " * 20, 1)
    return [
        "H4sI",
        good[:-8],
        good[:40],
        good + "AAAA",
        good[:60] + "A" + good[61:],
        base64.b64encode(gzip.compress(b"a", mtime=1) * 2).decode(),
        good.rstrip("=") + "===",
    ]


@pytest.mark.parametrize("text", damaged())
def test_what_does_not_unpack_counts_as_it_is(digest, text):
    assert digest(body(text)) == digest(body(text))
    assert digest(body(text)) != digest(body(text + "A"))
    assert digest(body(text)) != digest(body("H4sI" + text))


def test_what_unpacks_to_too_much_counts_as_it_is(digest):
    bombs = [header("0" * (1 << 25), mtime) for mtime in (1, 2)]
    assert digest(body(bombs[0])) == digest(body(bombs[1]))
    bombs = [header("0" * ((1 << 25) + 1), mtime) for mtime in (1, 2)]
    assert digest(body(bombs[0])) != digest(body(bombs[1]))


def test_a_body_in_any_pieces_has_one_digest(digest):
    rng = random.Random(1)
    whole = rng.randbytes(3 * _LARGE)
    one = digest(whole)
    for count in (1, 2, 30):
        cuts = sorted(rng.sample(range(len(whole)), count))
        assert digest(whole, *cuts) == one
    assert digest(whole[:-1]) != one
    assert digest(b"") == digest(b"")


def test_the_header_of_qiskit_ionq_is_equal_whenever_it_was_packed(digest, monkeypatch):
    from qiskit_ionq.helpers import compress_to_metadata_string

    compress = gzip.compress

    def sent(mtime: int) -> bytes:
        monkeypatch.setattr(gzip, "compress", partial(compress, mtime=mtime))
        return body(compress_to_metadata_string({"name": "bell", "n_qubits": 2}))

    first, again = sent(1), sent(2)
    assert first != again
    assert digest(first) == digest(again)
