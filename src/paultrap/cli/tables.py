"""Tables of plain text, whose lines are never cut: a script reads them as a person does."""

from collections.abc import Sequence
from datetime import UTC, datetime


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as their longest entry."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for row in (headings, *rows):
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())  # noqa: T201


def day_of(milliseconds: int | None) -> str:
    """Return Unix milliseconds as `2026-05-04 12:30 UTC`, and nothing for None."""
    if milliseconds is None:
        return ""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
