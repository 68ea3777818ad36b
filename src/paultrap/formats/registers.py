"""Results by named registers: formats of version 2 for what names registers of its own.

Programs declare them, and circuits in JSON have a field ``registers``. All bits are also given
together, as ``output_all``, unless that is the name of a register.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import MOST_BITS, Distributions, Readout, Register
from paultrap.formats.enclosing import Part, Sections, blocks, enclosed, in_parts, section
from paultrap.formats.errors import CircuitError
from paultrap.formats.histogram import histogram_entries, joined
from paultrap.formats.results import entries
from paultrap.formats.wide import numbers

_ALL = "output_all"


class NamedBits(NamedTuple):
    """A register: its name, and for each of its bits the bit of a state, or -1 for a constant 0."""

    name: str
    bits: tuple[int, ...]


def declared_registers(registers: Sequence[Register]) -> list[NamedBits]:
    """Return the registers that a program declares, the lowest first, and all of them together."""
    found, first = list[NamedBits](), 0
    for register in registers:
        found.append(NamedBits(register.name, (*range(first, first + register.size),)))
        first += register.size
    return _with_all(found, first) if found else []


def mapped_registers(text: bytes, width: int) -> list[NamedBits]:
    """Return the registers of a circuit in JSON, and all its qubits together.

    What cannot be served is left out: registers of more than 512 bits, and what an earlier release
    took unread.

    Args:
        text: The field ``registers``: by name, for each bit the qubit that it holds or null.
        width: The number of qubits.
    """
    try:
        found = _decoded(text)
    except msgspec.ValidationError:
        return []
    named = [
        NamedBits(name, tuple(-1 if qubit is None else int(qubit) for qubit in qubits))
        for name, qubits in found.items()
        if len(qubits) <= MOST_BITS and _foreign(qubits, width) is None
    ]
    return _with_all(named, width) if named else []


def check_registers(text: bytes, width: int, path: str) -> None:
    """Refuse registers that name no qubits of their circuit.

    Args:
        text: The field ``registers``, a JSON object.
        width: The number of qubits.
        path: The place of the field.

    Raises:
        CircuitError: One is no list of qubits and nulls, or a qubit is out of range.
    """
    try:
        found = _decoded(text)
    except msgspec.ValidationError:
        problem = "expected lists of qubits, or null for a bit that holds none"
    else:
        wrong = [
            (name, qubit)
            for name, qubits in found.items()
            if (qubit := _foreign(qubits, width)) is not None
        ]
        if not wrong:
            return
        name, qubit = wrong[0]
        problem = f'"{name[:40]}" names qubit {qubit:.10g}, and the circuit has {width}'
    raise CircuitError(f"{path}: {problem}", path=path, field="registers")


def _decoded(text: bytes) -> dict[str, list[int | float | None]]:
    return msgspec.json.decode(text, type=dict[str, list[int | float | None]])


def _foreign(qubits: Sequence[float | None], width: int) -> float | None:
    """Return the first number that is no qubit of a circuit, or None."""
    for qubit in qubits:
        if qubit is not None and not (0 <= qubit < width and qubit == int(qubit)):
            return qubit
    return None


def _with_all(registers: list[NamedBits], width: int) -> list[NamedBits]:
    if any(register.name == _ALL for register in registers):
        return registers
    return [NamedBits(_ALL, (*range(width),)), *registers]


def stream_probabilities_by_register(
    parts: Iterable[Part], registers: Sequence[NamedBits], shots: int | None
) -> Sections:
    """Yield the sections of one circuit's ``ionq.result.probabilities.json.v2``.

    Args:
        parts: All parts of the circuit's bits.
        registers: The registers that hold the bits.
        shots: How many shots were counted; None where probabilities are exact.
    """
    return _by_register(b"probabilities", parts, registers, shots, entries)


def stream_histogram_by_register(
    parts: Iterable[Part], registers: Sequence[NamedBits], shots: int
) -> Sections:
    """Yield the sections of one circuit's ``ionq.result.histogram.json.v2``.

    Args:
        parts: All parts of the circuit's bits.
        registers: The registers that hold the bits.
        shots: How many shots the circuit has.
    """

    def entries_of(own: Distributions, width: int) -> Iterator[bytes]:
        return histogram_entries(own, shots, width)

    return _by_register(b"histogram", parts, registers, shots, entries_of)


def stream_shots_by_register(
    states: NDArray[np.uint64], registers: Sequence[NamedBits]
) -> Sections:
    """Yield the sections of ``ionq.result.shots.json.v2``; each register lists its lowest bit first.

    Args:
        states: Shape (S,): of all shots in order.
        registers: The registers that hold the bits.
    """
    for block in blocks(len(states)):
        opening = b"," if block.start else b'{"shots":['
        is_last = block.stop >= len(states)
        yield section(_shots(states[block], registers), opening, b"]}" if is_last else b"")


def _shots(states: NDArray[np.uint64], registers: Sequence[NamedBits]) -> Iterator[bytes]:
    seen, places = np.unique(states, return_inverse=True, axis=0)
    texts = [_shot(state, registers) for state in numbers(seen)]
    if texts:
        yield b",".join([texts[place] for place in places.reshape(-1).tolist()])


def _shot(state: int, registers: Sequence[NamedBits]) -> bytes:
    found = {
        name: [state >> place & 1 if place >= 0 else 0 for place in bits]
        for name, bits in registers
    }
    return msgspec.json.encode({"registers": found})


def _by_register(
    name: bytes,
    parts: Iterable[Part],
    registers: Sequence[NamedBits],
    shots: int | None,
    entries_of: Callable[[Distributions, int], Iterator[bytes]],
) -> Sections:
    whole = joined(part.content for part in parts)
    each = None if shots is None else np.array([shots])
    for number, (register, bits) in enumerate(registers):
        own = Readout(bits=bits).of(whole, each)
        before = b"," if number else b'{"%b":{"registers":{' % name
        head = before + msgspec.json.encode(register) + b":{"
        tail = b"}" if number < len(registers) - 1 else b"}}}}"
        write = partial(_with_width, entries_of, len(bits))
        yield from enclosed(in_parts(own), write, head, tail)


def _with_width(
    entries_of: Callable[[Distributions, int], Iterator[bytes]], width: int, own: Distributions
) -> Iterator[bytes]:
    return entries_of(own, width)
