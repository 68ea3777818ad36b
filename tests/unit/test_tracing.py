"""The W3C trace context as it comes with requests, and spans where there are none."""

import pytest

from paultrap.tracing import Tracing, read_traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize("header", [GOOD, f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-ff"])
def test_a_context_of_the_known_version_is_taken_as_it_is(header):
    assert read_traceparent(header) == header


@pytest.mark.parametrize("header", [f"01-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-what-is-new"])
def test_a_later_version_is_taken_as_the_known_one(header):
    assert read_traceparent(header) == GOOD


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE}-{SPAN}",
        f"01-{TRACE}-{SPAN}-01more",
    ],
)
def test_what_is_no_context_is_dropped(header):
    assert read_traceparent(header) is None


def test_without_tracing_the_context_above_is_handed_on():
    tracing = Tracing()

    with tracing.span("one", parent=GOOD) as span:
        span.set("name", 1)
        span.rename("two")
        span.fail()
    assert span.traceparent == GOOD
    with tracing.span("one") as span:
        assert span.traceparent is None
    tracing.stop()
