"""The jobs that predicted times are judged by: every gate, 0 to 20 controls, 2 to 26 qubits, all ways."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from paultrap.circuits import Opcode, PlacedGate, Program
from paultrap.engine import N_VARIANTS
from paultrap.jobs import Sampling
from paultrap.machines import Machines

WIDTHS = range(2, 27)
CONTROLS = range(21)
DEPTHS = (1, 3, 10, 40, 150, 600)
JOBS = (1, 1, 1, 4, 30, 300)
SHOTS = (1, 100, 1_000, 10_000)
_MOST_TOGETHER = 19  # qubits of circuits of which a job has several
MOST_GATES = 3_000  # native ones of a job, about
_WIDE = 16  # qubits of circuits of which few shots are drawn
CLIFFORD_WIDTHS = (2, 5, 12, 20, 29, 50, 64, 100, 200)

_MODELS = Machines.shipped().models
_WRITTEN = msgspec.structs.replace(_MODELS["aria-1"], acts_on="written")
_NOISE = {"aria-1": _MODELS["aria-1"], "forte-1": _MODELS["forte-1"], "as written": _WRITTEN}
#: How circuits are run: exactly, with noise of gates that are compiled or not, and as on a machine.
WAYS = ("ideal", *_NOISE, "qpu.aria-1", "qpu.forte-1")
#: Terms, targets and time of each pauliexp.
_EXPONENTIALS = {
    "one short term": (1, 2, 0.4),
    "one long term": (1, 9, 0.4),
    "many terms": (12, 4, 0.2),
    "long time": (5, 3, 4.0),
}
_CLIFFORD = ["X", "Y", "Z", "H", "S", "SI", "V", "VI", "SWAP"]
_TURNS = ["RX", "RY", "RZ", "XX", "YY", "ZZ", "GPI", "GPI2", "MS", "NATIVE_ZZ"]


@dataclass(frozen=True)
class Case:
    """A job of alike circuits, each of one kind of gate.

    Attributes:
        gate: The opcode's name; with a word behind it where there are several kinds.
        controls: Of each gate.
        width: Qubits of each circuit.
        depth: Gates of each circuit, beside the layer that it begins with.
        circuits: How many circuits the job has, which differ.
        way: One of `WAYS`.
        shots: Of each circuit, where it is sampled.
        kind: What its circuits begin with: a rotation of each qubit, nothing, or Clifford gates.
    """

    gate: str
    controls: int
    width: int
    depth: int
    circuits: int
    way: str
    shots: int
    kind: str

    @property
    def opcode(self) -> Opcode:
        """What the gate does."""
        return Opcode[self.gate.split()[0]]

    @property
    def sampling(self) -> Sampling | None:
        """How the job is sampled."""
        if self.way == "ideal":
            return None
        variants = N_VARIANTS if self.way.startswith("qpu.") else 0
        return Sampling(self.shots, 1, _NOISE[self.way.removeprefix("qpu.")], variants)

    def program(self) -> Program:
        """Return the job's circuits."""
        chance = random.Random(repr(self))
        circuits = [self._circuit(chance) for _ in range(self.circuits)]
        return Program.build(circuits, [self.width] * self.circuits)

    def _circuit(self, chance: random.Random) -> list[PlacedGate]:
        qubits = range(self.width)
        opcode, targets = self.opcode, _targets(self.gate)
        if self.kind == "dense":
            gates = [PlacedGate(Opcode.RY, (q,), 0, (chance.uniform(0.2, 1.2),)) for q in qubits]
        elif self.kind == "clifford":
            gates = [PlacedGate(Opcode.H, (q,)) for q in qubits if q % 3 == 0]
        else:
            gates = []
        for _ in range(self.depth):
            chosen = tuple(chance.sample(qubits, targets + self.controls))
            gates.append(PlacedGate(opcode, chosen, self.controls, self._params(chance)))
            if self.kind == "clifford" and self.width > 1:
                gates.append(PlacedGate(Opcode.X, tuple(chance.sample(qubits, 2)), 1))
        return gates

    def _params(self, chance: random.Random) -> tuple[float, ...]:
        facts = self.opcode.facts
        if facts.n_params < 0:
            terms, targets, time = _EXPONENTIALS[self.gate.split(maxsplit=1)[1]]
            coefficients = [chance.uniform(0.2, 1.0) for _ in range(terms)]
            return (
                time,
                *coefficients,
                *(float(chance.randrange(4)) for _ in range(terms * targets)),
            )
        if self.kind != "clifford":
            return tuple(chance.uniform(0.05, 0.9) for _ in range(facts.n_params))
        quarter = 0.25 if facts.gateset == "native" else 1.5707963267948966
        return tuple(quarter * chance.randrange(4) for _ in range(facts.n_params))


def _targets(gate: str) -> int:
    opcode = Opcode[gate.split(maxsplit=1)[0]]
    if opcode.facts.n_params < 0:
        return _EXPONENTIALS[gate.split(maxsplit=1)[1]][1]
    return opcode.facts.targets


def _terms(gate: str) -> int:
    return _EXPONENTIALS[gate.split(maxsplit=1)[1]][0] if " " in gate else 1


def gates() -> list[str]:
    """Return the names of all kinds of gates that clients can ask for."""
    found = []
    for opcode in Opcode:
        if opcode.facts.n_params < 0:
            found += [f"{opcode.name} {which}" for which in _EXPONENTIALS]
        elif opcode.facts.targets and opcode != Opcode.COPY:
            found.append(opcode.name)
    return found


def cases(names: list[str], seed: int = 0) -> Iterator[Case]:
    """Yield the whole grid, by gate, way, width and controls; the rest is drawn for each case."""
    for gate, way in itertools.product(names, WAYS):
        opcode = Opcode[gate.split(maxsplit=1)[0]]
        most = 512 if way == "ideal" else _NOISE[way.removeprefix("qpu.")].qubits
        controls = CONTROLS if opcode.facts.gateset != "native" else (0,)
        points = [(width, each, "") for width in WIDTHS for each in controls]
        if gate in _CLIFFORD or gate in _TURNS:
            points += [(width, 0, "clifford") for width in CLIFFORD_WIDTHS]
        for point in points:
            if point[1] + _targets(gate) <= point[0] <= most:
                yield _drawn(gate, way, point, seed)


def _drawn(gate: str, way: str, point: tuple[int, int, str], seed: int) -> Case:
    chance = random.Random(f"{seed} {gate} {way} {point}")
    width, controls, kind = point
    depth, circuits = chance.choice(DEPTHS), chance.choice(JOBS)
    if width > _MOST_TOGETHER:
        circuits = 1
    shots = [1_000, 10_000] if way.startswith("qpu.") else SHOTS if width < _WIDE else SHOTS[:2]
    if way not in {"ideal", "as written"}:  # compiled, a gate is many
        each = _targets(gate) * _terms(gate) * max(1, 5 * controls**2)
        most = max(1, MOST_GATES // each)
        circuits = min(circuits, most)
        depth = min(depth, max(1, most // circuits))
    return Case(
        gate=gate,
        controls=controls,
        width=width,
        depth=depth,
        circuits=circuits,
        way=way,
        shots=chance.choice(shots),
        kind=kind or chance.choice(["dense", "dense", "bare"]),
    )
