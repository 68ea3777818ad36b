"""Sampled runs: shots of every circuit of a program, with the errors of a noise model or without.

The errors of every shot are drawn first. Shots with the same errors are one run, and runs share
what they have in common: the faultless circuit is run once, and every other run starts where its
first error makes a difference. Nothing is approximated; see ``docs/noise.md``.

The answer of a circuit depends on the seed, on the circuit, on its index in its job and on the
engine's version, and on nothing else: not on threads, chunks, order or machine (up to rounding:
a shot whose random number lies within 1e-15 of the border between two states).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paultrap import _kernels
from paultrap.circuits import Distributions, Opcode, Program
from paultrap.compiler import compile_native
from paultrap.engine.arguments import Precision, arrays_of, is_single, usable_threads
from paultrap.engine.memory import MemoryLimitError, default_memory_limit
from paultrap.engine.noise import NoiseModel
from paultrap.engine.sites import no_sites, sites_of

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
    gives the counts back, which sum to ``shots``.

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
        ValueError: The program's arrays contradict each other or the gate table, or groups would
            need errors of their own.
    """
    if groups > 1 and noise is not None and noise.pairs:
        raise ValueError("groups of shots cannot differ in the errors of pairs of qubits")
    run = _Run(program, shots, noise, qubit_maps)
    limit = default_memory_limit() if memory_limit is None else memory_limit
    answer = _kernels.sample(
        *run.arrays(),
        shots=run.shots,
        seed=seed & (2**64 - 1),
        first_index=first_index,
        threads=usable_threads(threads),
        memory_limit=float(limit),
        single=is_single(precision),
        readout_stride=run.readout_stride,
        groups=groups,
    )
    if isinstance(answer, int):
        raise MemoryLimitError(answer, limit)
    offsets, states, counts = answer
    each = shots_of_groups(run.shots, groups).reshape(-1)
    return Distributions(offsets, states, counts / np.repeat(each, np.diff(offsets)))


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
    run = _Run(program, shots, noise)
    return _kernels.estimate_sampling(
        *run.arrays(), shots=run.shots, threads=threads, single=is_single(precision)
    )


class _Run:
    """What the kernels need to know of a sampled run."""

    def __init__(
        self,
        program: Program,
        shots: int | NDArray[np.integer],
        noise: NoiseModel | None,
        qubit_maps: NDArray[np.uint16] | None = None,
    ) -> None:
        least, most = np.min(shots, initial=1), np.max(shots, initial=1)
        if least < 1 or most >= 2**31:
            raise ValueError(
                f"shots must be from 1 to 2**31 - 1, not {least if least < 1 else most}"
            )
        self.shots = np.ascontiguousarray(
            np.broadcast_to(shots, (program.n_circuits,)), dtype=np.uint32
        )
        if noise is not None and noise.acts_on == "native":
            program = compile_native(program, noise.entangler)
        self._program = program
        self._noise = noise
        self._qubit_maps = qubit_maps
        self._readout = np.asarray(() if noise is None else noise.readout).reshape(-1, 2)
        self.readout_stride = 0
        if qubit_maps is not None and len(self._readout):
            self._readout = _mapped_readout(self._readout, qubit_maps)
            self.readout_stride = 2 * qubit_maps.shape[1]

    def arrays(self) -> tuple[_kernels.ProgramArrays, _kernels.SiteArrays, NDArray[np.float64]]:
        program, noise = self._program, self._noise
        sites = (
            no_sites(program.n_circuits)
            if noise is None
            else sites_of(program, noise, self._qubit_maps if noise.pairs else None)
        )
        with_paulis = Program.concatenate([program, _paulis(int(program.widths.max(initial=0)))])
        return (
            _kernels.ProgramArrays(**arrays_of(with_paulis)),
            _kernels.SiteArrays(
                sites.offsets, sites.gates, sites.first, sites.second, sites.strengths
            ),
            self._readout.reshape(-1),
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
