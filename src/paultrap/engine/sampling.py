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

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, Opcode, Program
from paultrap.compiler import compile_native
from paultrap.engine.arguments import Precision, arrays_of, is_single, usable_threads
from paultrap.engine.memory import MemoryLimitError, default_memory_limit
from paultrap.engine.noise import NoiseModel
from paultrap.engine.sites import no_sites, sites_of
from paultrap.engine.stabilizers import CliffordPart, stretches
from paultrap.engine.wide import check_wide, is_wide, sample_wide, wide_bytes, wide_costs

__all__ = ["estimate_sampling_costs", "estimate_sampling_memory", "sample", "shots_of_groups"]


def sample(  # noqa: PLR0913  # all but the first by name
    program: Program,
    *,
    shots: int | NDArray[np.integer],
    seed: int,
    first_index: int = 0,
    noise: NoiseModel | None = None,
    qubit_maps: NDArray[np.uint16] | None = None,
    groups: int = 1,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
) -> Distributions:
    """Return which states were seen in the shots of each circuit, and in which share of them.

    All qubits are measured at the end. Probabilities are counts over shots: ``rint(p * shots)``
    gives the counts back, which sum to ``shots``. Circuits of 65 to 512 qubits must be Clifford
    circuits; where there is one, states have several words (see `Distributions`).

    Args:
        program: The circuits.
        shots: Of each circuit, from 1 to 2**31 - 1; one number for all, or shape (N,).
        seed: Any whole number; its lowest 64 bits count.
        first_index: The index in its job of the program's first circuit.
        noise: The errors; None for ideal gates. Where they follow native gates, qis gates are
            compiled first.
        qubit_maps: Shape (N * groups, at least the widest circuit's qubits): which of the machine's
            qubits each of a circuit's is, which decides what errors it has; None where they are the
            same. Answers are in the circuit's qubits.
        groups: In how many groups each circuit's shots are counted, as `shots_of_groups` shares
            them out; a circuit's groups stand one after the other in the answer. With several
            groups, maps are told apart in readout errors alone: ``noise.pairs`` must be empty.
        precision: Of the amplitudes.
        threads: How many threads work at most; None for every core that this process may use.
        memory_limit: Bytes that may be used; None for 80 % of what the machine has available.

    Raises:
        MemoryLimitError: It would not fit; raised before anything is run.
        ValueError: The program's arrays contradict each other or the gate table, groups would need
            errors of their own, or a circuit of more than 64 qubits has a gate that is no Clifford
            gate, a map or groups.
    """
    if groups > 1 and noise is not None and noise.pairs:
        raise ValueError("groups of shots cannot differ in the errors of pairs of qubits")
    run = _run_of(program, shots, noise, qubit_maps, groups)
    limit = default_memory_limit() if memory_limit is None else memory_limit
    workers = usable_threads(threads)

    def narrow(part: _Run, start: int) -> Distributions:
        answer = _kernels.sample(
            *part.arrays(),
            shots=part.shots,
            seed=seed & (2**64 - 1),
            first_index=first_index + start,
            threads=workers,
            memory_limit=float(limit),
            single=is_single(precision),
            readout_stride=part.readout_stride,
            groups=groups,
        )
        if isinstance(answer, int):
            raise MemoryLimitError(answer, limit)
        offsets, states, counts = answer
        each = shots_of_groups(part.shots, groups).reshape(-1)
        return Distributions(offsets, states, counts / np.repeat(each, np.diff(offsets)))

    wide = is_wide(run.program)
    if not wide.any():
        return narrow(run, 0)
    if groups > 1 or qubit_maps is not None:
        raise ValueError("circuits of more than 64 qubits cannot be debiased")
    answers = sample_wide(
        run.program,
        shots=run.shots,
        seed=seed,
        first_index=first_index,
        noise=noise,
        threads=workers,
        memory_limit=limit,
    )
    rest = [narrow(run.slice(start, stop), start) for start, stop in stretches(~wide)]
    return CliffordPart(run.program, wide, answers).joined(Distributions.concatenate(rest))


def shots_of_groups(shots: int | NDArray[np.integer], groups: int) -> NDArray[np.int64]:
    """Return how many shots each group has, of as many circuits.

    Args:
        shots: Of each circuit, shape (...).
        groups: Of each circuit. The first ones get one more where shots do not divide evenly.

    Returns:
        Shape (..., groups).
    """
    whole = np.asarray(shots, np.int64)[..., None]
    return whole // groups + (np.arange(groups) < whole % groups)


def estimate_sampling_costs(
    program: Program, shots: int | NDArray[np.integer], noise: NoiseModel | None
) -> NDArray[np.float64]:
    """Return each circuit's work in amplitude updates (float64, shape (N,)), as expected.

    Raises:
        ValueError: As `sample`.
    """
    return _estimate(program, shots, noise, 1, "double")[1]


def estimate_sampling_memory(
    program: Program,
    shots: int | NDArray[np.integer],
    noise: NoiseModel | None,
    threads: int | None = None,
    precision: Precision = "double",
) -> int:
    """Return the bytes that `sample` needs at peak, answers included, as expected.

    Raises:
        ValueError: As `sample`.
    """
    return _estimate(program, shots, noise, usable_threads(threads), precision)[0]


def _estimate(
    program: Program,
    shots: int | NDArray[np.integer],
    noise: NoiseModel | None,
    threads: int,
    precision: Precision,
) -> tuple[int, NDArray[np.float64]]:
    run = _run_of(program, shots, noise)
    wide = is_wide(run.program)
    if not wide.any():
        return run.estimate(threads, precision)
    needed = wide_bytes(run.program, run.shots, noise)
    costs = wide_costs(run.program, run.shots)
    for start, stop in stretches(~wide):
        own, costs[start:stop] = run.slice(start, stop).estimate(threads, precision)
        needed += own
    return needed, costs


def _run_of(
    program: Program,
    shots: int | NDArray[np.integer],
    noise: NoiseModel | None,
    qubit_maps: NDArray[np.uint16] | None = None,
    groups: int = 1,
) -> _Run:
    least, most = np.min(shots, initial=1), np.max(shots, initial=1)
    if least < 1 or most >= 2**31:
        raise ValueError(f"shots must be from 1 to 2**31 - 1, not {least if least < 1 else most}")
    each = np.ascontiguousarray(np.broadcast_to(shots, (program.n_circuits,)), dtype=np.uint32)
    check_wide(program)
    if noise is not None and noise.acts_on == "native":
        program = compile_native(program, noise.entangler)
    return _Run(program, each, noise, qubit_maps, groups)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """What the kernels need to know of a sampled run: its circuits as noise follows their gates."""

    program: Program
    shots: NDArray[np.uint32]
    noise: NoiseModel | None
    qubit_maps: NDArray[np.uint16] | None = None
    groups: int = 1

    def slice(self, start: int, stop: int) -> _Run:
        """Return the run of circuits ``start`` to ``stop - 1``."""
        maps = self.qubit_maps
        if maps is not None:
            maps = maps[start * self.groups : stop * self.groups]
        part = self.program.slice(start, stop)
        return _Run(part, self.shots[start:stop], self.noise, maps, self.groups)

    def estimate(self, threads: int, precision: Precision) -> tuple[int, NDArray[np.float64]]:
        return _kernels.estimate_sampling(
            *self.arrays(), shots=self.shots, threads=threads, single=is_single(precision)
        )

    @property
    def readout_stride(self) -> int:
        """Numbers from one group's readout to the next one's; 0 where all have the same."""
        if self.qubit_maps is None or self.noise is None or not self.noise.readout:
            return 0
        width: int = self.qubit_maps.shape[1]
        return 2 * width

    def arrays(self) -> tuple[_kernels.ProgramArrays, _kernels.SiteArrays, NDArray[np.float64]]:
        program, noise = self.program, self.noise
        sites = (
            no_sites(program.n_circuits)
            if noise is None
            else sites_of(program, noise, self.qubit_maps if noise.pairs else None)
        )
        readout = np.asarray(() if noise is None else noise.readout).reshape(-1, 2)
        if self.qubit_maps is not None and len(readout):
            readout = _mapped_readout(readout, self.qubit_maps)
        with_paulis = Program.concatenate([program, _paulis(int(program.widths.max(initial=0)))])
        return (
            _kernels.ProgramArrays(**arrays_of(with_paulis)),
            _kernels.SiteArrays(
                sites.offsets, sites.gates, sites.first, sites.second, sites.strengths
            ),
            readout.reshape(-1),
        )


def _mapped_readout(
    readout: NDArray[np.float64], qubit_maps: NDArray[np.uint16]
) -> NDArray[np.float64]:
    """Return for each circuit and each of its qubits how the machine's qubit is misread.

    Args:
        readout: Shape (qubits with an entry, 2); the machine's others are read as they are.
        qubit_maps: Shape (N, W).

    Returns:
        Shape (N, W, 2).
    """
    padded = np.zeros((max(len(readout), 1 + int(qubit_maps.max(initial=0))), 2))
    padded[: len(readout)] = readout
    return padded[qubit_maps]


def _paulis(width: int) -> Program:
    """Return one circuit with X, Y and Z of each qubit: where the kernels find the errors."""
    gates = 3 * width
    return Program(
        widths=np.array([width], np.uint16),
        gate_offsets=np.array([0, gates]),
        opcodes=np.tile(np.array([Opcode.X, Opcode.Y, Opcode.Z], np.uint8), width),
        control_counts=np.zeros(gates, np.uint16),
        qubit_offsets=np.arange(gates + 1),
        qubits=np.repeat(np.arange(width, dtype=np.uint16), 3),
        param_offsets=np.zeros(gates + 1, np.int64),
        params=np.zeros(0),
    )
