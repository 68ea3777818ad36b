"""`Distributions` to the JSON of results, in pieces where large.

Numbers have the fewest digits that read back as the same double, and always a point or an
exponent: 1 is written 1.0. Order is kept: circuits as submitted, states ascending.
"""

from collections.abc import Iterable, Iterator, Sequence

from paultrap import _kernels
from paultrap.circuits import Distributions
from paultrap.formats.enclosing import DECIMAL, PIECES_AT_ONCE, blocks, enclosed
from paultrap.formats.wide import wide_aggregate, wide_entries

_V2_HEAD = b'{"probabilities":{"registers":{"output_all":{'
_V2_TAIL = b"}}}}"


def probabilities_v1(distributions: Distributions, index: int) -> bytes:
    """Return one circuit's ``ionq.result.probabilities.json.v1``: keys are decimal states."""
    return b"".join(stream_parts_v1([distributions.slice(index, index + 1)]))


def stream_parts_v1(parts: Iterable[Distributions]) -> Iterator[bytes]:
    """Yield the pieces of `probabilities_v1` of one circuit, whose entries come in parts."""
    return enclosed(entries(parts, DECIMAL), b"{", b"}")


def stream_parts_v2(parts: Iterable[Distributions], width: int) -> Iterator[bytes]:
    """Yield one circuit's ``ionq.result.probabilities.json.v2`` in pieces.

    Args:
        parts: The circuit's entries, which may come in parts.
        width: The number of qubits; keys have as many binary digits, highest qubit first.
    """
    return enclosed(entries(parts, width), _V2_HEAD, _V2_TAIL)


def entries(parts: Iterable[Distributions], width: int) -> Iterator[list[bytes]]:
    """Yield the entries of one circuit in pieces, with no comma after the last of a list."""
    for part in parts:
        write = _kernels.write_distribution if part.words == 1 else wide_entries
        for block in blocks(len(part.states)):
            yield write(part.states[block], part.probabilities[block], width)


def aggregate_parts(
    ids: Sequence[str], parts: Iterable[tuple[Distributions, bool]]
) -> Iterator[bytes]:
    """Yield pieces of ``{"<id>":{...},...}``, the circuits in order.

    Args:
        ids: The ids of all circuits; nothing in them needs escaping.
        parts: Consecutive circuits, and whether they are the one circuit, a large one, that the next
            part continues with; each is taken when the one before it is written.

    Raises:
        ValueError: There are not as many circuits as ids.
    """
    head = b"{"
    start = 0
    is_inside = False
    for part, is_continued in parts:
        stop = start + part.n_circuits
        if stop > len(ids):
            raise ValueError(f"{stop} circuits or more for {len(ids)} ids")
        if not (is_inside or is_continued):
            for piece in _pieces(list(ids[start:stop]), part, leading_comma=start > 0):
                yield head + piece if head else piece
                head = b""
            start = stop
            continue
        if not is_inside:
            head += b'%b"%b":{' % (b"," if start else b"", ids[start].encode())
        for pieces in entries([part], DECIMAL):
            for piece in pieces:
                yield head + piece if head else piece
                head = b""
            head = b","
        is_inside = is_continued
        if not is_inside:
            yield b"}" if head == b"," else head + b"}"
            head = b""
            start = stop
    if start < len(ids):
        raise ValueError(f"{start} circuits for {len(ids)} ids")
    yield head + b"}"


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
