"""The name of a gate, and what to say of one that is not known."""

from __future__ import annotations

import difflib
from typing import Any

from paultrap.circuits import ALIASES, GATES, Gate, Gateset, lookup
from paultrap.formats.errors import shorten
from paultrap.formats.strict.place import GatePlace, kind

__all__ = ["read_name"]

_LONGEST_GUESS = 32  # letters; the search for near names is slow for long ones

# Names that gates have elsewhere, and how to say the same here.
_FOREIGN = {
    "ccx": 'write "x" with two "controls"',
    "ch": 'write "h" with "controls"',
    "cp": 'write "z" with "rotation" and "controls"',
    "cphase": 'write "z" with "rotation" and "controls"',
    "cswap": 'write "swap" with "controls"',
    "cx": 'write "cnot"',
    "cy": 'write "y" with "controls"',
    "cz": 'write "z" with "controls"',
    "fredkin": 'write "swap" with "controls"',
    "i": "leave it out",
    "id": "leave it out",
    "measure": "leave it out: all qubits are measured at the end",
    "p": 'write "z" with "rotation"',
    "phase": 'write "z" with "rotation"',
    "rxx": 'write "xx"',
    "ryy": 'write "yy"',
    "rzz": 'write "zz"',
    "toffoli": 'write "x" with two "controls"',
    "u1": 'write "z" with "rotation"',
}


def read_name(value: dict[str, Any], place: GatePlace) -> Gate:
    """Return the gate that a gate object names, and note its name in ``place``.

    Raises:
        CircuitError: There is no such gate in the circuit's gateset.
    """
    name = value.get("gate")
    if name is None:
        place.fail("the gate has no name", "gate")
    if not isinstance(name, str):
        place.fail(f"the name must be a string, not {kind(name)}", "gate")
    gate = lookup(name, place.circuit.gateset)
    if gate is None:
        place.fail(_unknown(name, place.circuit.gateset), "gate")
    place.name = name
    return gate


def _unknown(name: str, gateset: Gateset) -> str:
    other: Gateset = "native" if gateset == "qis" else "qis"
    if lookup(name, other):
        return f"mixed gatesets: {name} is a {other} gate, and the circuit's gateset is {gateset}"
    problem = f"unknown gate {shorten(name)}"
    plain = name.lower() if len(name) <= _LONGEST_GUESS else ""
    if plain in _FOREIGN and gateset == "qis":
        return f"{problem}; {_FOREIGN[plain]}"
    known = [known for of, known in GATES if of == gateset]
    known += ALIASES if gateset == "qis" else []
    if near := difflib.get_close_matches(plain, known, n=3, cutoff=0.5):
        return f"{problem}; did you mean {' or '.join(near)}?"
    return f"{problem}; the {gateset} gates are {', '.join(sorted(known))}"
