"""Debiasing: variants mean the same circuit, and aggregations do what their names say."""

import numpy as np
import pytest
from engine_circuits import C, G, program_of, random_circuit
from engine_reference import dense, probabilities_of

from paultrap.circuits import Distributions, Opcode
from paultrap.engine import simulate
from paultrap.engine.debiasing import (
    AGGREGATIONS,
    N_VARIANTS,
    average,
    mapped_back,
    variants_of,
)


def test_every_variant_means_the_circuit_on_other_qubits():
    rng = np.random.default_rng(1)
    circuits = [random_circuit(rng, width, 15, list(Opcode), 2) for width in (1, 4, 3)]
    variants = variants_of(program_of(circuits), 501, 7, seed=3)
    answer = mapped_back(simulate(variants.program), variants.maps)
    for index, circuit in enumerate(circuits):
        for variant in range(N_VARIANTS):
            found = dense(answer, index * N_VARIANTS + variant, circuit.width)
            assert np.abs(found - probabilities_of(circuit)).max() < 1e-11
    assert variants.shots.reshape(3, -1).sum(axis=1).tolist() == [501] * 3
    assert variants.shots.max() - variants.shots.min() == 1
    assert all(sorted(qubits) == list(range(7)) for qubits in variants.maps.tolist())
    assert len({tuple(qubits) for qubits in variants.maps.tolist()}) > N_VARIANTS


def test_maps_depend_on_seed_and_index_alone():
    circuits = [C(2, (G(Opcode.H, (0,)),))] * 4
    whole = variants_of(program_of(circuits), 500, 25, seed=3)
    part = variants_of(program_of(circuits[2:]), 500, 25, seed=3, first_index=2)
    assert whole.maps[2 * N_VARIANTS :].tolist() == part.maps.tolist()
    other = variants_of(program_of(circuits), 500, 25, seed=4)
    assert whole.maps.tolist() != other.maps.tolist()


def test_the_average_is_all_shots_together():
    rng = np.random.default_rng(2)
    shots = np.tile(np.arange(10, 10 + N_VARIANTS), 3)
    rows = [rng.multinomial(count, [0.5, 0.3, 0.2, 0.0]) for count in shots]
    seen = [np.flatnonzero(row) for row in rows]
    variants = Distributions(
        offsets=np.cumsum([0, *map(len, seen)]),
        states=np.concatenate(seen).astype(np.uint64),
        probabilities=np.concatenate(
            [row[own] / count for row, own, count in zip(rows, seen, shots, strict=True)]
        ),
    )
    found = average(variants, shots)
    totals = np.array(rows).reshape(3, N_VARIANTS, 4).sum(axis=1)
    for index in range(3):
        assert dense(found, index, 2) == pytest.approx(totals[index] / totals[index].sum())


AGREED = [{0: 9, 3: 1}] * 8
ODD = [{5: 10}]


@pytest.mark.parametrize("name", sorted(AGGREGATIONS))
def test_aggregations_give_ascending_probabilities_that_depend_on_the_seed_alone(name):
    found = AGGREGATIONS[name](AGREED + ODD, 7, 0)
    assert sum(found.values()) == pytest.approx(1)
    assert list(found) == sorted(found)
    assert found == AGGREGATIONS[name](AGREED + ODD, 7, 0)
    assert AGGREGATIONS[name]([{2: 4}, {2: 3}], 1, 0) == {2: 1.0}


def test_the_average_keeps_what_one_variant_saw_and_votes_drop_it():
    assert AGGREGATIONS["average"](AGREED + ODD, 1, 0)[5] == pytest.approx(1 / 9)
    for name in ("voting", "majority"):
        assert AGGREGATIONS[name](AGREED + ODD, 1, 0).get(5, 0) < 1 / 40
    assert AGGREGATIONS["dnl"](AGREED + ODD, 1, 0)[5] < 1 / 9 / 20


def test_a_vote_that_nothing_wins_counts_as_it_was_cast():
    tied = [{0: 5}, {1: 5}]
    assert AGGREGATIONS["voting"](tied, 1, 0) == {0: 0.5, 1: 0.5}
    plural = [{0: 6}, {0: 6}, {1: 6}, {2: 6}, {3: 6}]
    assert AGGREGATIONS["voting"](plural, 1, 0) == {0: 1.0}
    assert AGGREGATIONS["majority"](plural, 1, 0)[0] == pytest.approx(0.4)
