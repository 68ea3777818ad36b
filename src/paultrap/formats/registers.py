"""Results by named registers: formats of version 2 for programs that declare their own.

A program's bits are also given all together, as ``output_all``, the first register's lowest.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, Readout, Register
from paultrap.formats.enclosing import blocks, enclosed
from paultrap.formats.histogram import counts_of

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
    yield b'{"probabilities":{"registers":{'
    for head, own, width in _registers(parts, registers, shots):
        texts = (
            _kernels.write_distribution(own.states[block], own.probabilities[block], width)
            for block in blocks(len(own.states))
        )
        yield from enclosed(texts, head, b"}")
    yield b"}}}"


def stream_histogram_by_register(
    parts: Iterable[Distributions], registers: Sequence[Register], shots: int
) -> Iterator[bytes]:
    """Yield the pieces of one circuit's ``ionq.result.histogram.json.v2``.

    Args:
        parts: The circuit's bits, whose entries may come in parts.
        registers: The registers that hold the bits, the lowest first.
        shots: How many shots the circuit has.
    """
    yield b'{"histogram":{"registers":{'
    for head, own, width in _registers(parts, registers, shots):
        counts = counts_of(own.probabilities, shots)
        texts = (
            _kernels.write_histogram(own.states[block], counts[block], width)
            for block in blocks(len(own.states))
        )
        yield from enclosed(texts, head, b"}")
    yield b"}}}"


def stream_shots_by_register(
    states: NDArray[np.uint64], registers: Sequence[Register]
) -> Iterator[bytes]:
    """Yield the pieces of ``ionq.result.shots.json.v2``; each register lists its lowest bit first.

    Args:
        states: Shape (S,): of all shots in order.
        registers: The registers that hold the bits, the lowest first.
    """
    seen, places = np.unique(states, return_inverse=True)
    texts = [_shot(state, registers) for state in seen.tolist()]
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


def _registers(
    parts: Iterable[Distributions], registers: Sequence[Register], shots: int | None
) -> Iterator[tuple[bytes, Distributions, int]]:
    """Yield what opens each register's object, its distribution, and its size."""
    whole = _joined(parts)
    each = None if shots is None else np.array([shots])
    for number, (name, first, size) in enumerate(_placed(registers)):
        own = (
            whole if name == _ALL else Readout(bits=(*range(first, first + size),)).of(whole, each)
        )
        yield (b"," if number else b"") + msgspec.json.encode(name) + b":{", own, size


def _joined(parts: Iterable[Distributions]) -> Distributions:
    found = list(parts)
    states = np.concatenate([part.states for part in found])
    probabilities = np.concatenate([part.probabilities for part in found])
    return Distributions(np.array([0, len(states)]), states, probabilities)
