"""Tables of plain text, whose entries are never cut: a script reads them as a person does."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

_GAP = "  "


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns as wide as their longest entry.

    Where a row does not fit into the terminal, its last columns are on further lines.
    """
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    lines = _packed(widths, _room())
    for row in (headings, *rows):
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        for number, columns in enumerate(lines):
            text = _GAP.join(cells[each] for each in columns).rstrip()
            if text or not number:
                print(f"{_GAP if number else ''}{text}")  # noqa: T201


def _room() -> int | None:
    """Return how wide lines may be, or None for any: what is piped into a program."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return None


def _packed(widths: Iterable[int], room: int | None) -> list[list[int]]:
    """Return the columns of each line; all but the first are indented."""
    lines: list[list[int]] = [[]]
    used = 0
    for column, width in enumerate(widths):
        if room is not None and lines[-1] and used + len(_GAP) + width > room:
            lines.append([])
            used = len(_GAP)
        used += width + (len(_GAP) if lines[-1] else 0)
        lines[-1].append(column)
    return lines


def day_of(milliseconds: int | None) -> str:
    """Return Unix milliseconds as `2026-05-04 12:30 UTC`, and nothing for None."""
    if milliseconds is None:
        return ""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
