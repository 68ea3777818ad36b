"""Durations and points in time, as people write them."""

import re
from datetime import datetime
from typing import Any

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_PART = r"(\d+(?:\.\d+)?)([smhd])"
_DURATION = re.compile(rf"(?:{_PART})+", re.IGNORECASE)


def parse_duration(value: Any) -> Any:
    """Return the seconds of a text such as "90", "10m" or "1h30m"; what is no text as it is.

    Raises:
        ValueError: The text is no duration.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if _DURATION.fullmatch(text) is None:
        raise ValueError("expected a duration such as 90s, 10m or 1h30m")
    return sum(
        float(number) * _UNITS[unit.lower()]
        for number, unit in re.findall(_PART, text, re.IGNORECASE)
    )


def parse_end(value: str, now: float) -> float:
    """Return Unix seconds of a time on this machine's clock, or of a duration from now on.

    Args:
        value: Such as "2026-12-01T18:00", local where it names no offset, or as `parse_duration`
            takes it.
        now: Unix seconds.

    Raises:
        ValueError: The text is neither.
    """
    try:
        return now + float(parse_duration(value))
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(value.strip()).timestamp()
    except ValueError:
        raise ValueError(
            "expected a time such as 2026-12-01T18:00 or a duration such as 90m"
        ) from None
