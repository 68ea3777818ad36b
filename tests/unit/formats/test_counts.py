"""Histograms and shots to JSON: shapes, counts, order and pieces."""

import json
from collections import Counter
from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paultrap.circuits import Distributions, shots_in_order
from paultrap.formats import (
    Part,
    in_parts,
    in_whole_shots,
    ordered_shots,
    stream_histogram_v1,
    stream_histogram_v2,
    stream_shots_v1,
    stream_shots_v2,
)
from paultrap.formats.histogram import counts_of

SHOTS = 1000
COUNTS = {0: 500, 1: 250, 6: 250}


def sampled(counts):
    shots = sum(counts.values())
    return Distributions(
        np.array([0, len(counts)]),
        np.array(list(counts), np.uint64),
        np.array([count / shots for count in counts.values()]),
    )


def joined(sections):
    return b"".join(chain.from_iterable(sections))


def test_a_histogram_has_decimal_keys_and_whole_counts():
    text = joined(stream_histogram_v1(in_parts(sampled(COUNTS)), SHOTS))

    assert text == b'{"0":500,"1":250,"6":250}'


def test_a_histogram_by_register_has_the_highest_qubit_at_the_left():
    text = joined(stream_histogram_v2(in_parts(sampled(COUNTS)), SHOTS, 3))

    assert text == b'{"histogram":{"registers":{"output_all":{"000":500,"001":250,"110":250}}}}'


def test_shots_are_decimal_text():
    states = np.array([2, 1, 3, 0], np.uint64)

    assert joined(stream_shots_v1(states)) == b'["2","1","3","0"]'


def test_shots_by_register_list_bit_0_first():
    states = np.array([1, 6], np.uint64)

    assert json.loads(joined(stream_shots_v2(states, 3))) == {
        "shots": [
            {"registers": {"output_all": [1, 0, 0]}},
            {"registers": {"output_all": [0, 1, 1]}},
        ]
    }


def test_nothing_seen_is_empty():
    nothing = np.zeros(0, np.uint64)

    assert joined(stream_histogram_v1(in_parts(sampled({})), 10)) == b"{}"
    assert joined(stream_shots_v1(nothing)) == b"[]"
    assert joined(stream_shots_v2(nothing, 2)) == b'{"shots":[]}'


def test_the_largest_state_of_64_qubits():
    widest = sampled({2**64 - 1: 7})

    assert joined(stream_histogram_v1(in_parts(widest), 7)) == b'{"18446744073709551615":7}'
    assert b'"' + b"1" * 64 + b'":7' in joined(stream_histogram_v2(in_parts(widest), 7, 64))
    assert joined(stream_shots_v1(widest.states)) == b'["18446744073709551615"]'
    [shot] = json.loads(joined(stream_shots_v2(widest.states, 64)))["shots"]
    assert shot["registers"]["output_all"] == [1] * 64


def test_a_state_is_not_of_more_than_64_qubits():
    with pytest.raises(ValueError, match="64 qubits"):
        joined(stream_shots_v2(np.zeros(1, np.uint64), 65))


@pytest.mark.parametrize("parts", [1, 3])
def test_many_entries_are_written_in_pieces_that_fit_together(parts):
    rng = np.random.default_rng(4)
    states = np.unique(rng.integers(0, 2**40, 150_000, dtype=np.uint64))
    counts = dict(zip(states.tolist(), rng.integers(1, 9, len(states)).tolist(), strict=True))
    whole = sampled(counts)
    cuts = np.linspace(0, len(states), parts + 1).astype(int).tolist()
    pieces = [
        Distributions(
            np.array([0, stop - start]), whole.states[start:stop], whole.probabilities[start:stop]
        )
        for start, stop in pairwise(cuts)
    ]
    shots = sum(counts.values())
    last = len(pieces) - 1
    numbered = [Part(piece, number == 0, number == last) for number, piece in enumerate(pieces)]

    found = json.loads(joined(stream_histogram_v1(numbered, shots)))
    by_register = json.loads(joined(stream_histogram_v2(numbered, shots, 40)))

    assert {int(state): count for state, count in found.items()} == counts
    registers = by_register["histogram"]["registers"]["output_all"]
    assert {int(bits, 2): count for bits, count in registers.items()} == counts
    ordered = ordered_shots(pieces, shots, 1, 0)
    assert Counter(ordered.tolist()) == counts
    assert [int(state) for state in json.loads(joined(stream_shots_v1(ordered)))] == (
        ordered.tolist()
    )


@settings(deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_counts_come_back_from_probabilities(counts):
    shots = sum(counts)

    assert counts_of(np.array(counts) / shots, shots).tolist() == counts


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, 2**64 - 1), st.integers(1, 50), max_size=8),
    st.integers(-(2**31), 2**64),
    st.integers(0, 5000),
)
def test_shots_in_order_are_a_permutation_of_the_counts(counts, seed, index):
    states = np.array(list(counts), np.uint64)
    numbers = np.array(list(counts.values()), np.int64)

    shots = shots_in_order(states, numbers, seed, index)

    assert Counter(shots.tolist()) == counts
    assert shots.tolist() == shots_in_order(states, numbers, seed, index).tolist()


def test_the_order_of_shots_is_stable_for_ever():
    shots = shots_in_order(np.array([0, 3], np.uint64), np.array([6, 6]), 7, 2)

    assert shots.tolist() == [3, 3, 3, 0, 3, 0, 0, 0, 3, 0, 3, 0]


def test_the_order_differs_by_seed_and_circuit_and_is_no_pattern():
    states, counts = np.array([0, 1], np.uint64), np.array([5000, 5000])
    orders = [
        shots_in_order(states, counts, seed, index).astype(float)
        for seed, index in ((1, 0), (2, 0), (1, 1))
    ]

    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(orders[one], orders[other])[0, 1]) < 0.05
    for order in orders:
        runs = 1 + np.count_nonzero(np.diff(order))
        assert abs(runs - 5001) < 6 * 50  # Wald-Wolfowitz: mean 5001, sigma 50
        assert abs(order[:5000].sum() - 2500) < 6 * 25  # hypergeometric: sigma 25


@given(
    weights=st.lists(st.floats(1e-6, 1), min_size=1, max_size=30),
    shots=st.integers(1, 10_000),
)
@settings(max_examples=100)
def test_whole_shots_are_as_many_and_as_near_as_can_be(weights, shots):
    shares = np.array(weights) / sum(weights)
    states = np.arange(len(shares), dtype=np.uint64)

    found = in_whole_shots(Distributions(np.array([0, len(shares)]), states, shares), shots)

    counts = counts_of(found.probabilities, shots)
    assert counts.sum() == shots
    assert counts.min() >= 1
    exact = dict(zip(states.tolist(), (shares * shots).tolist(), strict=True))
    near = dict(zip(found.states.tolist(), counts.tolist(), strict=True))
    assert all(abs(near.get(state, 0) - value) < 1 + 1e-6 for state, value in exact.items())
