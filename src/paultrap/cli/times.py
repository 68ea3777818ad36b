"""Instants for people to read."""

from datetime import UTC, datetime


def day_of(milliseconds: int | None) -> str:
    """Return Unix milliseconds as `2026-05-04 12:30 UTC`, and nothing for None."""
    if milliseconds is None:
        return ""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
