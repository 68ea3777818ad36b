"""How the histograms of a debiased circuit's variants become one distribution.

It is chosen when results are read: this module runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from paultrap.circuits import Distributions, shots_in_order
from paultrap.engine.draws import Draw, shots_of_groups

_FILTER_POWER = 2.0


def average(variants: Distributions, shots: int, n_variants: int) -> Distributions:
    """Return one distribution for each circuit: all shots of its variants together.

    Args:
        variants: N * n_variants answers.
        shots: The shots of each circuit.
        n_variants: The number of variants of each circuit.
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


def aggregated(method: str, variants: Distributions, draw: Draw, n_variants: int) -> Distributions:
    """Return one distribution for each circuit.

    Args:
        method: A name in `AGGREGATIONS`.
        variants: N * n_variants answers.
        draw: As they were sampled, with as many shots of each circuit.
        n_variants: The number of variants of each circuit.
    """
    shots = int(draw.shots)
    if method == "average":
        return average(variants, shots, n_variants)
    each = shots_of_groups(shots, n_variants)
    found = [
        AGGREGATIONS[method](
            _histograms(variants, index * n_variants, each), draw.seed, draw.first_index + index
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

    In the k-th vote each variant has its k-th shot, as they are served.

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
    # Each variant's shots are in the order in which they are served, so that anybody can count again.
    ballots = [
        shots_in_order(
            np.array(list(own), np.uint64),
            np.array(list(own.values()), np.int64),
            seed,
            index * len(variants) + number,
        )
        for number, own in enumerate(variants)
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
