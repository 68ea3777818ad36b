"""The name of a gate, and what to say of one that is not known."""

import difflib
from typing import Any

from paultrap.circuits import ALIASES, ELSEWHERE, GATES, Gate, Gateset, Opcode, lookup
from paultrap.formats.errors import shorten
from paultrap.formats.strict.place import GatePlace, kind

_LONGEST_GUESS = 32  # letters; the search for near names is slow for long ones

# Names that gates have in textbooks and other SDKs, and how to say the same here.
_FOREIGN = {
    "fredkin": 'write "swap" with "controls"',
    "i": "leave it out",
    "id": "leave it out",
    "measure": "leave it out: all qubits are measured at the end",
    "toffoli": 'write "x" with two "controls"',
}
_COUNTS = {2: "two ", 3: "three ", 4: "four "}


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
    if gateset == "qis" and (advice := _FOREIGN.get(plain) or _advice(plain)):
        return f"{problem}; {advice}"
    known = [known for of, known in GATES if of == gateset]
    known += ALIASES if gateset == "qis" else []
    if near := difflib.get_close_matches(plain, known, n=3, cutoff=0.5):
        return f"{problem}; did you mean {' or '.join(near)}?"
    return f"{problem}; the {gateset} gates are {', '.join(sorted(known))}"


def _advice(name: str) -> str | None:
    """Return how to write a gate of OpenQASM here."""
    if name not in ELSEWHERE:
        return None
    opcode, controls = ELSEWHERE[name]
    if (opcode, controls) == (Opcode.X, 1):
        return 'write "cnot"'
    spelled, rotation = next(
        (gate.name, gate.opcode != opcode)
        for gate in GATES.values()
        if opcode in (gate.opcode, gate.rotated)
    )
    fields = ['"rotation"'] if rotation else []
    if controls:
        fields.append(f'{_COUNTS.get(controls, "")}"controls"')
    return f'write "{spelled}"' + (f" with {' and '.join(fields)}" if fields else "")
