"""Sampled runs: shots of every circuit of a program, with the errors of a noise model or without.

The errors of every shot are drawn first. Shots with the same errors are one run, and runs share
what they have in common: the faultless circuit is run once, and every other run starts where its
first error makes a difference. Nothing is approximated; see ``docs/reference/noise.md``.

The answer of a circuit depends on the seed, on the circuit, on its index in its job and on the
engine's version, and on nothing else: not on threads, chunks, order or machine (up to rounding:
a shot whose random number lies within 1e-15 of the border between two states).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, Opcode, PlacedGate, Program, SimulationError
from paultrap.compiler import compile_compact, compile_native, gates_alone, whole_gates
from paultrap.engine.draws import Draw, shots_of_groups
from paultrap.engine.noise import NoiseModel
from paultrap.engine.options import MemoryLimitError, RunOptions
from paultrap.engine.sites import Sites, no_sites, placed_readout, sites_of
from paultrap.engine.stabilizers import StatelessPart, stretches
from paultrap.engine.whole import sites_around_whole
from paultrap.engine.wide import check_wide, is_wide, sample_wide, wide_bytes, wide_work
from paultrap.engine.work import add_work, as_work, no_work, updates_of

_DEFAULTS = RunOptions()
# How often gates that stay whole are compiled in a run, to know whether they do and their errors;
# and how long the compiler searches, see ``Search`` in ``src/kernels/bindings/compiler.cpp``.
_COMPILED_TIMES, _MOST_TRIES, _MOST_COUNTED = 4.0, 150.0, 10_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Which of the machine's qubits the qubits of N circuits are, which decides their errors.

    Attributes:
        qubits: Shape (N * groups, at least the widest circuit's qubits): the machine's qubit of each
            of a circuit's.
        groups: In how many groups each circuit's shots are counted, as `shots_of_groups` shares
            them out. With several groups, maps differ in readout errors alone.
    """

    qubits: NDArray[np.uint16]
    groups: int = 1

    def slice(self, start: int, stop: int) -> Placement:
        """Return that of circuits ``start`` to ``stop - 1``."""
        return Placement(self.qubits[start * self.groups : stop * self.groups], self.groups)


def sample(
    program: Program,
    draw: Draw,
    noise: NoiseModel | None = None,
    placement: Placement | None = None,
    options: RunOptions = _DEFAULTS,
) -> Distributions:
    """Return which states were seen in the shots of each circuit, and in which share of them.

    All qubits are measured at the end. Probabilities are counts over shots: ``rint(p * shots)``
    gives the counts back, which sum to ``shots``. Circuits of 65 to 512 qubits must be Clifford
    circuits; where there is one, states have several words (see `Distributions`).

    Args:
        program: N circuits.
        draw: The shots and the seed of the circuits.
        noise: The errors; None for ideal gates. Where they follow native gates, qis gates are
            compiled first.
        placement: Where the circuits are on the machine; None where their qubits are its first
            ones. Answers are in the circuit's qubits, and a circuit's groups come one after the
            other. With several groups ``noise.pairs`` must be empty.
        options: How the machine may be used.

    Raises:
        MemoryLimitError: It would not fit; raised before anything is run.
        SimulationError: As `paultrap.engine.simulate`.
        ValueError: The program's arrays contradict each other or the gate table, shots are out of
            range, groups would need separate errors, or one of several circuits of more than 64
            qubits has a placement.
    """
    if placement is not None and placement.groups > 1 and noise is not None and noise.pairs:
        raise ValueError("groups of shots cannot differ in the errors of pairs of qubits")
    run = _Run.of(program, draw, noise, placement, compact=options.keeps_gates_whole)
    wide = is_wide(run.program)
    if not wide.any():
        return run.sample(options)
    qubits = None
    if placement is not None:
        if placement.groups > 1 or program.n_circuits > 1:
            raise SimulationError("circuits of more than 64 qubits cannot be debiased")
        qubits = placement.qubits[0]
    answers = sample_wide(run.program, draw, noise, options, qubits)
    rest = [run.slice(start, stop).sample(options) for start, stop in stretches(~wide)]
    return StatelessPart(run.program, wide, answers).joined(Distributions.concatenate(rest))


def estimate_sampling_costs(
    program: Program, shots: int | NDArray[np.integer], noise: NoiseModel | None
) -> NDArray[np.float64]:
    """Return each circuit's work in amplitude updates (float64, shape (N,)), as expected.

    Raises:
        ValueError: As `sample`.
    """
    return updates_of(estimate_sampling_work(program, shots, noise))


def estimate_sampling_work(
    program: Program, shots: int | NDArray[np.integer], noise: NoiseModel | None
) -> NDArray[np.float64]:
    """Return each circuit's work by kind (float64, shape (N, kinds)), as expected.

    Raises:
        ValueError: As `sample`.
    """
    run = _Run.of(program, Draw(shots, 0), noise)
    work = _estimate_run(run, noise, RunOptions(threads=1))[1]
    if noise is not None and noise.acts_on == "native":
        add_work(work, "compiled", run.program.gates_per_circuit() + _native_of_whole(run))
        work += search_work(program, run.program)
    return work


def estimate_sampling_memory(
    program: Program,
    shots: int | NDArray[np.integer],
    noise: NoiseModel | None,
    options: RunOptions = _DEFAULTS,
) -> int:
    """Return the bytes that `sample` needs at peak, answers included, as expected.

    Raises:
        ValueError: As `sample`.
    """
    return _estimate_run(_Run.of(program, Draw(shots, 0), noise), noise, options)[0]


def _native_of_whole(run: _Run) -> NDArray[np.float64]:
    """Return how many native gates are made of gates that stay whole, each time, by circuit."""
    found = np.zeros(run.program.n_circuits)
    whole = whole_gates(run.program)
    if run.noise is not None and whole.any():
        alone = compile_native(gates_alone(run.program, whole), run.noise.entangler)
        owners = run.program.circuit_of_each_gate()[whole]
        np.add.at(found, owners, _COMPILED_TIMES * alone.gates_per_circuit())
    return found


def search_work(written: Program, compiled: Program) -> NDArray[np.float64]:
    """Return what the compiler's search for fewer entanglers takes, by circuit and kind.

    Args:
        written: N circuits.
        compiled: What they have become.
    """
    targets = written.qubits_per_gate() - written.control_counts
    ways = np.where((written.control_counts == 2) & (targets == 1), 12, 0)  # noqa: PLR2004
    ways[(written.control_counts == 1) & (written.opcodes == Opcode.SWAP)] = 24
    tries = np.bincount(written.circuit_of_each_gate(), 2 * ways, written.n_circuits)
    entanglers = compiled.gate_counts()[:, 1]
    tries = np.minimum(tries, np.minimum(_MOST_TRIES, _MOST_COUNTED / (entanglers + 1)))
    work = no_work(written.n_circuits)
    add_work(work, "searched", tries * entanglers)
    return work


def _estimate_run(
    run: _Run, noise: NoiseModel | None, options: RunOptions
) -> tuple[int, NDArray[np.float64]]:
    wide = is_wide(run.program)
    if not wide.any():
        return run.estimate(options)
    needed = wide_bytes(run.program, run.shots, noise)
    work = wide_work(run.program, run.shots)
    for start, stop in stretches(~wide):
        own, work[start:stop] = run.slice(start, stop).estimate(options)
        needed += own
    return needed, work


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """What the kernels need for a sampled run: its circuits, and the errors after their gates."""

    program: Program
    draw: Draw
    shots: NDArray[np.uint32]
    noise: NoiseModel | None
    placement: Placement | None = None

    @classmethod
    def of(
        cls,
        program: Program,
        draw: Draw,
        noise: NoiseModel | None,
        placement: Placement | None = None,
        *,
        compact: bool = True,
    ) -> _Run:
        """Return the run of these circuits, compiled where the noise follows native gates.

        Gates with very many controls then stay whole, unless it is not to be ``compact``.
        """
        shots = draw.of_each(program.n_circuits)
        check_wide(program)
        if noise is not None and noise.acts_on == "native":
            compiled = compile_compact if compact else compile_native
            program = compiled(program, noise.entangler)
        return cls(program, draw, shots, noise, placement)

    def slice(self, start: int, stop: int) -> _Run:
        """Return the run of circuits ``start`` to ``stop - 1``."""
        shots = self.shots[start:stop]
        draw = Draw(shots, self.draw.seed, self.draw.first_index + start)
        placement = self.placement and self.placement.slice(start, stop)
        return _Run(self.program.slice(start, stop), draw, shots, self.noise, placement)

    def sample(self, options: RunOptions) -> Distributions:
        """Return the answers of circuits of at most 64 qubits."""
        groups = 1 if self.placement is None else self.placement.groups
        limit = options.usable_memory()
        answer = _kernels.sample(
            *self._arrays(),
            shots=self.shots,
            seed=self.draw.word,
            first_index=self.draw.first_index,
            threads=options.usable_threads(),
            memory_limit=float(limit),
            single=options.is_single,
            readout_stride=self._readout_stride,
            groups=groups,
            fixed_floor=options.has_fixed_floor,
        )
        if isinstance(answer, int):
            raise MemoryLimitError(answer, limit)
        offsets, states, counts = answer
        each = shots_of_groups(self.shots, groups).reshape(-1)
        return Distributions(offsets, states, counts / np.repeat(each, np.diff(offsets)))

    def estimate(self, options: RunOptions) -> tuple[int, NDArray[np.float64]]:
        """Return the bytes that `sample` needs, and each circuit's work by kind."""
        needed, amounts = _kernels.estimate_sampling(
            *self._arrays(),
            shots=self.shots,
            threads=options.usable_threads(),
            single=options.is_single,
        )
        return needed, as_work(amounts)

    def _sites_of_noise(self, noise: NoiseModel, maps: NDArray[np.uint16] | None) -> Sites:
        found = sites_of if noise.acts_on == "written" else sites_around_whole
        return found(self.program, noise, maps)

    @property
    def _readout_stride(self) -> int:
        """Numbers from one group's readout to the next one's; 0 where all have the same."""
        if self.placement is None or self.noise is None or not self.noise.readout:
            return 0
        width: int = self.placement.qubits.shape[1]
        return 2 * width

    def _arrays(self) -> tuple[_kernels.ProgramArrays, _kernels.SiteArrays, NDArray[np.float64]]:
        program, noise = self.program, self.noise
        qubits = None if self.placement is None else self.placement.qubits
        sites = (
            no_sites(program.n_circuits)
            if noise is None
            else self._sites_of_noise(noise, qubits if noise.pairs else None)
        )
        readout = np.asarray(() if noise is None else noise.readout).reshape(-1, 2)
        if qubits is not None and len(readout):
            readout = placed_readout(readout, qubits)
        with_paulis = Program.concatenate([program, _paulis(int(program.widths.max(initial=0)))])
        arrays = with_paulis.arrays()
        return arrays, sites.arrays(), readout.reshape(-1)


@cache
def _paulis(width: int) -> Program:
    """Return one circuit with X, Y and Z of each qubit: where the kernels find the errors."""
    paulis = Opcode.X, Opcode.Y, Opcode.Z
    gates = [PlacedGate(opcode, (qubit,)) for qubit in range(width) for opcode in paulis]
    return Program.build([gates], [width])
