"""Debiasing by symmetry: a circuit's shots are shared out among variants on different qubits.

What a machine does wrong depends on the qubits that it does it with. Each variant runs the same
circuit under another qubit map and has its outcomes mapped back, so that what the circuit means adds
up and what single qubits get wrong is spread out (Maksymov et al., arXiv:2301.07233). Variants cost
no extra shots. How their histograms become one is chosen when results are read.

Circuits of a simulation need not move to be run elsewhere: it is the errors that are looked up under
the map, which is the same and keeps a small circuit small on a large machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, Program
from paultrap.compiler import compile_native
from paultrap.engine.arguments import Precision
from paultrap.engine.noise import NoiseModel
from paultrap.engine.sampling import (
    estimate_sampling_costs,
    estimate_sampling_memory,
    sample,
    shots_of_groups,
)

__all__ = [
    "AGGREGATIONS",
    "LEAST_SHOTS",
    "N_VARIANTS",
    "aggregated",
    "average",
    "estimate_debiasing_costs",
    "estimate_debiasing_memory",
    "qubit_maps",
    "sample_variants",
]

LEAST_SHOTS = 500
N_VARIANTS = 16  # of each circuit; with the least shots 31 or 32 each

_MAPS = 0x6D617073  # a word of the generator's key: what its numbers are for
_VOTES = 0x766F7465
_FILTER_POWER = 2.0
_BYTES_PER_ENTRY = 32  # of an answer, which is made from another copy of it


def qubit_maps(seed: int, index: int, variants: int, machine_qubits: int) -> NDArray[np.uint16]:
    """Return the machine's qubit for each of a circuit's, shape (variants, machine_qubits).

    Args:
        seed: Of the job; its lowest 64 bits count.
        index: The circuit's place in its job.
        variants: How many there are.
        machine_qubits: How many qubits there are to map to; a circuit uses the first entries.
    """
    words = _bits(seed, index, _MAPS).random_raw(variants * machine_qubits)
    order = words.reshape(variants, machine_qubits).argsort(axis=1, kind="stable")
    return order.astype(np.uint16)


def sample_variants(  # noqa: PLR0913  # all but the first by name
    program: Program,
    *,
    shots: int,
    variants: int,
    seed: int,
    first_index: int = 0,
    noise: NoiseModel,
    precision: Precision = "double",
    threads: int | None = None,
    memory_limit: int | None = None,
) -> Distributions:
    """Return what each variant of each circuit gave, a circuit's variants one after the other.

    Args:
        program: N circuits of at most ``noise.qubits`` qubits.
        shots: Of each circuit, which its variants share; at least as many as there are variants.
        variants: Of each circuit.
        seed: As of `sample`, as are all that follow.
        first_index: The index in its job of the program's first circuit.
        noise: The errors.
        precision: Of the amplitudes.
        threads: How many threads work at most.
        memory_limit: Bytes that may be used.

    Returns:
        N * variants distributions in the circuits' own qubits.

    Raises:
        MemoryLimitError: As `sample`.
        ValueError: As `sample`.
    """
    maps = np.zeros((program.n_circuits, variants, noise.qubits), np.uint16)
    if noise.pairs or noise.readout:
        for index in range(program.n_circuits):
            maps[index] = qubit_maps(seed, first_index + index, variants, noise.qubits)
    run = partial(
        sample,
        seed=seed,
        qubit_maps=maps.reshape(-1, noise.qubits),
        precision=precision,
        threads=threads,
        memory_limit=memory_limit,
    )
    if not noise.pairs:
        # All variants have the same errors up to the readout, and can share one run.
        return run(program, shots=shots, first_index=first_index, noise=noise, groups=variants)
    program, noise = _compiled(program, noise)
    return run(
        _repeated(program, variants),
        shots=np.tile(shots_of_groups(shots, variants), program.n_circuits),
        first_index=first_index * variants,
        noise=noise,
    )


def estimate_debiasing_costs(
    program: Program, shots: int, variants: int, noise: NoiseModel
) -> NDArray[np.float64]:
    """Return each circuit's work over all its variants, as `estimate_sampling_costs` counts it."""
    if not noise.pairs:
        return estimate_sampling_costs(program, shots, noise)
    return variants * estimate_sampling_costs(program, -(-shots // variants), noise)


def estimate_debiasing_memory(  # noqa: PLR0913  # the last two by name
    program: Program,
    shots: int,
    variants: int,
    noise: NoiseModel,
    *,
    threads: int | None = None,
    precision: Precision = "double",
) -> int:
    """Return the bytes that `sample_variants` needs at peak, answers included, as expected."""
    if not noise.pairs:
        each = np.minimum(-(-shots // variants), np.ldexp(1.0, program.widths))
        entries = _BYTES_PER_ENTRY * variants * float(each.sum())
        return int(entries) + estimate_sampling_memory(program, shots, noise, threads, precision)
    program, noise = _compiled(program, noise)
    each = np.tile(shots_of_groups(shots, variants), program.n_circuits)
    return estimate_sampling_memory(_repeated(program, variants), each, noise, threads, precision)


def _compiled(program: Program, noise: NoiseModel) -> tuple[Program, NoiseModel]:
    """Return native gates where noise follows them: compiled once, and not for each variant."""
    if noise.acts_on == "written":
        return program, noise
    written = msgspec.structs.replace(noise, acts_on="written")
    return compile_native(program, noise.entangler), written


def average(variants: Distributions, shots: int, n_variants: int) -> Distributions:
    """Return one distribution for each circuit: all shots of its variants together.

    Args:
        variants: N * n_variants answers.
        shots: Of each circuit.
        n_variants: Of each circuit.
    """
    n = variants.n_circuits // n_variants
    sizes = np.diff(variants.offsets)
    each = np.tile(shots_of_groups(shots, n_variants), n)
    counts = np.rint(variants.probabilities * np.repeat(each, sizes))
    circuits = np.repeat(np.arange(variants.n_circuits) // n_variants, sizes)
    order = np.lexsort((variants.states, circuits))
    circuits, states, counts = circuits[order], variants.states[order], counts[order]
    is_new = np.ones(len(states), bool)
    is_new[1:] = (np.diff(circuits) > 0) | (states[1:] != states[:-1])
    starts = np.flatnonzero(is_new)
    sums = np.add.reduceat(counts, starts) if len(starts) else counts
    offsets = np.searchsorted(circuits[starts], np.arange(n + 1))
    return Distributions(offsets, states[starts], sums / shots)


def aggregated(  # noqa: PLR0913
    method: str,
    variants: Distributions,
    *,
    shots: int,
    n_variants: int,
    seed: int,
    first_index: int = 0,
) -> Distributions:
    """Return one distribution for each circuit.

    Args:
        method: A name in `AGGREGATIONS`.
        variants: N * n_variants answers.
        shots: Of each circuit.
        n_variants: Of each circuit.
        seed: Of the job.
        first_index: The index in its job of the first circuit.
    """
    if method == "average":
        return average(variants, shots, n_variants)
    each = shots_of_groups(shots, n_variants)
    found = [
        AGGREGATIONS[method](
            _histograms(variants, index * n_variants, each), seed, first_index + index
        )
        for index in range(variants.n_circuits // n_variants)
    ]
    return Distributions(
        offsets=np.cumsum([0, *map(len, found)]),
        states=np.array([state for own in found for state in own], np.uint64),
        probabilities=np.array([share for own in found for share in own.values()]),
    )


def _histograms(variants: Distributions, first: int, shots: NDArray[np.int64]) -> Histograms:
    found: Histograms = []
    for number, own_shots in enumerate(shots.tolist()):
        begin, end = variants.offsets[first + number : first + number + 2].tolist()
        counts = np.rint(variants.probabilities[begin:end] * own_shots).astype(np.int64)
        found.append(dict(zip(variants.states[begin:end].tolist(), counts.tolist(), strict=True)))
    return found


Histograms = list[dict[int, int]]


def averaged(variants: Histograms, seed: int, index: int) -> dict[int, float]:
    """Return the mean of the variants' histograms, weighted by their shots."""
    del seed, index
    return _normalised(_summed(variants))


def voted(variants: Histograms, seed: int, index: int) -> dict[int, float]:
    """Return the winners of votes in which each variant has one shot: IonQ's sharpening.

    A vote that no state wins alone counts as what it was before: every variant's own shot.
    """
    return _elected(variants, seed, index, lambda _, leaders, __: leaders == 1)


def elected(variants: Histograms, seed: int, index: int) -> dict[int, float]:
    """Return the same where only a state that more than half of the variants saw wins."""
    return _elected(variants, seed, index, lambda most, _, voters: 2 * most > voters)


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


# Of each vote: the most votes for a state, the states that have as many, and all votes.
_IsClear = Callable[[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]


def _elected(variants: Histograms, seed: int, index: int, is_clear: _IsClear) -> dict[int, float]:
    random = _generator(seed, index, _VOTES)
    ballots = [
        random.permutation(np.repeat(np.array(list(own), np.uint64), list(own.values())))
        for own in variants
        if own
    ]
    if not ballots:
        return {}
    number = np.concatenate([np.arange(len(ballot)) for ballot in ballots])
    states, codes = np.unique(np.concatenate(ballots), return_inverse=True)
    # One entry for each state that has votes, by vote.
    entries, counts = np.unique(number * len(states) + codes, return_counts=True)
    vote, state = np.divmod(entries, len(states))
    starts = np.flatnonzero(np.diff(vote, prepend=-1))
    voters = np.add.reduceat(counts, starts)
    most = np.maximum.reduceat(counts, starts)
    leads = counts == most[vote]
    leaders = np.add.reduceat(leads.astype(np.int64), starts)
    clear = is_clear(most, leaders, voters)[vote]
    found = np.bincount(state, np.where(clear, leads * voters[vote], counts))
    return _normalised(
        {key: share for key, share in zip(states.tolist(), found.tolist(), strict=True) if share}
    )


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
    return np.random.Generator(_bits(seed, index, purpose))


def _bits(seed: int, index: int, purpose: int) -> np.random.Philox:
    return np.random.Philox(key=np.array([seed % 2**64, purpose << 32 | index], np.uint64))


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
