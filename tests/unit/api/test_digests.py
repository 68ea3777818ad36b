"""Equal bodies have equal digests, and others have others."""

import asyncio
import base64
import gzip
import json
import random
from functools import partial

import pytest

from paultrap.api import digests
from paultrap.api.digests import _END_BYTES, _LARGE, BodyDigest
from paultrap.service import Threads


@pytest.fixture(scope="module")
def threads():
    threads = Threads()
    yield threads
    threads.stop()


@pytest.fixture(params=[0.0, 60.0], ids=["slow", "fast"])
def both(threads, monkeypatch, request):
    """Return the short and the whole digest of a body that arrives slowly or at once."""
    monkeypatch.setattr(digests, "_SLOW_S", request.param)

    def of(body: bytes, *cuts: int) -> tuple[bytes, bytes]:
        async def make():
            found = BodyDigest(threads)
            for start, stop in zip((0, *cuts), (*cuts, len(body)), strict=True):
                found.add(body[start:stop])
                await asyncio.sleep(0)
            whole, made = await found.finish()
            assert whole == body
            return made.short, made.short if made.whole is None else await made.whole

        return asyncio.run(make())

    return of


@pytest.fixture
def digest(both):
    return lambda *parts: both(*parts)[1]


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


def test_a_packed_string_is_found_wherever_pieces_are_cut(both):
    one, other = (body(header("a", mtime), more=2 * _LARGE) for mtime in (1, 2))
    at = one.index(b'"H4sI')
    found = {both(one)}
    for cut in range(at - 1, at + 7):
        found |= {both(other, cut), both(other, cut, cut + 1), both(other, 1, cut, cut + 2)}

    assert len(found) == 1


def test_a_large_body_is_known_at_once_by_its_length_and_its_ends(both):
    whole = random.Random(1).randbytes(3 * _LARGE)
    short, digest = both(whole)

    assert both(whole, 1, _LARGE, 2 * _LARGE + 1) == (short, digest)
    within = bytearray(whole)
    within[_END_BYTES + 1] ^= 1
    assert both(bytes(within))[0] == short
    assert both(bytes(within))[1] != digest
    for at in (0, _END_BYTES - 1, -_END_BYTES, -1):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        assert both(bytes(damaged))[0] != short
    assert both(whole[:-_END_BYTES] + b"x" + whole[-_END_BYTES:])[0] != short


def test_the_header_of_qiskit_ionq_is_equal_whenever_it_was_packed(digest, monkeypatch):
    from qiskit_ionq.helpers import compress_to_metadata_string

    compress = gzip.compress

    def sent(mtime: int) -> bytes:
        monkeypatch.setattr(gzip, "compress", partial(compress, mtime=mtime))
        return body(compress_to_metadata_string({"name": "bell", "n_qubits": 2}))

    first, again = sent(1), sent(2)
    assert first != again
    assert digest(first) == digest(again)
