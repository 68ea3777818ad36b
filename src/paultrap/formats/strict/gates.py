"""One gate list's JSON to the arrays of a one-circuit program."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import numpy as np

from paultrap import _kernels
from paultrap.circuits import Program
from paultrap.formats.errors import CircuitError
from paultrap.formats.strict.angles import read_angles
from paultrap.formats.strict.names import read_name
from paultrap.formats.strict.place import CircuitPlace, GatePlace, kind
from paultrap.formats.strict.qubits import read_qubits

__all__ = ["read_gates"]


@dataclass(slots=True)
class _Gates:
    opcodes: list[int] = field(default_factory=list)
    control_counts: list[int] = field(default_factory=list)
    qubit_counts: list[int] = field(default_factory=list)
    qubits: list[int] = field(default_factory=list)
    param_counts: list[int] = field(default_factory=list)
    params: list[float] = field(default_factory=list)


def read_gates(text: bytes, place: CircuitPlace) -> Program:
    """Return the one circuit of a gate list's JSON text as a program.

    Raises:
        CircuitError: It is not JSON, or not a list of gates that fit the circuit.
    """
    try:
        _kernels.check(text)
    except _kernels.JsonError as error:
        raise _json_error(error, place) from error
    gates = _Gates()
    for index, value in enumerate(json.loads(text)):
        _read_gate(value, GatePlace(place, index), gates)
    width = max(gates.qubits, default=0) + 1 if place.width is None else place.width
    return Program(
        widths=np.array([width], np.uint16),
        gate_offsets=np.array([0, len(gates.opcodes)], np.int64),
        opcodes=np.array(gates.opcodes, np.uint8),
        control_counts=np.array(gates.control_counts, np.uint16),
        qubit_offsets=np.cumsum([0, *gates.qubit_counts], dtype=np.int64),
        qubits=np.array(gates.qubits, np.uint16),
        param_offsets=np.cumsum([0, *gates.param_counts], dtype=np.int64),
        params=np.array(gates.params, np.float64),
    )


def _read_gate(value: object, place: GatePlace, out: _Gates) -> None:
    if not isinstance(value, dict):
        place.fail(f"a gate must be an object, not {kind(value)}", None)
    gate = read_name(value, place)
    targets, controls = read_qubits(gate, value, place)
    opcode, params = read_angles(gate, value, len(targets), place)
    out.opcodes.append(opcode)
    out.control_counts.append(len(controls))
    out.qubit_counts.append(len(targets) + len(controls))
    out.qubits += targets + controls
    out.param_counts.append(len(params))
    out.params += params


def _json_error(error: _kernels.JsonError, place: CircuitPlace) -> CircuitError:
    message, path, offset = error.args
    found = re.match(r"\[(\d+)\]\.?(.*)", path)
    who = [] if place.index is None else [f"circuit {place.index}"]
    who += [f"gate {found[1]}"] if found else []
    where = f" ({', '.join(who)})" if who else ""
    return CircuitError(
        f"the body is not valid: {message}, at byte {place.offset + offset}{where}",
        path=place.path + path,
        circuit=place.index,
        gate=int(found[1]) if found else None,
        field=(found[2] or None) if found else None,
    )
