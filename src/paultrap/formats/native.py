"""Compiled circuits as the service shows them: the payload of ``ionq.native.v1``."""

from __future__ import annotations

from typing import Any

import msgspec

from paultrap.circuits import GATES, Opcode, Program

__all__ = ["native_v1"]

_NATIVE = {gate.opcode: gate for gate in GATES.values() if gate.gateset == "native"}
_ENCODER = msgspec.json.Encoder()


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
    if not 0 <= circuit < program.n_circuits:
        raise IndexError(f"circuit {circuit} of {program.n_circuits}")
    one = program.slice(circuit, circuit + 1)
    qubits, params = one.qubits.tolist(), one.params.tolist()
    qubit_offsets, param_offsets = one.qubit_offsets.tolist(), one.param_offsets.tolist()
    qubit_start, param_start = qubit_offsets[0], param_offsets[0]
    gates = []
    for index, opcode in enumerate(one.opcodes.tolist()):
        if opcode not in _NATIVE:
            name = Opcode(opcode).name.lower()
            raise ValueError(f"circuit {circuit}, gate {index}: {name} is not a native gate")
        qubit_end, param_end = qubit_offsets[index + 1], param_offsets[index + 1]
        gates.append(
            _wire_gate(opcode, qubits[qubit_start:qubit_end], params[param_start:param_end])
        )
        qubit_start, param_start = qubit_end, param_end
    return _ENCODER.encode({"qubits": int(one.widths[0]), "circuit": gates})


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
