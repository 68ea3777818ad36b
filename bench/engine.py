"""Time the engine alone on fixed workloads, beside what was measured for it and for its peers.

Usage: python bench/engine.py [part of a workload's name ...]

The figures beside ours come from another hour on a 4-core machine: read them as orders of
magnitude. PAULTRAP_ISA=portable|avx2|avx512 chooses the instruction set.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from paultrap import _kernels
from paultrap.circuits import Opcode, Program
from paultrap.engine import simulate

Gate = tuple[Opcode, tuple[int, ...], float | None]  # the target, then the controls

SINGLE = (Opcode.H, Opcode.RX, Opcode.RY, Opcode.RZ, Opcode.T, Opcode.S, Opcode.X)
ROTATIONS = frozenset({Opcode.RX, Opcode.RY, Opcode.RZ})


def program_of(width: int, circuits: list[list[Gate]]) -> Program:
    gates = [gate for circuit in circuits for gate in circuit]
    sizes = np.array([len(qubits) for _, qubits, _ in gates])
    angles = [angle for _, _, angle in gates if angle is not None]
    return Program(
        widths=np.full(len(circuits), width, np.uint16),
        gate_offsets=np.cumsum([0, *map(len, circuits)]),
        opcodes=np.array([opcode for opcode, _, _ in gates], np.uint8),
        control_counts=(sizes - 1).astype(np.uint16),
        qubit_offsets=np.concatenate([[0], np.cumsum(sizes)]),
        qubits=np.array([q for _, qubits, _ in gates for q in qubits], np.uint16),
        param_offsets=np.cumsum([0, *(angle is not None for _, _, angle in gates)]),
        params=np.array(angles),
    )


def random_circuit(rng: np.random.Generator, width: int, n_gates: int) -> list[Gate]:
    gates: list[Gate] = []
    for _ in range(n_gates):
        target, control = rng.permutation(width)[:2].tolist()
        if rng.random() < 0.3:
            gates.append((Opcode.X, (target, control), None))
        else:
            opcode = SINGLE[int(rng.integers(len(SINGLE)))]
            angle = float(rng.uniform(-3, 3)) if opcode in ROTATIONS else None
            gates.append((opcode, (target,), angle))
    return gates


def random_circuits(count: int, width: int, n_gates: int) -> Program:
    rng = np.random.default_rng(1)
    return program_of(width, [random_circuit(rng, width, n_gates) for _ in range(count)])


def gradient(count: int, width: int, n_gates: int) -> Program:
    """Return one circuit with one angle shifted, a different one each time."""
    base = random_circuit(np.random.default_rng(1), width, n_gates)
    angled = [k for k, gate in enumerate(base) if gate[2] is not None]
    circuits = []
    for k in range(count):
        circuit = list(base)
        opcode, qubits, angle = circuit[angled[k // 2 % len(angled)]]
        shift = (np.pi / 2 + k // (2 * len(angled))) * (-1) ** k
        circuit[angled[k // 2 % len(angled)]] = (opcode, qubits, (angle or 0) + shift)
        circuits.append(circuit)
    return program_of(width, circuits)


def hardware_efficient(width: int, depth: int = 10) -> Program:
    rng = np.random.default_rng(1)
    gates: list[Gate] = []
    for _ in range(depth):
        for qubit in range(width):
            gates += [(op, (qubit,), float(rng.uniform(-3, 3))) for op in (Opcode.RY, Opcode.RZ)]
        gates += [(Opcode.X, (qubit + 1, qubit), None) for qubit in range(width - 1)]
    return program_of(width, [gates])


def fourier(width: int) -> Program:
    gates: list[Gate] = [(Opcode.X, (qubit,), None) for qubit in range(0, width, 3)]
    for target in reversed(range(width)):
        gates.append((Opcode.H, (target,), None))
        gates += [(Opcode.ZPOW, (target, q), np.pi / 2 ** (target - q)) for q in range(target)]
    return program_of(width, [gates])


# Name: how to make it, repetitions, the best peer's milliseconds.
WORKLOADS: dict[str, tuple[Callable[[], Program], int, float]] = {
    "5,000 random, 6 qubits, 30 gates": (lambda: random_circuits(5000, 6, 30), 15, 52),
    "1,000 gradient, 12 qubits, 150 gates": (lambda: gradient(1000, 12, 150), 9, 49),
    "300 random, 16 qubits, 500 gates": (lambda: random_circuits(300, 16, 500), 3, 408),
    "hardware-efficient, 20 qubits": (lambda: hardware_efficient(20), 5, 98),
    "hardware-efficient, 22 qubits": (lambda: hardware_efficient(22), 3, 811),
    "hardware-efficient, 24 qubits": (lambda: hardware_efficient(24), 3, 3235),
    "Fourier, 20 qubits": (lambda: fourier(20), 5, 93),
    "Fourier, 22 qubits": (lambda: fourier(22), 3, 484),
    "Fourier, 24 qubits": (lambda: fourier(24), 3, 2181),
}


def main(wanted: list[str]) -> None:
    print(f"instruction set: {_kernels.isa()}; milliseconds, the best peer in double precision")
    for name, (make, repetitions, peer) in WORKLOADS.items():
        if wanted and not any(part in name for part in wanted):
            continue
        program, times = make(), []
        for _ in range(repetitions):
            start = time.perf_counter()
            simulate(program)
            times.append(1000 * (time.perf_counter() - start))
        print(f"{name:38} median {np.median(times):8.1f}  min {min(times):8.1f}  peer {peer:6.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
