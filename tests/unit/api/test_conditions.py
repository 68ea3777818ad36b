"""Conditions and ranges of requests, beside werkzeug's reading of the same headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.datastructures import Headers
from werkzeug.http import parse_etags, parse_range_header

from paultrap.api.conditions import fails, known, wanted_range

TAG, OTHER = '"f00"', '"ba4"'


class FakeRequest:
    def __init__(self, method="GET", **headers):
        self.method = method
        pairs = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
        self.headers = Headers([(name, value.encode("latin-1")) for name, value in pairs])


def meant(text, total, **headers):
    """Return the bytes that a range means, None for all, or an empty range for none."""
    found = wanted_range(FakeRequest(range=text, **headers), TAG)
    return None if found is None else (found.within(total) or range(0))


numbers = st.integers(0, 40).map(str) | st.sampled_from(["", "007", "10" * 15])
ranges = st.builds("{}-{}".format, numbers, numbers)


@given(ranges.map("bytes={}".format), st.integers(1, 30))
def test_one_range_means_what_werkzeug_reads(text, total):
    reference = parse_range_header(text)
    found = meant(text, total)

    if text.endswith("=-0"):  # werkzeug refuses the last 0 bytes, which there are not
        assert found == range(0)
        return
    if reference is None:
        assert found is None
        return
    limits = reference.range_for_length(total)
    ((begin, _),) = reference.ranges
    if begin is not None and begin < 0 and -begin >= total:  # more than there is: all of it
        limits = (0, total)
    assert found == (range(0) if limits is None else range(*limits))


@pytest.mark.parametrize(
    "text",
    [
        "bytes=",
        "bytes=-",
        "bytes=5-3",
        "bytes=a-b",
        "bytes=0x1-2",
        "bytes=1-2,5-6",
        "bytes=1-2, 1-2",
        "lines=1-2",
        "1-2",
        "bytes 1-2",
        "bytes=-1-2",
        "bytes=+1-2",
        "bytes=1_0-20",
        "bytes=\u00b2-5",
    ],
)
def test_what_is_no_single_range_is_the_whole(text):
    assert meant(text, 10) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=9-", range(9, 10)),
        ("bytes=10-", range(0)),
        ("bytes=-0", range(0)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-30", range(10)),
        ("bytes=2-99", range(2, 10)),
        ("Bytes= 2-3 ,", range(2, 4)),
        ("bytes=2-" + "9" * 5_000, range(2, 10)),
    ],
)
def test_a_range_is_cut_to_what_there_is(text, found):
    assert meant(text, 10) == found


@pytest.mark.parametrize(
    ("condition", "counts"),
    [
        (TAG, True),
        (OTHER, False),
        (f"W/{TAG}", False),
        ("Fri, 27 Nov 2026 12:00:00 GMT", False),
        ("f00", False),
        ("*", False),
    ],
)
def test_a_range_counts_where_if_range_names_the_same(condition, counts):
    assert (meant("bytes=1-2", 10, if_range=condition) is not None) == counts


def test_only_get_has_ranges():
    assert wanted_range(FakeRequest("HEAD", range="bytes=1-2"), TAG) is None


tags = st.lists(st.sampled_from([TAG, OTHER, f"W/{TAG}", f"W/{OTHER}", '"a,b"', '""']), max_size=4)


@given(tags, st.sampled_from([", ", ",", " , ,"]))
def test_lists_of_tags_mean_what_werkzeug_reads(listed, comma):
    text = comma.join(listed)
    reference = parse_etags(text)

    assert (known(FakeRequest(if_none_match=text), {TAG}) == TAG) == reference.contains_weak("f00")
    assert fails(FakeRequest(if_match=text), {TAG}) != reference.is_strong("f00")


def test_a_star_means_anything_that_is_there():
    assert known(FakeRequest(if_none_match="*"), {TAG}) == TAG
    assert not fails(FakeRequest(if_match="*"), {TAG})
    assert known(FakeRequest(), {TAG}) is None
    assert not fails(FakeRequest(), {TAG})
