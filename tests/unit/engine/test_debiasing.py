"""Debiasing: variants mean the same circuit, and aggregations do what their names say."""

from dataclasses import replace

import numpy as np
import pytest
from harness.circuits import C, G, program_of, random_circuit
from msgspec import structs
from unit.engine.engine_reference import dense, probabilities_of

from paultrap.circuits import Distributions, Opcode, Program
from paultrap.engine import (
    AGGREGATIONS,
    N_VARIANTS,
    Draw,
    NoiseModel,
    RunOptions,
    aggregated,
    qubit_maps,
    sample,
    sample_variants,
    shots_of_groups,
)
from paultrap.engine.aggregation import average
from paultrap.engine.sites import sites_of

QUIET = NoiseModel(name="quiet", qubits=7, entangler="ms", one_qubit=0, two_qubit=0)
# Qubit 3 is always misread, and gates on qubits 1 and 5 always fail.
UNEVEN = NoiseModel(
    name="uneven",
    qubits=7,
    entangler="ms",
    one_qubit=0,
    two_qubit=0,
    pairs={"1-5": 1.0},
    readout=((0, 0), (0, 0), (0, 0), (1, 1)),
    acts_on="written",
)


def placed(circuit: C, qubits: list[int], width: int) -> C:
    """Return the circuit on other qubits of a wider machine."""
    gates = (
        replace(
            gate,
            targets=tuple(qubits[q] for q in gate.targets),
            controls=tuple(qubits[q] for q in gate.controls),
        )
        for gate in circuit.gates
    )
    return C(width, tuple(gates))


def test_every_variant_means_the_circuit():
    rng = np.random.default_rng(1)
    circuits = [random_circuit(rng, width, 15, list(Opcode), 2) for width in (1, 4, 3)]
    shots = N_VARIANTS * 20_000
    answer = sample_variants(program_of(circuits), Draw(shots, 3), variants=N_VARIANTS, noise=QUIET)
    for index, circuit in enumerate(circuits):
        exact = probabilities_of(circuit)
        for variant in range(N_VARIANTS):
            found = dense(answer, index * N_VARIANTS + variant, circuit.width)
            assert np.abs(found - exact).sum() / 2 < 0.03


@pytest.mark.parametrize("noise", [UNEVEN, structs.replace(UNEVEN, pairs={})])
def test_errors_are_those_of_the_qubits_that_a_variant_is_mapped_to(noise):
    circuit = C(3, (G(Opcode.X, (0,)), G(Opcode.X, (2,), (0,)), G(Opcode.X, (1,))))
    answer = sample_variants(program_of([circuit]), Draw(64 * 400, 3), variants=64, noise=noise)
    maps = qubit_maps(3, 0, 64, noise.qubits)
    for variant, qubits in enumerate(maps.tolist()):
        moved = sample(program_of([placed(circuit, qubits, 7)]), Draw(4000, 1), noise=noise)
        expected = np.zeros(8)
        for state, share in moved.as_dict(0).items():
            expected[sum((state >> qubits[q] & 1) << q for q in range(3))] += share
        assert np.abs(dense(answer, variant, 3) - expected).sum() / 2 < 0.15


def test_sites_are_those_of_the_circuit_where_it_is_mapped_to():
    rng = np.random.default_rng(4)
    circuits = [random_circuit(rng, 4, 20, list(Opcode), 2) for _ in range(5)]
    maps = np.concatenate([qubit_maps(1, index, 1, 7) for index in range(5)])
    moved = [placed(circuit, maps[k].tolist(), 7) for k, circuit in enumerate(circuits)]
    here = sites_of(program_of(circuits), UNEVEN, maps)
    there = sites_of(program_of(moved), UNEVEN)
    for name in ("offsets", "gates", "strengths"):
        assert getattr(here, name).tolist() == getattr(there, name).tolist()
    owners = np.repeat(np.arange(5), np.diff(here.offsets))
    assert maps[owners, here.first].tolist() == there.first.tolist()


def test_maps_are_permutations_that_depend_on_seed_and_index_alone():
    maps = qubit_maps(3, 2, N_VARIANTS, 25)
    assert all(sorted(qubits) == list(range(25)) for qubits in maps.tolist())
    assert len({tuple(qubits) for qubits in maps.tolist()}) == N_VARIANTS
    for other in (qubit_maps(4, 2, N_VARIANTS, 25), qubit_maps(3, 1, N_VARIANTS, 25)):
        assert other.tolist() != maps.tolist()


@pytest.mark.parametrize("pairs", [{}, {"0-1": 0.5}])
def test_variants_are_the_same_in_whatever_chunks_they_come(pairs):
    rng = np.random.default_rng(5)
    circuits = [random_circuit(rng, 3, 12, list(Opcode), 2) for _ in range(4)]
    noise = NoiseModel(
        name="loud",
        qubits=5,
        entangler="zz",
        one_qubit=0.1,
        two_qubit=0.2,
        pairs=pairs,
        readout=((0.1, 0.2), (0.3, 0.1)),
    )

    def run(part: list[C], first: int, threads: int) -> Distributions:
        return sample_variants(
            program_of(part),
            Draw(501, 7, first),
            variants=8,
            noise=noise,
            options=RunOptions(threads=threads),
        )

    whole = run(circuits, 0, 4)
    parts = Distributions.concatenate([run(circuits[:1], 0, 1), run(circuits[1:], 1, 1)])
    assert whole.n_circuits == 32
    for name in ("offsets", "states", "probabilities"):
        assert getattr(whole, name).tolist() == getattr(parts, name).tolist()


def test_nothing_gives_nothing():
    none = program_of([C(1, ())]).slice(0, 0)
    assert isinstance(none, Program)
    answer = sample_variants(none, Draw(500, 1), variants=16, noise=QUIET)
    assert average(answer, 500, 16).n_circuits == 0


def test_shots_are_shared_out():
    shares = shots_of_groups(501, N_VARIANTS)
    assert shares.sum() == 501
    assert shares.max() - shares.min() == 1


@pytest.mark.parametrize("method", sorted(AGGREGATIONS))
def test_a_method_does_to_many_circuits_what_it_does_to_one(method):
    rng = np.random.default_rng(2)
    n_variants, shots = 5, 203
    each = shots_of_groups(shots, n_variants).tolist() * 3
    rows = [rng.multinomial(count, [0.5, 0.3, 0.2, 0.0]) for count in each]
    seen = [np.flatnonzero(row) for row in rows]
    variants = Distributions(
        offsets=np.cumsum([0, *map(len, seen)]),
        states=np.concatenate(seen).astype(np.uint64),
        probabilities=np.concatenate(
            [row[own] / count for row, own, count in zip(rows, seen, each, strict=True)]
        ),
    )
    found = aggregated(method, variants, Draw(shots, 9, 4), n_variants=n_variants)
    for index in range(3):
        own = [
            {state: int(count) for state, count in enumerate(row) if count}
            for row in rows[index * n_variants : (index + 1) * n_variants]
        ]
        expected = AGGREGATIONS[method](own, 9, 4 + index)
        assert found.as_dict(index) == pytest.approx(expected)


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


@pytest.mark.parametrize("name", sorted(AGGREGATIONS))
def test_a_circuit_without_shots_has_no_states(name):
    assert AGGREGATIONS[name]([{}, {}], 1, 0) == {}
