"""How well the time of circuits is predicted: by gate, controls, width and way of running them.

Usage: python bench/fit_costs.py [--most-qubits 26] [--gates x,h,zz]

Each circuit has gates of one kind on one thread: ideal, with a noise model (compiled where that
follows native gates), and Clifford circuits by stabilizers. What is measured is the processor time
of the run, planning and compiling included, and its ratio to what a job would be predicted to take.
The goal is 95 % of all within a factor of 3 and the worst within 10, each gate by itself: factors
that are fitted to all other gates have to hold for it. The constants are in
src/kernels/statevector/cost.hpp.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from paultrap.admission import predicted_seconds
from paultrap.circuits import Opcode, PlacedGate, Program
from paultrap.engine import RunOptions
from paultrap.jobs import Sampling, Work, execute, method_of
from paultrap.machines import Machines

OPTIONS = RunOptions(threads=1)
LEAST_S, LONGEST_S = 1e-3, 2.0  # shorter is call overhead, longer takes too long to measure
WIDTHS = (2, 4, 6, 9, 12, 15, 18, 20, 22, 24, 26)
CONTROLS = (0, 1, 2, 3, 5, 8, 12, 16, 20)
GATES = 40
MODELS = Machines.shipped().models
WAYS = {
    "ideal": None,
    "noise, compiled": Sampling(100, 1, MODELS["forte-1"]),
    "strong noise, compiled": Sampling(100, 1, MODELS["aria-1"]),
}
CLIFFORD = {Opcode.X, Opcode.Y, Opcode.Z, Opcode.H, Opcode.S, Opcode.V, Opcode.SWAP}


class Case(NamedTuple):
    """One circuit, run in one way."""

    gate: str
    controls: int
    width: int
    way: str
    predicted_s: float
    measured_s: float


def circuits(opcode: Opcode, width: int, controls: int) -> Program | None:
    """Return a circuit of one kind of gate behind a layer that leaves no qubit in a basis state."""
    targets = opcode.facts.targets or 3
    if targets + controls > width or (controls and opcode.facts.gateset != "qis"):
        return None
    chance = random.Random(f"{opcode} {width} {controls}")
    gates = [PlacedGate(Opcode.RY, (qubit,), 0, (0.4 + 0.1 * qubit,)) for qubit in range(width)]
    for _ in range(GATES):
        qubits = tuple(chance.sample(range(width), targets + controls))
        gates.append(PlacedGate(opcode, qubits, controls, params_of(opcode, targets, chance)))
    return Program.build([gates], [width])


def params_of(opcode: Opcode, targets: int, chance: random.Random) -> tuple[float, ...]:
    """Return random parameters of a gate; of an exponential two terms."""
    if opcode.facts.n_params >= 0:
        return tuple(chance.uniform(0.1, 1.0) for _ in range(opcode.facts.n_params))
    codes = [float(chance.randrange(4)) for _ in range(2 * targets)]
    return (0.3, chance.uniform(0.2, 1.0), chance.uniform(0.2, 1.0), *codes)


def clifford(opcode: Opcode, width: int) -> Program | None:
    """Return a Clifford circuit, which needs no state where it is wide."""
    targets = opcode.facts.targets
    if targets > width:
        return None
    chance = random.Random(f"{opcode} {width}")
    gates = [PlacedGate(Opcode.H, (qubit,)) for qubit in range(0, width, 3)]
    for _ in range(400):
        gates.append(PlacedGate(opcode, tuple(chance.sample(range(width), targets))))
        pair = tuple(chance.sample(range(width), 2))
        gates.append(PlacedGate(Opcode.X, pair, 1))
    return Program.build([gates], [width])


def cases(opcodes: list[Opcode], most_qubits: int) -> Iterator[Case]:
    """Run all circuits that a time within bounds is predicted for."""
    for opcode in opcodes:
        for width in (each for each in WIDTHS if each <= most_qubits):
            for controls in CONTROLS:
                program = circuits(opcode, width, controls)
                if program is None:
                    continue
                for way, sampling in WAYS.items():
                    if sampling is None or width <= sampling.noise.qubits:
                        yield from measured(program, sampling, (opcode, controls, width, way))
            program = clifford(opcode, max(width, 4)) if opcode in CLIFFORD else None
            if program is not None:
                for way in ("ideal", "strong noise, compiled"):
                    about = (opcode, 0, max(width, 4), f"Clifford, {way}")
                    yield from measured(program, WAYS[way], about)


def measured(
    program: Program, sampling: Sampling | None, about: tuple[Opcode, int, int, str]
) -> Iterator[Case]:
    """Run one circuit, unless it takes too long or too short a time to say anything."""
    opcode, controls, width, way = about
    predicted = float(predicted_seconds(method_of(sampling).costs(program))[0])
    if predicted > LONGEST_S:
        return
    found = []
    for _ in range(2 if predicted < 1 else 1):
        start = time.process_time()
        execute(Work(program, sampling), OPTIONS)
        found.append(time.process_time() - start)
    if max(min(found), predicted) >= LEAST_S:
        case = Case(opcode.name, controls, width, way, predicted, min(found))
        print(case, file=sys.stderr)
        yield case


def report(name: str, ratios: list[float]) -> bool:
    """Print how predictions compare with what was measured; return whether the goal is met."""
    logs = np.abs(np.log(ratios))
    within = float(np.mean(logs <= np.log(3)))
    worst = float(np.exp(logs.max()))
    median = float(np.exp(np.median(np.log(ratios))))
    print(f"{name:28s} {len(ratios):5d}  {within:5.0%}  x{worst:7.1f}  {median:8.2f}")
    return within >= 0.95 and worst <= 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most-qubits", type=int, default=26)
    parser.add_argument("--gates", help="names of opcodes, with commas; all without a value")
    options = parser.parse_args()
    names = options.gates.upper().split(",") if options.gates else [each.name for each in Opcode]
    opcodes = [Opcode[name] for name in names if name not in {"NOP", "COPY"}]
    found = list(cases(opcodes, options.most_qubits))
    groups: dict[str, list[float]] = defaultdict(list)
    for case in found:
        ratio = max(case.measured_s, 1e-6) / max(case.predicted_s, 1e-6)
        for key in (f"gate {case.gate}", f"way {case.way}", f"width {case.width:2d}"):
            groups[key].append(ratio)
        groups[f"controls {case.controls:2d}"].append(ratio)
        groups["all"].append(ratio)
    print(f"{'':28s} {'':5s}  in 3x   worst    measured / predicted, median")
    met = [report(name, ratios) for name, ratios in sorted(groups.items())]
    print("the farthest off:")
    for case in sorted(found, key=lambda c: -abs(np.log(c.measured_s / c.predicted_s)))[:12]:
        print(f"  {case}")
    # Of each gate: factors by way that follow from all others.
    held_out = []
    for gate in {case.gate for case in found}:
        for way in {case.way for case in found}:
            others = [c for c in found if c.way == way and c.gate != gate]
            own = [c for c in found if c.way == way and c.gate == gate]
            if others and own:
                factor = np.exp(np.median([np.log(c.measured_s / c.predicted_s) for c in others]))
                held_out += [c.measured_s / c.predicted_s / factor for c in own]
    if held_out:
        report("held out, by gate", held_out)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
