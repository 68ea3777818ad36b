"""Entries in pieces to one JSON text."""

from collections.abc import Iterable, Iterator

PIECES_AT_ONCE = 16  # written by all cores together
ENTRIES_AT_ONCE = 8192 * PIECES_AT_ONCE
DECIMAL = -1  # as the width of a key, which else counts its binary digits


def blocks(entries: int) -> Iterator[slice]:
    """Yield the entries that are written at once, block after block."""
    return (slice(start, start + ENTRIES_AT_ONCE) for start in range(0, entries, ENTRIES_AT_ONCE))


def enclosed(lists: Iterable[list[bytes]], head: bytes, tail: bytes) -> Iterator[bytes]:
    """Yield ``head``, the entries of all lists with commas between the lists, and ``tail``.

    Args:
        lists: Pieces of text: within a list with commas where they are needed, none at its ends.
        head: What opens the text; not a lone comma.
        tail: The text that closes the JSON value.
    """
    for pieces in lists:
        for piece in pieces:
            yield head + piece if head else piece
            head = b""
        head = head or b","
    yield tail if head == b"," else head + tail
