"""Debiasing by symmetry: a circuit's shots are shared out among variants on different qubits.

What a machine does wrong depends on the qubits that it does it with. Each variant runs the same
circuit under another qubit map and has its outcomes mapped back, so that what the circuit means adds
up and what single qubits get wrong is spread out (Maksymov et al., arXiv:2301.07233). Variants cost
no extra shots. How their histograms become one is chosen when results are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program

__all__ = ["AGGREGATIONS", "N_VARIANTS", "Variants", "average", "mapped_back", "variants_of"]

N_VARIANTS = 16  # of each circuit; at 500 shots, the least for debiasing, 31 shots each

_MAPS = 0x6D617073  # the last word of the generator's key: what its numbers are for
_VOTES = 0x766F7465
_FILTER_POWER = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """The variants of N circuits, V of each, a circuit's one after the other.

    Attributes:
        program: N * V circuits, all of the machine's width.
        maps: uint16, shape (N * V, machine's width): the machine's qubit for each of the circuit's.
        shots: int64, shape (N * V,).
    """

    program: Program
    maps: NDArray[np.uint16]
    shots: NDArray[np.int64]


def variants_of(
    program: Program, shots: int, machine_qubits: int, seed: int, first_index: int = 0
) -> Variants:
    """Return variants that depend on the seed and on each circuit's index alone.

    Args:
        program: N circuits of at most ``machine_qubits`` qubits.
        shots: Of each circuit; the first variants get one more where they do not divide evenly.
        machine_qubits: How many qubits there are to map to.
        seed: Of the job.
        first_index: The index in its job of the program's first circuit.
    """
    n = program.n_circuits
    maps = np.empty((n, N_VARIANTS, machine_qubits), np.uint16)
    for index in range(n):
        random = _generator(seed, first_index + index, _MAPS)
        maps[index] = random.random((N_VARIANTS, machine_qubits)).argsort(axis=1)
    repeated = _repeated(program, N_VARIANTS)
    owners = np.repeat(
        np.arange(n * N_VARIANTS), np.diff(repeated.qubit_offsets[repeated.gate_offsets])
    )
    flat = maps.reshape(n * N_VARIANTS, machine_qubits)
    each = shots // N_VARIANTS + (np.arange(N_VARIANTS) < shots % N_VARIANTS)
    return Variants(
        program=Program(
            widths=np.full(n * N_VARIANTS, machine_qubits, np.uint16),
            gate_offsets=repeated.gate_offsets,
            opcodes=repeated.opcodes,
            control_counts=repeated.control_counts,
            qubit_offsets=repeated.qubit_offsets,
            qubits=flat[owners, repeated.qubits],
            param_offsets=repeated.param_offsets,
            params=repeated.params,
        ),
        maps=flat,
        shots=np.tile(each, n),
    )


def mapped_back(answer: Distributions, maps: NDArray[np.uint16]) -> Distributions:
    """Return the answers of variants in the circuits' own qubits, states ascending."""
    owners = np.repeat(np.arange(answer.n_circuits), np.diff(answer.offsets))
    states = np.zeros_like(answer.states)
    for qubit in range(maps.shape[1]):
        bits = answer.states >> maps[owners, qubit].astype(np.uint64) & np.uint64(1)
        states |= bits << np.uint64(qubit)
    order = np.lexsort((states, owners))
    return Distributions(answer.offsets, states[order], answer.probabilities[order])


def average(variants: Distributions, shots: NDArray[np.int64]) -> Distributions:
    """Return one distribution for each circuit: all shots of its variants together.

    Args:
        variants: N * V answers, mapped back.
        shots: int64, shape (N * V,).
    """
    counts = np.rint(variants.probabilities * np.repeat(shots, np.diff(variants.offsets)))
    circuits = np.repeat(np.arange(variants.n_circuits) // N_VARIANTS, np.diff(variants.offsets))
    order = np.lexsort((variants.states, circuits))
    circuits, states, counts = circuits[order], variants.states[order], counts[order]
    is_new = np.ones(len(states), bool)
    is_new[1:] = (np.diff(circuits) > 0) | (states[1:] != states[:-1])
    starts = np.flatnonzero(is_new)
    n = variants.n_circuits // N_VARIANTS
    sums = np.add.reduceat(counts, starts) if len(starts) else counts
    totals = shots.reshape(n, N_VARIANTS).sum(axis=1)
    offsets = np.searchsorted(circuits[starts], np.arange(n + 1))
    return Distributions(offsets, states[starts], sums / totals[circuits[starts]])


Histograms = list[dict[int, int]]


def averaged(variants: Histograms, seed: int, index: int) -> dict[int, float]:
    """Return the mean of the variants' histograms, weighted by their shots."""
    del seed, index
    return _normalised(_summed(variants))


def voted(variants: Histograms, seed: int, index: int) -> dict[int, float]:
    """Return the winners of votes in which each variant has one shot: IonQ's sharpening.

    A vote that no state wins alone counts as what it was before: every variant's own shot.
    """
    return _elected(
        variants, seed, index, lambda ranked, _: ranked[0] > max(ranked[1:2], default=0)
    )


def elected(variants: Histograms, seed: int, index: int) -> dict[int, float]:
    """Return the same where only a state that more than half of the variants saw wins."""
    return _elected(variants, seed, index, lambda ranked, voters: 2 * ranked[0] > voters)


def filtered(variants: Histograms, seed: int, index: int) -> dict[int, float]:
    """Return the mean, with states the less the fewer variants saw them (after arXiv:2506.05757).

    The mean probability is multiplied by the square of the share of variants that saw the state.
    """
    del seed, index
    found = _normalised(_summed(variants))
    shares = {state: sum(state in own for own in variants) / len(variants) for state in found}
    return _normalised({state: p * shares[state] ** _FILTER_POWER for state, p in found.items()})


Aggregation = Callable[[Histograms, int, int], dict[int, float]]

#: By name: variants' histograms, mapped back, with the job's seed and the circuit's index, to
#: probabilities of states, which ascend.
AGGREGATIONS: Mapping[str, Aggregation] = {
    "average": averaged,
    "voting": voted,
    "dnl": filtered,
    "majority": elected,
}


def _elected(
    variants: Histograms, seed: int, index: int, is_clear: Callable[[NDArray[np.int64], int], bool]
) -> dict[int, float]:
    random = _generator(seed, index, _VOTES)
    ballots = [
        random.permutation(np.repeat(np.array(list(own), np.uint64), list(own.values())))
        for own in variants
    ]
    found: dict[int, float] = {}
    for number in range(max(map(len, ballots), default=0)):
        votes = [ballot[number] for ballot in ballots if number < len(ballot)]
        states, counts = np.unique(np.array(votes, np.uint64), return_counts=True)
        ranked = np.sort(counts)[::-1]
        if is_clear(ranked, len(votes)):
            states, counts = states[counts.argmax()][None], np.array([len(votes)])
        for state, count in zip(states.tolist(), counts.tolist(), strict=True):
            found[state] = found.get(state, 0) + count
    return _normalised(found)


def _summed(variants: Histograms) -> dict[int, float]:
    found: dict[int, float] = {}
    for own in variants:
        for state, count in own.items():
            found[state] = found.get(state, 0) + count
    return found


def _normalised(weights: dict[int, float]) -> dict[int, float]:
    total = sum(weights.values())
    return {state: weights[state] / total for state in sorted(weights)}


def _generator(seed: int, index: int, purpose: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed % 2**64, purpose << 32 | index]))


def _repeated(program: Program, times: int) -> Program:
    """Return every circuit so many times, one after the other."""

    def rows(offsets: NDArray[np.int64], which: NDArray[np.int64]) -> NDArray[np.int64]:
        counts = np.diff(offsets)[which]
        starts = np.cumsum(counts) - counts
        found: NDArray[np.int64] = np.repeat(offsets[which] - starts, counts)
        found += np.arange(len(found))
        return found

    def cuts(offsets: NDArray[np.int64], which: NDArray[np.int64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.zeros(len(which) + 1, np.int64)
        np.cumsum(np.diff(offsets)[which], out=found[1:])
        return found

    circuits = np.repeat(np.arange(program.n_circuits), times)
    gates = rows(program.gate_offsets, circuits)
    return Program(
        widths=program.widths[circuits],
        gate_offsets=cuts(program.gate_offsets, circuits),
        opcodes=program.opcodes[gates],
        control_counts=program.control_counts[gates],
        qubit_offsets=cuts(program.qubit_offsets, gates),
        qubits=program.qubits[rows(program.qubit_offsets, gates)],
        param_offsets=cuts(program.param_offsets, gates),
        params=program.params[rows(program.param_offsets, gates)],
    )
