"""Random circuits for the compiler, and what is asked of compiled ones."""

from __future__ import annotations

import numpy as np
from harness.circuits import G, applied_all, unitary_of
from independent.gates import Matrix
from numpy.typing import NDArray

from paultrap.circuits import Opcode, Program

ANGLED = (Opcode.RX, Opcode.RY, Opcode.RZ, Opcode.XPOW, Opcode.YPOW, Opcode.ZPOW)
FIXED = (*range(Opcode.X, Opcode.RX),)
WIDEST_MATRIX = 6
PAIRS = (Opcode.XX, Opcode.YY, Opcode.ZZ)


def action_of(gates: list[G], width: int) -> Matrix:
    """Return the matrix of a circuit, of a wide one what becomes of eight random states."""
    if width <= WIDEST_MATRIX:
        return unitary_of(gates, width)
    states = np.random.default_rng(width).normal(size=(2,) * width + (8,)) + 0j
    return applied_all(gates, states, width).reshape(2**width, 8)


def distance(a: Matrix, b: Matrix) -> float:
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
