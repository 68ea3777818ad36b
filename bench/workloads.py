"""The workloads: seeded request bodies as bytes, as a client would send them, with their goals.

A circuit here is a list of gates spelled for the wire; a goal is the greatest allowed ratio of our
median to the best peer's, from the acceptance table of the engine's design.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WireGate = dict[str, Any]

FOUNDING = Path(__file__).parent.parent / "examples" / "founding_example.json"
HALF_TURN = math.pi / 2
SINGLE = ("h", "rx", "ry", "rz", "t", "s", "x")
CLIFFORD = ("h", "s", "x")
ROTATIONS = frozenset({"rx", "ry", "rz"})


@dataclass(frozen=True)
class Workload:
    """One job.

    Attributes:
        key: What ``--only`` selects it by.
        title: What the table calls it.
        make: Returns the request body.
        goal: Our median over the best double-precision peer's, at most; None where none is set.
        goal_single: The same in single precision, against qsim.
        multicircuit: Whether the goals for planning and for scaling over cores apply.
    """

    key: str
    title: str
    make: Callable[[], bytes]
    goal: float | None = None
    goal_single: float | None = None
    multicircuit: bool = True

    @property
    def body(self) -> bytes:
        return _body(self.make)


@cache
def _body(make: Callable[[], bytes]) -> bytes:
    return make()


def job(circuits: Sequence[list[WireGate]], widths: Sequence[int] | int) -> bytes:
    """Return the body of a job; widths that differ are given with each circuit."""
    if isinstance(widths, int):
        entries = [{"circuit": circuit} for circuit in circuits]
        found: dict[str, Any] = {"qubits": widths, "circuits": entries}
    else:
        sized = zip(circuits, widths, strict=True)
        entries = [{"qubits": width, "circuit": circuit} for circuit, width in sized]
        found = {"qubits": max(widths), "circuits": entries}
    found = {"format": "ionq.circuit.v0", "gateset": "qis", **found}
    body = {"target": "simulator", "shots": 1024, "name": "bench", "input": found}
    return json.dumps(body, separators=(",", ":")).encode()


def turn(name: str, target: int, angle: float) -> WireGate:
    return {"gate": name, "target": target, "rotation": angle}


def cnot(control: int, target: int) -> WireGate:
    return {"gate": "cnot", "target": target, "control": control}


def random_circuit(
    rng: random.Random, width: int, gates: int, names: Sequence[str] = SINGLE
) -> list[WireGate]:
    """Return 30 % cnot, the rest evenly of some gates on one qubit."""
    return [_random_gate(rng, width, names) for _ in range(gates)]


def _random_gate(rng: random.Random, width: int, names: Sequence[str]) -> WireGate:
    target, control = rng.sample(range(width), 2)
    if rng.random() < 0.3:
        return cnot(control, target)
    name = rng.choice(names)
    if name in ROTATIONS:
        return turn(name, target, rng.uniform(-math.pi, math.pi))
    return {"gate": name, "target": target}


def random_job(
    seed: int, circuits: int, width: int, gates: int, names: Sequence[str] = SINGLE
) -> bytes:
    rng = random.Random(seed)
    return job([random_circuit(rng, width, gates, names) for _ in range(circuits)], width)


def ansatz(rng: random.Random, width: int, rotations: int, entanglers: int) -> list[WireGate]:
    """Return layers of ry, rz and cnot in a ring, as many of each as are asked for."""
    layers = math.ceil(rotations / (2 * width))
    turns = [
        (layer, turn(name, qubit, rng.uniform(-math.pi, math.pi)))
        for layer in range(layers)
        for name in ("ry", "rz")
        for qubit in range(width)
    ][:rotations]
    circuit: list[WireGate] = []
    per_layer = [entanglers // layers + (k < entanglers % layers) for k in range(layers)]
    for layer in range(layers):
        circuit += [gate for place, gate in turns if place == layer]
        circuit += [cnot(k % width, (k + 1) % width) for k in range(per_layer[layer])]
    return circuit


def gradient_job(seed: int, points: int, width: int, rotations: int, entanglers: int) -> bytes:
    """Return a parameter-shift gradient at some base points: two shifts of every angle."""
    rng = random.Random(seed)
    circuits = []
    for _ in range(points):
        base = ansatz(rng, width, rotations, entanglers)
        for place, gate in enumerate(base):
            for shift in (HALF_TURN, -HALF_TURN) if "rotation" in gate else ():
                shifted = {**gate, "rotation": gate["rotation"] + shift}
                circuits.append([*base[:place], shifted, *base[place + 1 :]])
    return job(circuits, width)


def feature_map(x: Sequence[float]) -> list[WireGate]:
    """Return a ZZ feature map of one repetition with a linear ladder."""
    width = len(x)
    circuit: list[WireGate] = [{"gate": "h", "target": qubit} for qubit in range(width)]
    circuit += [turn("rz", qubit, 2 * x[qubit]) for qubit in range(width)]
    for qubit in range(width - 1):
        angle = 2 * (math.pi - x[qubit]) * (math.pi - x[qubit + 1])
        circuit += [cnot(qubit, qubit + 1), turn("rz", qubit + 1, angle), cnot(qubit, qubit + 1)]
    return circuit


def inverse(circuit: list[WireGate]) -> list[WireGate]:
    """Return the inverse of a circuit of h, cnot and rotations."""
    return [
        {**gate, "rotation": -gate["rotation"]} if "rotation" in gate else gate
        for gate in reversed(circuit)
    ]


def kernel_job(seed: int, points: int, width: int) -> bytes:
    """Return the circuits U(x_i) U(x_j)^-1 of all pairs."""
    rng = random.Random(seed)
    maps = [feature_map([rng.uniform(0, math.pi) for _ in range(width)]) for _ in range(points)]
    backs = [inverse(circuit) for circuit in maps]
    pairs = [maps[i] + backs[j] for i in range(points) for j in range(i + 1, points)]
    return job(pairs, width)


def mixed_job(seed: int, large: int, small: int) -> bytes:
    """Return one large circuit in the middle of many of 4 to 8 qubits."""
    rng = random.Random(seed)
    widths = [rng.randint(4, 8) for _ in range(small)]
    circuits = [random_circuit(rng, width, rng.randint(20, 60)) for width in widths]
    circuits.insert(small // 2, hardware_efficient(rng, large, 4))
    widths.insert(small // 2, large)
    return job(circuits, widths)


def hardware_efficient(rng: random.Random, width: int, depth: int = 10) -> list[WireGate]:
    """Return layers of ry and rz on every qubit and a chain of cnot."""
    circuit: list[WireGate] = []
    for _ in range(depth):
        for qubit in range(width):
            circuit += [turn(name, qubit, rng.uniform(-math.pi, math.pi)) for name in ("ry", "rz")]
        circuit += [cnot(qubit, qubit + 1) for qubit in range(width - 1)]
    return circuit


def fourier(rng: random.Random, width: int) -> list[WireGate]:
    """Return the Fourier transform of a product state.

    The rotations before it leave no amplitude zero, so that nobody gains by skipping zeros. The
    phases are spelled as qiskit-ionq sends cp: z with a rotation.
    """
    circuit: list[WireGate] = []
    for qubit in range(width):
        circuit += [turn(name, qubit, rng.uniform(-math.pi, math.pi)) for name in ("ry", "rz")]
    for target in reversed(range(width)):
        circuit.append({"gate": "h", "target": target})
        for control in reversed(range(target)):
            angle = math.pi / 2 ** (target - control)
            circuit.append({"gate": "z", "target": target, "control": control, "rotation": angle})
    circuit += [
        {"gate": "swap", "targets": [qubit, width - 1 - qubit]} for qubit in range(width // 2)
    ]
    return circuit


def single_job(make: Callable[[random.Random, int], list[WireGate]], width: int) -> bytes:
    return job([make(random.Random(width), width)], width)


def _single(kind: str, make: Callable[[random.Random, int], list[WireGate]], width: int):
    name = {"hea": "hardware-efficient", "qft": "Fourier"}[kind]
    return Workload(
        f"W6-{kind}{width}",
        f"{name}, {width} qubits",
        lambda: single_job(make, width),
        goal=1 / 3,
        goal_single=1.0,
        multicircuit=False,
    )


WORKLOADS = (
    Workload("W1", "founding example", FOUNDING.read_bytes),
    Workload(
        "W2",
        "128-circuit gradient, 8 qubits, 92 gates",
        lambda: gradient_job(2, 1, 8, 64, 28),
        goal=1 / 8,
    ),
    Workload(
        "W3",
        "5,000 random, 6 qubits, 30 gates",
        lambda: random_job(3, 5_000, 6, 30),
        goal=1 / 20,
    ),
    Workload(
        "W4",
        "1,000 gradient, 12 qubits, 150 gates",
        lambda: gradient_job(4, 5, 12, 100, 50),
        goal=1 / 8,
    ),
    Workload(
        "W5",
        "300 random, 16 qubits, 500 gates",
        lambda: random_job(5, 300, 16, 500),
        goal=1 / 3,
    ),
    Workload(
        "WK",
        "quantum kernel, 1,770 pairs, 10 qubits",
        lambda: kernel_job(6, 60, 10),
        goal=1 / 8,
    ),
    Workload(
        "WM",
        "mixed, one of 22 qubits among 1,000 small",
        lambda: mixed_job(7, 22, 1_000),
        goal=1 / 3,
        goal_single=1 / 3,  # of its one large circuit qsim is the fastest
    ),
    Workload(
        "WC",
        "1,000 Clifford, 8 qubits, 60 gates",
        lambda: random_job(8, 1_000, 8, 60, CLIFFORD),
    ),
    *(_single("hea", hardware_efficient, width) for width in (20, 22, 24, 26)),
    *(_single("qft", fourier, width) for width in (20, 22, 24, 26)),
)
