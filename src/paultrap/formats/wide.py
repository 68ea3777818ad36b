"""Entries whose states are several words, of circuits of more than 64 qubits, as JSON.

They are few and far between, and Python writes them: compiled code writes states of one word.
"""

import json

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions
from paultrap.formats.enclosing import DECIMAL


def wide_entries(
    states: NDArray[np.uint64], probabilities: NDArray[np.float64], width: int
) -> list[bytes]:
    """Return `"<state>":probability` of some states, with commas between them, in one piece.

    Args:
        states: Shape (K, W), the lowest word first.
        probabilities: Shape (K,), float64.
        width: Binary digits of a key, or `DECIMAL`.
    """
    return _members(states, [json.dumps(float(p)) for p in probabilities], width)


def wide_histogram(
    states: NDArray[np.uint64], counts: NDArray[np.int64], width: int
) -> list[bytes]:
    """Return `"<state>":count` likewise."""
    return _members(states, [str(count) for count in counts.tolist()], width)


def wide_shots(states: NDArray[np.uint64], width: int) -> list[bytes]:
    """Return single shots: each decimal text, or by register its bits with that of qubit 0 first."""
    if width == DECIMAL:
        return [",".join(f'"{number}"' for number in numbers(states)).encode()]
    shots = (",".join(reversed(_key(number, width))) for number in numbers(states))
    return [",".join(f'{{"registers":{{"output_all":[{bits}]}}}}' for bits in shots).encode()]


def wide_aggregate(ids: list[str], chunk: Distributions, *, leading_comma: bool) -> bytes:
    """Return `"<id>":{...}` of some circuits, with commas between them."""
    parts = []
    for index, name in enumerate(ids):
        begin, end = chunk.offsets[index : index + 2].tolist()
        pieces = wide_entries(chunk.states[begin:end], chunk.probabilities[begin:end], DECIMAL)
        parts.append(b'"%b":{%b}' % (name.encode(), b"".join(pieces)))
    return (b"," if leading_comma and parts else b"") + b",".join(parts)


def _members(states: NDArray[np.uint64], values: list[str], width: int) -> list[bytes]:
    keys = (_key(number, width) for number in numbers(states))
    return [",".join(f'"{key}":{value}' for key, value in zip(keys, values, strict=True)).encode()]


def _key(number: int, width: int) -> str:
    return str(number) if width == DECIMAL else f"{number:0{width}b}"


def numbers(states: NDArray[np.uint64]) -> list[int]:
    """Return states of one word each, shape (K,), or of several, shape (K, W), as numbers."""
    if states.ndim == 1:
        found: list[int] = states.tolist()
        return found
    size = 8 * states.shape[1]
    text = np.ascontiguousarray(states, "<u8").tobytes()
    return [int.from_bytes(text[k : k + size], "little") for k in range(0, len(text), size)]
