"""Circuits on their way to a plug-in backend, also spelled as in requests."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from paultrap.circuits import GATES, Evolution, Gate, Opcode, PlacedGate, Program, evolved

_PAULIS = "IXYZ"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Circuits of one job that are to be run together.

    Attributes:
        program: The circuits as flat arrays, in the gateset that the backend asked for.
        shots: How often each circuit is to be run.
        seed: The job's seed; the same chunk should give the same counts again, if that is possible.
        first_index: The index in the job of the first circuit.
    """

    program: Program
    shots: int
    seed: int
    first_index: int

    def circuits(self) -> list[list[dict[str, Any]]]:
        """Return every circuit as a list of gates spelled as in requests."""
        return [wire_gates(self.program, index) for index in range(self.program.n_circuits)]

    def widths(self) -> list[int]:
        """Return every circuit's number of qubits."""
        widths: list[int] = self.program.widths.tolist()
        return widths


def wire_gates(program: Program, index: int) -> list[dict[str, Any]]:
    """Return one circuit's gates spelled as in requests, where ``pauliexp`` says no more than that."""
    written = evolved(program, Evolution.EXACT)
    return [_wire_gate(gate) for gate in written.gates_of(index)]


def _wire_gate(placed: PlacedGate) -> dict[str, Any]:
    opcode, params = Opcode(placed.opcode), list(placed.params)
    gate = _by_opcode()[opcode]
    n_targets, qubits = placed.n_targets, list(placed.qubits)
    found: dict[str, Any] = {"gate": gate.name, "targets": qubits[:n_targets]}
    if placed.controls:
        found["controls"] = qubits[n_targets:]
    if opcode == Opcode.PAULIEXP:
        return found | _pauliexp(params, n_targets)
    if gate.rotated == opcode:
        return found | {"rotation": params[0]}
    if opcode == Opcode.MS:
        return found | {"phases": params[:2], "angle": params[2]}
    return found | dict(zip(gate.params, params, strict=True))


def _pauliexp(params: list[float], n_targets: int) -> dict[str, Any]:
    """Return the fields; a term's rightmost letter acts on the first target."""
    n_terms = (len(params) - 1) // (1 + n_targets)
    codes = params[1 + n_terms :]
    rows = [codes[k * n_targets : (k + 1) * n_targets] for k in range(n_terms)]
    terms = ["".join(_PAULIS[int(code)] for code in reversed(row)) for row in rows]
    return {"time": params[0], "coefficients": params[1 : 1 + n_terms], "terms": terms}


@cache
def _by_opcode() -> dict[Opcode, Gate]:
    """Return how each opcode is spelled; ``x`` and not ``cnot``, which is x with controls."""
    found: dict[Opcode, Gate] = {}
    for gate in GATES.values():
        found.setdefault(gate.opcode, gate)
        if gate.rotated is not None:
            found.setdefault(gate.rotated, gate)
    return found
