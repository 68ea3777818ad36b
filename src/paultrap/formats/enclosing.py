"""JSON texts in sections, each of which is made without those before it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from paultrap.circuits import Distributions

PIECES_AT_ONCE = 16  # written by all cores together
ENTRIES_AT_ONCE = 8192 * PIECES_AT_ONCE
DECIMAL = -1  # as the width of a key, which else counts its binary digits

#: The pieces of each section of a text; one that is not iterated over is not made.
Sections: TypeAlias = Iterator[Iterator[bytes]]


class Part(NamedTuple):
    """Some of the entries of one circuit, in order; only where there are none is it empty."""

    content: Distributions
    is_first: bool
    is_last: bool


def in_parts(circuit: Distributions) -> list[Part]:
    """Return one circuit's distribution in parts of which each is written at once."""
    cuts = blocks(len(circuit.states))
    return [
        Part(
            Distributions(
                np.array([0, len(circuit.states[cut])]),
                circuit.states[cut],
                circuit.probabilities[cut],
            ),
            is_first=number == 0,
            is_last=number == len(cuts) - 1,
        )
        for number, cut in enumerate(cuts)
    ]


def blocks(entries: int) -> Sequence[slice]:
    """Return the entries that are written at once, block after block; an empty one where are none."""
    return [
        slice(start, start + ENTRIES_AT_ONCE)
        for start in range(0, max(entries, 1), ENTRIES_AT_ONCE)
    ]


def listed(lists: Iterable[list[bytes]]) -> Iterator[bytes]:
    """Yield the pieces of all lists, with commas between the lists.

    Args:
        lists: Pieces of text: within a list with commas where they are needed, none at its ends.
    """
    comma = b""
    for pieces in lists:
        for piece in pieces:
            yield comma + piece if comma else piece
            comma = b""
        comma = b"," if pieces else comma


def section(pieces: Iterable[bytes], opening: bytes, closing: bytes) -> Iterator[bytes]:
    """Yield the pieces of one section, with what opens and closes the text or nothing.

    Args:
        pieces: Its entries, with commas between them.
        opening: What comes before them; a lone comma where there are entries before them, which is
            left out where no entry follows.
        closing: What comes behind them.
    """
    for piece in pieces:
        yield opening + piece if opening else piece
        opening = b""
    rest = closing if opening == b"," else opening + closing
    if rest:
        yield rest


def enclosed(
    parts: Iterable[Part],
    write: Callable[[Distributions], Iterator[bytes]],
    head: bytes,
    tail: bytes,
) -> Sections:
    """Yield a section for each part of one circuit.

    Args:
        parts: The parts, in order, from any of them on.
        write: Returns the entries of a part, with commas between them.
        head: What opens the text.
        tail: What closes it.
    """
    for part in parts:
        opening = head if part.is_first else b","
        yield section(write(part.content), opening, tail if part.is_last else b"")
