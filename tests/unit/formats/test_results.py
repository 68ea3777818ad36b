"""Distributions to JSON: shapes, digits, order and pieces."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paultrap.circuits import Distributions
from paultrap.formats import (
    Circuits,
    Part,
    in_parts,
    probabilities_v1,
    stream_aggregate,
    stream_parts_v1,
    stream_parts_v2,
)


def distributions(*circuits):
    return Distributions(
        offsets=np.cumsum([0, *map(len, circuits)], dtype=np.int64),
        states=np.array([state for circuit in circuits for state in circuit], np.uint64),
        probabilities=np.array([p for circuit in circuits for p in circuit.values()], np.float64),
    )


FOUNDING = distributions({1: 1.0}, {0: 0.5, 6: 0.5})


def aggregate(ids, *chunks):
    firsts = np.cumsum([0, *(chunk.n_circuits for chunk in chunks)]).tolist()
    parts = (Circuits(first, chunk) for first, chunk in zip(firsts, chunks, strict=False))
    return itertools.chain.from_iterable(stream_aggregate(ids, parts))


def text(sections):
    return b"".join(itertools.chain.from_iterable(sections))


def probabilities_v2(answer, index, width):
    return text(stream_parts_v2(in_parts(answer.slice(index, index + 1)), width))


def test_the_founding_example():
    assert b"".join(aggregate(["b", "a"], FOUNDING)) == b'{"b":{"1":1.0},"a":{"0":0.5,"6":0.5}}'


def test_one_circuit_as_decimal_states():
    assert probabilities_v1(FOUNDING, 0) == b'{"1":1.0}'
    assert probabilities_v1(FOUNDING, 1) == b'{"0":0.5,"6":0.5}'


def test_one_circuit_as_bits_with_the_highest_qubit_at_the_left():
    text = probabilities_v2(FOUNDING, 1, 4)

    assert text == b'{"probabilities":{"registers":{"output_all":{"0000":0.5,"0110":0.5}}}}'


def test_nothing_seen_is_an_empty_object():
    empty = distributions({}, {})

    assert probabilities_v1(empty, 1) == b"{}"
    assert json.loads(probabilities_v2(empty, 0, 2)) == {
        "probabilities": {"registers": {"output_all": {}}}
    }
    assert b"".join(aggregate(["a", "b"], empty)) == b'{"a":{},"b":{}}'
    assert b"".join(aggregate([], distributions())) == b"{}"
    assert b"".join(aggregate([])) == b"{}"


def test_the_largest_state_of_64_qubits():
    widest = distributions({2**64 - 1: 1.0})

    assert probabilities_v1(widest, 0) == b'{"18446744073709551615":1.0}'
    assert b'"' + b"1" * 64 + b'"' in probabilities_v2(widest, 0, 64)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1) | st.floats(allow_nan=False, allow_infinity=False), max_size=50))
def test_numbers_are_the_shortest_that_read_back_exactly(values):
    text = probabilities_v1(distributions(dict(enumerate(values))), 0)

    assert list(json.loads(text).values()) == values
    digits = [number.split(b":")[1] for number in text[1:-1].split(b",") if number]
    for number, value in zip(digits, values, strict=True):
        assert isinstance(json.loads(number), float)
        assert math.copysign(1, json.loads(number)) == math.copysign(1, value)
        assert len(number) <= max(len(repr(value)), len(f"{value:.0f}") + 2)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2**40), max_size=6, unique=True), max_size=12), st.data())
def test_chunks_give_the_same_bytes_as_the_whole(states, data):
    circuits = [dict.fromkeys(sorted(some), 0.125) for some in states]
    ids = [f"id-{index}" for index in range(len(circuits))]
    whole = distributions(*circuits)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(circuits)), max_size=4)))
    chunks = [whole.slice(a, b) for a, b in zip([0, *cuts], [*cuts, len(circuits)], strict=True)]

    text = b"".join(aggregate(ids, *chunks))

    assert text == b"".join(aggregate(ids, whole))
    assert list(json.loads(text).items()) == [
        (name, {str(state): p for state, p in circuit.items()})
        for name, circuit in zip(ids, circuits, strict=True)
    ]


@pytest.mark.parametrize("sizes", [[5], [1, 4], [3, 2], [0], [200_000, 1, 140_000]])
def test_a_circuit_that_comes_in_parts_reads_as_one(sizes):
    ends = np.cumsum([0, *sizes]).tolist()
    total = ends[-1]
    whole = distributions({3: 1.0}, {state: 1 / (state + 2) for state in range(total)}, {0: 1.0})
    first, large, last = (whole.slice(k, k + 1) for k in range(3))
    parts = [
        Distributions(np.array([0, b - a]), large.states[a:b], large.probabilities[a:b])
        for a, b in itertools.pairwise(ends)
    ]
    final = len(parts) - 1
    large = [Circuits(1, part, number > 0, number < final) for number, part in enumerate(parts)]
    marked = [Circuits(0, first), *large, Circuits(2, last)]
    numbered = [Part(part, number == 0, number == final) for number, part in enumerate(parts)]
    ids = ["a", "b", "c"]

    assert text(stream_aggregate(ids, marked)) == b"".join(aggregate(ids, whole))
    assert text(stream_parts_v1(numbered)) == probabilities_v1(whole, 1)
    assert text(stream_parts_v2(numbered, 18)) == probabilities_v2(whole, 1, 18)
    for stream in (
        lambda start: stream_aggregate(ids, marked[start:]),
        lambda start: stream_parts_v1(numbered[start:]),
        lambda start: stream_parts_v2(numbered[start:], 18),
    ):
        sections = [b"".join(section) for section in stream(0)]
        for start in range(len(sections)):
            assert text(stream(start)) == b"".join(sections[start:])


@pytest.mark.parametrize(
    "sizes", [[30_000], [8_190, 1, 8_189, 0, 8_191], [0] * 9_000, [3] * 7_000, [8_192] * 40]
)
def test_large_answers_come_in_pieces_that_fit_together(sizes):
    circuits = [dict.fromkeys(range(size), 1 / (index + 3)) for index, size in enumerate(sizes)]
    ids = [f"0190070f-9691-7000-a1f6-{index:012x}" for index in range(len(sizes))]
    answer = distributions(*circuits)

    pieces = list(aggregate(ids, answer))

    assert max(map(len, pieces)) < 1 << 20
    assert json.loads(b"".join(pieces)) == {
        name: {str(state): p for state, p in circuit.items()}
        for name, circuit in zip(ids, circuits, strict=True)
    }
    assert json.loads(probabilities_v1(answer, 0)) == {str(s): p for s, p in circuits[0].items()}


def test_ids_that_do_not_fit_are_an_error():
    with pytest.raises(ValueError, match="2 circuits or more for 1 ids"):
        list(aggregate(["a"], FOUNDING))
    with pytest.raises(ValueError, match="2 circuits for 3 ids"):
        list(aggregate(["a", "b", "c"], FOUNDING))
