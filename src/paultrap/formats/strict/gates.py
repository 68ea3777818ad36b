"""One gate list's JSON to the arrays of a one-circuit program."""

import json
import re

from paultrap import _kernels
from paultrap.circuits import PlacedGate, Program
from paultrap.formats.errors import CircuitError
from paultrap.formats.strict.angles import read_angles
from paultrap.formats.strict.fields import check_fields
from paultrap.formats.strict.names import read_name
from paultrap.formats.strict.place import CircuitPlace, GatePlace, kind
from paultrap.formats.strict.qubits import read_qubits


def read_gates(text: bytes, place: CircuitPlace) -> Program:
    """Return the one circuit of a gate list's JSON text as a program.

    Raises:
        CircuitError: It is not JSON, or not a list of gates that fit the circuit.
    """
    try:
        _kernels.check(text)
    except _kernels.JsonError as error:
        raise _json_error(error, place) from error
    gates = [
        _read_gate(value, GatePlace(place, index)) for index, value in enumerate(json.loads(text))
    ]
    width = place.width
    if width is None:
        width = max((qubit for gate in gates for qubit in gate.qubits), default=0) + 1
    return Program.build([gates], [width])


def _read_gate(value: object, place: GatePlace) -> PlacedGate:
    if not isinstance(value, dict):
        place.fail(f"a gate must be an object, not {kind(value)}", None)
    check_fields(value, place)
    gate = read_name(value, place)
    targets, controls = read_qubits(gate, value, place)
    opcode, params = read_angles(gate, value, len(targets), place)
    return PlacedGate(opcode, (*targets, *controls), len(controls), tuple(params))


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
