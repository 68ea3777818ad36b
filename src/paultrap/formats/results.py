"""`Distributions` to the JSON of results, in sections and pieces where large.

Numbers have the fewest digits that read back as the same double, and always a point or an
exponent: 1 is written 1.0. Order is kept: circuits as submitted, states ascending.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from paultrap import _kernels
from paultrap.circuits import Distributions
from paultrap.formats.enclosing import (
    DECIMAL,
    PIECES_AT_ONCE,
    Part,
    Sections,
    blocks,
    enclosed,
    in_parts,
    listed,
    section,
)
from paultrap.formats.wide import wide_aggregate, wide_entries

_V2_HEAD = b'{"probabilities":{"registers":{"output_all":{'
_V2_TAIL = b"}}}}"


class Circuits(NamedTuple):
    """Consecutive circuits of an aggregate, or a part of a large one.

    Attributes:
        first: The place of the first of them among all.
        content: Their distributions.
        is_inside: Whether entries of the one circuit came before.
        is_continued: Whether more of them follow.
    """

    first: int
    content: Distributions
    is_inside: bool = False
    is_continued: bool = False


def probabilities_v1(distributions: Distributions, index: int) -> bytes:
    """Return one circuit's ``ionq.result.probabilities.json.v1``: keys are decimal states."""
    parts = in_parts(distributions.slice(index, index + 1))
    return b"".join(chain.from_iterable(stream_parts_v1(parts)))


def stream_parts_v1(parts: Iterable[Part]) -> Sections:
    """Yield the sections of `probabilities_v1` of one circuit, in parts from any of them on."""
    return enclosed(parts, partial(entries, width=DECIMAL), b"{", b"}")


def stream_parts_v2(parts: Iterable[Part], width: int) -> Sections:
    """Yield the sections of one circuit's ``ionq.result.probabilities.json.v2``.

    Args:
        parts: The circuit, in parts, from any of them on.
        width: The number of qubits; keys have as many binary digits, highest qubit first.
    """
    return enclosed(parts, partial(entries, width=width), _V2_HEAD, _V2_TAIL)


def entries(circuit: Distributions, width: int) -> Iterator[bytes]:
    """Yield the entries of one circuit in pieces, with commas between them."""
    write = _kernels.write_distribution if circuit.words == 1 else wide_entries
    return listed(
        write(circuit.states[block], circuit.probabilities[block], width)
        for block in blocks(len(circuit.states))
    )


def stream_aggregate(ids: Sequence[str], parts: Iterable[Circuits]) -> Sections:
    """Yield the sections of ``{"<id>":{...},...}``, one for each part, the circuits in order.

    Args:
        ids: The ids of all circuits; nothing in them needs escaping.
        parts: All circuits, or those from any part on.

    Raises:
        ValueError: There are not as many circuits as ids.
    """
    stop = 0
    for part in parts:
        if not part.content.n_circuits:
            continue
        stop = part.first + part.content.n_circuits
        if stop > len(ids):
            raise ValueError(f"{stop} circuits or more for {len(ids)} ids")
        yield _aggregated(ids, part, is_last=stop == len(ids) and not part.is_continued)
    if not ids:
        yield iter([b"{}"])
    if stop < len(ids):
        raise ValueError(f"{stop} circuits for {len(ids)} ids")


def _aggregated(ids: Sequence[str], part: Circuits, *, is_last: bool) -> Iterator[bytes]:
    first, content = part.first, part.content
    opening = b"" if first or part.is_inside else b"{"
    closing = b"}" if is_last else b""
    if not (part.is_inside or part.is_continued):
        own = list(ids[first : first + content.n_circuits])
        return section(_pieces(own, content, leading_comma=first > 0), opening, closing)
    if part.is_inside:
        opening = b","
    else:
        opening += b'%b"%b":{' % (b"," if first else b"", ids[first].encode())
    end = b"" if part.is_continued else b"}"
    return section(entries(content, DECIMAL), opening, end + closing)


def _pieces(ids: list[str], chunk: Distributions, *, leading_comma: bool) -> Iterator[bytes]:
    if chunk.words > 1:
        yield wide_aggregate(ids, chunk, leading_comma=leading_comma)
        return
    circuit = entry = 0
    while circuit < len(ids):
        pieces, circuit, entry = _kernels.write_aggregate(
            ids,
            chunk.offsets,
            chunk.states,
            chunk.probabilities,
            circuit,
            entry,
            PIECES_AT_ONCE,
            leading_comma,
        )
        yield from pieces
        leading_comma = True
