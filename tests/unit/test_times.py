"""Durations and points in time, as people write them."""

from datetime import datetime, timedelta, timezone

import pytest

from paultrap.times import parse_duration, parse_end


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("90s", 90),
        ("10m", 600),
        ("1h30m", 5_400),
        ("2d", 172_800),
        ("1.5H", 5_400),
        (" 10m ", 600),
        (7.0, 7.0),
        (None, None),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "10 minutes", "-5m", "10m5", "1e3", "inf", "nan"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="1h30m"):
        parse_duration(text)


def test_an_end_is_a_duration_from_now_or_a_time():
    assert parse_end("90m", 1_000.0) == 6_400.0
    local = datetime(2026, 12, 1, 18, 0)  # noqa: DTZ001  # as people write it
    assert parse_end("2026-12-01T18:00", 0.0) == local.timestamp()
    there = datetime(2026, 12, 1, 18, 0, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert parse_end("2026-12-01 18:00+05:45", 0.0) == there.timestamp()


@pytest.mark.parametrize("text", ["", "soon", "18:00", "2026-13-01"])
def test_what_is_no_end_is_refused(text):
    with pytest.raises(ValueError, match="2026-12-01T18:00"):
        parse_end(text, 0.0)
