"""Noisy jobs: seeded circuits of rotations and cnots, and what noise acts behind them.

Noise acts on the gates as written, so that every side simulates the same channels: depolarizing,
with the published strengths of aria-1.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from workloads import CLIFFORD, WireGate, ansatz, cnot, job, turn

ONE_QUBIT, TWO_QUBIT = 0.0005, 0.0133  # aria-1
SHOTS = 1000
ENTANGLERS = 50


@dataclass(frozen=True)
class NoisyWorkload:
    """One sampled job.

    Attributes:
        key: What ``--only`` selects it by.
        title: What the table calls it.
        make: Returns the request body.
        width: Qubits of every circuit.
        peers: Which peers are asked; the others take minutes, or cannot.
        goal: Our median over the best peer's, at most; None where none is set.
        noisy: Whether there is noise at all.
        scaled: Peers run so many shots only, and their time is scaled up; 0 for all.
    """

    key: str
    title: str
    make: Callable[[], bytes]
    width: int
    peers: tuple[str, ...]
    goal: float | None = None
    noisy: bool = True
    scaled: int = 0


def entangled(width: int, seed: int) -> list[WireGate]:
    """Return rotations on both qubits of every cnot, on random pairs."""
    rng = random.Random(seed)
    gates: list[WireGate] = []
    for _ in range(ENTANGLERS):
        one, other = rng.sample(range(width), 2)
        gates += [turn("ry", one, rng.uniform(0, 6)), turn("rx", other, rng.uniform(0, 6))]
        gates.append(cnot(one, other))
    return gates


def single(width: int) -> bytes:
    return job([entangled(width, width)], width)


def gradient() -> bytes:
    """Return both shifts of 150 angles of one ansatz."""
    width, rng = 12, random.Random(12)
    base = ansatz(rng, width, 150, ENTANGLERS)
    circuits = []
    for index, gate in enumerate(base):
        if gate.get("rotation") is not None:
            for shift in (1.5707963267948966, -1.5707963267948966):
                changed = dict(gate, rotation=gate["rotation"] + shift)
                circuits.append([*base[:index], changed, *base[index + 1 :]])
    return job(circuits[:300], width)


def clifford(width: int = 25, circuits: int = 1000, gates: int = 250) -> bytes:
    rng = random.Random(25)
    found = []
    for _ in range(circuits):
        circuit: list[WireGate] = []
        for _ in range(gates):
            name = rng.choice((*CLIFFORD, "cnot"))
            if name == "cnot":
                circuit.append(cnot(*rng.sample(range(width), 2)))
            else:
                circuit.append({"gate": name, "target": rng.randrange(width)})
        found.append(circuit)
    return job(found, width)


WORKLOADS = (
    NoisyWorkload(
        "N11", "noisy, 11 qubits, 50 cnots", lambda: single(11), 11,
        ("aer", "qulacs", "qsim"), goal=1 / 20,
    ),
    NoisyWorkload(
        "N20", "noisy, 20 qubits, 50 cnots", lambda: single(20), 20,
        ("aer", "qulacs", "qsim"), goal=1 / 5, scaled=50,
    ),
    NoisyWorkload(
        "NG", "noisy gradient, 300 circuits of 12 qubits", gradient, 12, ("aer",),
    ),
    NoisyWorkload(
        "NC", "1,000 Clifford circuits of 25 qubits", clifford, 25, ("stim",), goal=1.3, noisy=False,
    ),
)  # fmt: skip
