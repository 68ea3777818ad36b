"""Compiled circuits as the service shows them: the payload of ``ionq.native.v1``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import GATES, Opcode, Program

__all__ = ["native_v1", "stream_native_v1"]

_NATIVE = {gate.opcode: gate for gate in GATES.values() if gate.gateset == "native"}
_ENCODER = msgspec.json.Encoder()
_BLOCK = 4_096  # gates that are Python objects at a time


def native_v1(program: Program, circuit: int) -> bytes:
    """Return one native circuit as JSON, ready to be submitted again.

    ``{"qubits":2,"circuit":[{"gate":"ms","targets":[0,1],"phases":[0.0,0.25],"angle":0.25}]}``:
    phases and angles are in turns, gates on one qubit have a ``target``.

    Args:
        program: Native circuits, such as those of `paultrap.compiler.compile_native`.
        circuit: The index of the circuit.

    Raises:
        IndexError: There is no such circuit.
        ValueError: It has a gate that is not native.
    """
    return b"".join(stream_native_v1(program, circuit))


def stream_native_v1(program: Program, circuit: int) -> Iterator[bytes]:
    """Yield what `native_v1` returns, piece by piece: a circuit may have millions of gates."""
    if not 0 <= circuit < program.n_circuits:
        raise IndexError(f"circuit {circuit} of {program.n_circuits}")
    yield b'{"qubits":%d,"circuit":[' % program.widths[circuit]
    first, stop = program.gate_offsets[circuit : circuit + 2].tolist()
    for start in range(first, stop, _BLOCK):
        gates = _gates(program, start, min(start + _BLOCK, stop), circuit)
        yield (b"," if start > first else b"") + _ENCODER.encode(gates)[1:-1]
    yield b"]}"


def _gates(program: Program, start: int, stop: int, circuit: int) -> list[dict[str, Any]]:
    """Return gates ``start`` to ``stop - 1`` of all, which are of ``circuit``."""
    opcodes = program.opcodes[start:stop].tolist()
    for index, opcode in enumerate(opcodes, start - int(program.gate_offsets[circuit])):
        if opcode not in _NATIVE:
            name = Opcode(opcode).name.lower()
            raise ValueError(f"circuit {circuit}, gate {index}: {name} is not a native gate")
    qubits = _cut(program.qubits, program.qubit_offsets[start : stop + 1])
    params = _cut(program.params, program.param_offsets[start : stop + 1])
    return [_wire_gate(*gate) for gate in zip(opcodes, qubits, params, strict=True)]


def _cut(values: NDArray[Any], offsets: NDArray[np.int64]) -> list[list[Any]]:
    """Return the values between each offset and the next."""
    first = int(offsets[0])
    found = values[first : offsets[-1]].tolist()
    return [found[begin:end] for begin, end in pairwise((offsets - first).tolist())]


def _wire_gate(opcode: int, targets: list[int], params: list[float]) -> dict[str, Any]:
    gate = _NATIVE[Opcode(opcode)]
    wire: dict[str, Any] = {"gate": gate.name}
    if len(targets) == 1:
        wire["target"] = targets[0]
    else:
        wire["targets"] = targets
    if gate.opcode == Opcode.MS:
        return wire | {"phases": params[:2], "angle": params[2]}
    return wire | dict(zip(gate.params, params, strict=True))
