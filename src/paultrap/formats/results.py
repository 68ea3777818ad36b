"""`Distributions` to the JSON of results, in pieces where large.

Numbers have the fewest digits that read back as the same double, and always a point or an
exponent: 1 is written 1.0. Order is kept: circuits as submitted, states ascending.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from paultrap import _kernels
from paultrap.circuits import Distributions

__all__ = [
    "aggregate",
    "aggregate_chunks",
    "probabilities_v1",
    "probabilities_v2",
    "stream_v1",
    "stream_v2",
]

_PIECES_AT_ONCE = 16  # written by all cores together
_ENTRIES_AT_ONCE = 8192 * _PIECES_AT_ONCE
_DECIMAL = -1
_V2_HEAD = b'{"probabilities":{"registers":{"output_all":{'
_V2_TAIL = b"}}}}"


def probabilities_v1(distributions: Distributions, index: int) -> bytes:
    """Return one circuit's ``ionq.result.probabilities.json.v1``: keys are decimal states."""
    return b"".join(stream_v1(distributions, index))


def probabilities_v2(distributions: Distributions, index: int, width: int) -> bytes:
    """Return one circuit's ``ionq.result.probabilities.json.v2``.

    Args:
        distributions: The answer.
        index: Which circuit.
        width: Its number of qubits; keys have as many binary digits, highest qubit first.
    """
    return b"".join(stream_v2(distributions, index, width))


def stream_v1(distributions: Distributions, index: int) -> Iterator[bytes]:
    """Yield the pieces of `probabilities_v1`."""
    return _stream(distributions, index, _DECIMAL, b"{", b"}")


def stream_v2(distributions: Distributions, index: int, width: int) -> Iterator[bytes]:
    """Yield the pieces of `probabilities_v2`."""
    return _stream(distributions, index, width, _V2_HEAD, _V2_TAIL)


def _stream(
    distributions: Distributions, index: int, width: int, head: bytes, tail: bytes
) -> Iterator[bytes]:
    first, last = distributions.offsets[index : index + 2].tolist()
    for start in range(first, last, _ENTRIES_AT_ONCE):
        stop = min(start + _ENTRIES_AT_ONCE, last)
        for piece in _kernels.write_distribution(
            distributions.states[start:stop], distributions.probabilities[start:stop], width
        ):
            yield head + piece if head else piece
            head = b""
        head = b","
    yield tail if last > first else head + tail


def aggregate(ids: Sequence[str], distributions: Distributions) -> Iterator[bytes]:
    """Yield pieces of ``{"<id>":{...},...}``, the circuits in order.

    Args:
        ids: The circuits' ids; nothing in them needs escaping.
        distributions: As many circuits.

    Raises:
        ValueError: There are not as many circuits as ids.
    """
    return aggregate_chunks(ids, (distributions,))


def aggregate_chunks(ids: Sequence[str], chunks: Iterable[Distributions]) -> Iterator[bytes]:
    """Yield pieces of one `aggregate` for consecutive chunks of a job's circuits.

    Args:
        ids: The ids of all circuits; nothing in them needs escaping.
        chunks: The chunks in order; each is asked for when the one before it is written.

    Raises:
        ValueError: There are not as many circuits as ids.
    """
    head = b"{"
    start = 0
    for chunk in chunks:
        stop = start + chunk.n_circuits
        if stop > len(ids):
            raise ValueError(f"{stop} circuits or more for {len(ids)} ids")
        for piece in _pieces(list(ids[start:stop]), chunk, leading_comma=start > 0):
            yield head + piece if head else piece
            head = b""
        start = stop
    if start < len(ids):
        raise ValueError(f"{start} circuits for {len(ids)} ids")
    yield head + b"}"


def _pieces(ids: list[str], chunk: Distributions, *, leading_comma: bool) -> Iterator[bytes]:
    circuit = entry = 0
    while circuit < len(ids):
        pieces, circuit, entry = _kernels.write_aggregate(
            ids,
            chunk.offsets,
            chunk.states,
            chunk.probabilities,
            circuit,
            entry,
            _PIECES_AT_ONCE,
            leading_comma,
        )
        yield from pieces
        leading_comma = True
