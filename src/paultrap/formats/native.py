"""Compiled circuits as the service shows them: the payload of ``ionq.native.v1``."""

from collections.abc import Iterator
from typing import Any

import msgspec

from paultrap.circuits import GATES, Opcode, PlacedGate, Program

_NATIVE = {gate.opcode: gate for gate in GATES.values() if gate.gateset == "native"}
_ENCODER = msgspec.json.Encoder()
_BLOCK = 4_096  # gates that are Python objects at a time


def stream_native_v1(program: Program, circuit: int) -> Iterator[bytes]:
    """Yield one native circuit as JSON, ready to be submitted again, in pieces.

    ``{"qubits":2,"circuit":[{"gate":"ms","targets":[0,1],"phases":[0.0,0.25],"angle":0.25}]}``:
    phases and angles are in turns, gates on one qubit have a ``target``. A circuit may have millions
    of gates.

    Args:
        program: Native circuits, such as those of `paultrap.compiler.compile_native`.
        circuit: The index of the circuit in the program.

    Raises:
        IndexError: There is no such circuit.
        ValueError: It has a gate that is not native.
    """
    if not 0 <= circuit < program.n_circuits:
        raise IndexError(f"circuit {circuit} of {program.n_circuits}")
    yield b'{"qubits":%d,"circuit":[' % program.widths[circuit]
    n_gates = int(program.gates_per_circuit()[circuit])
    for start in range(0, n_gates, _BLOCK):
        gates = [
            _wire_gate(gate, circuit, index)
            for index, gate in enumerate(program.gates_of(circuit, start, start + _BLOCK), start)
        ]
        yield (b"," if start else b"") + _ENCODER.encode(gates)[1:-1]
    yield b"]}"


def _wire_gate(gate: PlacedGate, circuit: int, index: int) -> dict[str, Any]:
    spelled = _NATIVE.get(Opcode(gate.opcode))
    if spelled is None:
        name = Opcode(gate.opcode).name.lower()
        raise ValueError(f"circuit {circuit}, gate {index}: {name} is not a native gate")
    wire: dict[str, Any] = {"gate": spelled.name}
    if len(gate.qubits) == 1:
        wire["target"] = gate.qubits[0]
    else:
        wire["targets"] = gate.qubits
    if gate.opcode == Opcode.MS:
        return wire | {"phases": gate.params[:2], "angle": gate.params[2]}
    return wire | dict(zip(spelled.params, gate.params, strict=True))
