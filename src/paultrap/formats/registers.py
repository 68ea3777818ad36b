"""Results by named registers: formats of version 2 for programs that declare their own.

A program's bits are also given all together, as ``output_all``, the first register's lowest.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Register, selection
from paultrap.formats.enclosing import blocks, enclosed
from paultrap.formats.histogram import histogram_entries, joined
from paultrap.formats.results import entries
from paultrap.formats.wide import numbers_of

_ALL = "output_all"


def stream_probabilities_by_register(
    parts: Iterable[Distributions], registers: Sequence[Register], shots: int | None
) -> Iterator[bytes]:
    """Yield the pieces of one circuit's ``ionq.result.probabilities.json.v2``.

    Args:
        parts: The circuit's bits, whose entries may come in parts.
        registers: The registers that hold the bits, the lowest first.
        shots: How many shots were counted; None where probabilities are exact.
    """
    return _by_register(b"probabilities", parts, registers, shots, entries)


def stream_histogram_by_register(
    parts: Iterable[Distributions], registers: Sequence[Register], shots: int
) -> Iterator[bytes]:
    """Yield the pieces of one circuit's ``ionq.result.histogram.json.v2``.

    Args:
        parts: The circuit's bits, whose entries may come in parts.
        registers: The registers that hold the bits, the lowest first.
        shots: How many shots the circuit has.
    """

    def entries_of(own: list[Distributions], width: int) -> Iterator[list[bytes]]:
        return histogram_entries(own, shots, width)

    return _by_register(b"histogram", parts, registers, shots, entries_of)


def stream_shots_by_register(
    states: NDArray[np.uint64], registers: Sequence[Register]
) -> Iterator[bytes]:
    """Yield the pieces of ``ionq.result.shots.json.v2``; each register lists its lowest bit first.

    Args:
        states: Shape (S,), or (S, W) of several words: of all shots in order.
        registers: The registers that hold the bits, the lowest first.
    """
    seen, places = np.unique(states, axis=0, return_inverse=True)
    places = places.reshape(-1)  # one release of NumPy gives it another shape
    numbers = seen.tolist() if seen.ndim == 1 else numbers_of(seen)
    texts = [_shot(number, registers) for number in numbers]
    yield b'{"shots":['
    for block in blocks(len(places)):
        shots = b",".join([texts[place] for place in places[block].tolist()])
        yield (b"," if block.start else b"") + shots
    yield b"]}"


def _shot(state: int, registers: Sequence[Register]) -> bytes:
    found = {
        name: [state >> place & 1 for place in range(first, first + size)]
        for name, first, size in _placed(registers)
    }
    return msgspec.json.encode({"registers": found})


def _placed(registers: Sequence[Register]) -> list[tuple[str, int, int]]:
    """Return each register's name, its lowest bit, and its size; `_ALL` comes first."""
    found = []
    first = 0
    for register in registers:
        if register.name != _ALL:
            found.append((register.name, first, register.size))
        first += register.size
    return [(_ALL, 0, first), *found]


def _by_register(
    name: bytes,
    parts: Iterable[Distributions],
    registers: Sequence[Register],
    shots: int | None,
    entries_of: Callable[[list[Distributions], int], Iterator[list[bytes]]],
) -> Iterator[bytes]:
    whole = joined(parts)
    each = None if shots is None else np.array([shots])
    yield b'{"%b":{"registers":{' % name
    for number, (register, first, size) in enumerate(_placed(registers)):
        bits = selection(range(first, first + size))
        own = whole if register == _ALL else bits.of(whole, each)
        head = (b"," if number else b"") + msgspec.json.encode(register) + b":{"
        yield from enclosed(entries_of([own], size), head, b"}")
    yield b"}}}"
