"""Circuits as Python lists, their unitaries in plain numpy, and random ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Opcode, PlacedGate, Program, unitary

ANGLED = (Opcode.RX, Opcode.RY, Opcode.RZ, Opcode.XPOW, Opcode.YPOW, Opcode.ZPOW)
FIXED = (*range(Opcode.X, Opcode.RX),)
WIDEST_MATRIX = 6
PAIRS = (Opcode.XX, Opcode.YY, Opcode.ZZ)


@dataclass(frozen=True)
class G:
    """One gate."""

    opcode: Opcode
    targets: tuple[int, ...]
    controls: tuple[int, ...] = ()
    params: tuple[float, ...] = ()

    @property
    def placed(self) -> PlacedGate:
        return PlacedGate(
            self.opcode, self.targets + self.controls, len(self.controls), self.params
        )


def program_of(circuits: list[list[G]], widths: list[int]) -> Program:
    return Program.build([[gate.placed for gate in circuit] for circuit in circuits], widths)


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


def unitary_of(gates: list[G], width: int) -> NDArray[np.complex128]:
    """Return the matrix of a circuit; bit j of an index is qubit j.

    Of wide circuits only what becomes of eight random states: shape (2**width, 8).
    """
    states = np.eye(2**width, dtype=np.complex128)
    if width > WIDEST_MATRIX:
        states = np.random.default_rng(width).normal(size=(2**width, 8)) + 0j
    index = np.arange(2**width)
    for gate in gates:
        matrix = unitary(gate.opcode, gate.params, len(gate.targets))
        on = (
            np.all([index >> c & 1 for c in gate.controls], axis=0) if gate.controls else index >= 0
        )
        base = index[on & np.all([~index >> t & 1 for t in gate.targets], axis=0).astype(bool)]
        rows = [
            base + sum((k >> j & 1) << t for j, t in enumerate(gate.targets))
            for k in range(len(matrix))
        ]
        states[np.array(rows)] = np.tensordot(matrix, states[np.array(rows)], axes=1)
    return states


def distance(a: NDArray[np.complex128], b: NDArray[np.complex128]) -> float:
    """Return the largest difference of two unitaries up to a global phase."""
    overlap = np.vdot(a, b)
    return float(np.abs(a * (overlap / abs(overlap)) - b).max())


def entanglers(program: Program) -> NDArray[np.int64]:
    return program.gate_counts()[:, 1]


def random_gate(rng: np.random.Generator, width: int, kinds: tuple[str, ...]) -> G:
    """Return a gate of a random one of ``kinds`` that fits the circuit."""
    sizes = {"one": 1, "controlled": 2, "pair": 2, "swap": 2, "ccx": 3, "cswap": 3, "pauliexp": 2}
    kind = rng.choice([k for k in kinds if sizes[k] <= width])
    qubits = tuple(int(q) for q in rng.permutation(width))
    angle = (float(rng.choice([rng.uniform(-7, 7), np.pi / 2, np.pi / 4, -np.pi / 2])),)
    if kind in ("one", "controlled"):
        opcode = Opcode(int(rng.choice(FIXED + ANGLED)))
        return G(
            opcode,
            qubits[:1],
            qubits[1:2] if kind == "controlled" else (),
            angle if opcode in ANGLED else (),
        )
    if kind == "pair":
        return G(Opcode(int(rng.choice(PAIRS))), qubits[:2], (), angle)
    if kind in ("swap", "cswap"):
        return G(Opcode.SWAP, qubits[:2], qubits[2:3] if kind == "cswap" else ())
    if kind == "ccx":
        return G(Opcode.X, qubits[:1], qubits[1:3])
    weight = int(rng.integers(2, min(width, 4) + 1))
    codes = tuple(float(code) for code in rng.integers(1, 4, weight))
    return G(Opcode.PAULIEXP, qubits[:weight], (), (abs(angle[0]), float(rng.normal()), *codes))


ALL_KINDS = ("one", "controlled", "pair", "swap", "ccx", "cswap", "pauliexp")


def random_circuit(rng: np.random.Generator, width: int, length: int) -> list[G]:
    return [random_gate(rng, width, ALL_KINDS) for _ in range(length)]
