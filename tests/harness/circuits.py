"""Circuits as Python lists, random ones too, their matrices, and the way to a Program and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from independent.gates import Matrix, matrix
from independent.states import applied, every

from paultrap.admission import Refusal
from paultrap.circuits import Opcode, PlacedGate, Program
from paultrap.formats import CircuitBatch, CircuitError, CircuitLimits, read_circuits, split
from paultrap.submissions.v03 import v03_request

TURNS = frozenset({Opcode.GPI, Opcode.GPI2, Opcode.MS, Opcode.NATIVE_ZZ})


@dataclass(frozen=True)
class G:
    """One gate."""

    opcode: Opcode
    targets: tuple[int, ...]
    controls: tuple[int, ...] = ()
    params: tuple[float, ...] = ()

    @property
    def placed(self) -> PlacedGate:
        qubits = (*self.targets, *self.controls)
        return PlacedGate(self.opcode, qubits, len(self.controls), self.params)


@dataclass(frozen=True)
class C:
    """One circuit."""

    width: int
    gates: Sequence[G]


def read_job(body: bytes, limits: CircuitLimits) -> CircuitBatch:
    """Return the circuits of a body of version 0.3, or raise a `CircuitError` for its shape too."""
    parts = split(body)
    try:
        found = v03_request(parts).circuits
    except Refusal as refusal:
        field = refusal.field.rpartition(".")[2] or None
        raise CircuitError(str(refusal), path=refusal.field, field=field) from refusal
    return read_circuits(found.parts, found.input, limits)


def program_of(circuits: Sequence[C]) -> Program:
    return Program.build(
        [[gate.placed for gate in circuit.gates] for circuit in circuits],
        [circuit.width for circuit in circuits],
    )


def gates_of(program: Program, circuit: int = 0) -> list[G]:
    return [
        G(
            Opcode(gate.opcode),
            gate.qubits[: gate.n_targets],
            gate.qubits[gate.n_targets :],
            gate.params,
        )
        for gate in program.gates_of(circuit)
    ]


def matrix_of(gate: G) -> Matrix:
    """Return the matrix of a gate without its controls, by the tests' own table."""
    return matrix(gate.opcode.name.lower(), gate.params, len(gate.targets))


def applied_all(gates: Sequence[G], state: Matrix, width: int) -> Matrix:
    """Return what gates make of a state, see `independent.states`."""
    for gate in gates:
        state = applied(state, width, matrix_of(gate), gate.targets, gate.controls)
    return state


def unitary_of(gates: Sequence[G], width: int) -> Matrix:
    """Return the matrix of a circuit; bit j of an index is qubit j."""
    return applied_all(gates, every(width), width).reshape(2**width, 2**width)


def random_gate(
    rng: np.random.Generator, opcode: Opcode, width: int, max_controls: int
) -> G | None:
    """Return a random gate, or None where the circuit is too narrow for it."""
    targets = opcode.facts.targets
    if opcode.facts.targets == 0:
        targets = int(rng.integers(1, min(width, 5) + 1))
    if targets > width:
        return None
    native = opcode.facts.gateset != "qis"
    controls = 0 if native else int(rng.integers(0, min(max_controls, width - targets) + 1))
    qubits = tuple(rng.permutation(width)[: targets + controls].tolist())
    if opcode.facts.n_params < 0:
        params = _random_pauliexp(rng, targets)
    else:
        scale = 1 if opcode in TURNS else 2 * np.pi
        params = tuple((scale * rng.uniform(-1.1, 1.1, opcode.facts.n_params)).tolist())
    return G(opcode, qubits[:targets], qubits[targets:], params)


def _random_pauliexp(rng: np.random.Generator, targets: int) -> tuple[float, ...]:
    terms = int(rng.integers(1, 5))
    return (
        float(rng.uniform(0, 3)),
        *rng.uniform(-1.5, 1.5, terms).tolist(),
        *rng.integers(0, 4, terms * targets).astype(float).tolist(),
    )


def random_circuit(
    rng: np.random.Generator, width: int, n_gates: int, opcodes: list[Opcode], max_controls: int = 5
) -> C:
    gates: list[G] = []
    while len(gates) < n_gates:
        opcode = opcodes[int(rng.integers(len(opcodes)))]
        gate = random_gate(rng, opcode, width, max_controls)
        gates += [gate] if gate else []
    return C(width, tuple(gates))
