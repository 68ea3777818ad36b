"""Jobs are cut into chunks of about the same work, and their chunks fall due in turn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paultrap.jobs import PlannedChunk, due_delays, plan_chunks, predicted_ms

COSTS = st.lists(st.floats(0, 1e12), min_size=1, max_size=300).map(np.array)


@given(COSTS)
def test_chunks_hold_every_circuit_once_and_in_order(costs):
    chunks = plan_chunks(costs)

    assert [index for first, stop, _ in chunks for index in range(first, stop)] == list(
        range(len(costs))
    )
    assert all(first < stop for first, stop, _ in chunks)
    np.testing.assert_allclose(
        [chunk.cost for chunk in chunks], [costs[first:stop].sum() for first, stop, _ in chunks]
    )


def test_a_little_job_is_one_chunk():
    assert plan_chunks(np.full(2, 12.0)) == [PlannedChunk(0, 2, 24.0)]
    assert len(plan_chunks(np.full(500, 2_000.0))) == 1


def test_no_circuits_are_no_chunks():
    assert plan_chunks(np.zeros(0)) == []
    assert due_delays([]) == []


@pytest.mark.parametrize("gates", [0, 1, 30])
def test_a_maximal_job_of_small_circuits_is_cut_into_about_ten(gates):
    chunks = plan_chunks(np.full(5_000, gates * 2.0**6))

    sizes = [stop - first for first, stop, _ in chunks]
    assert 8 <= len(chunks) <= 16
    assert max(sizes) - min(sizes) <= 1


def test_a_large_circuit_is_alone_in_its_chunk():
    costs = np.full(9, 100.0)
    costs[4] = 1e10

    assert [chunk[:2] for chunk in plan_chunks(costs)] == [(0, 4), (4, 5), (5, 9)]


def test_circuits_with_much_work_are_cut_finely():
    chunks = plan_chunks(np.full(100, 6e7))

    assert all(chunk.cost < 4e8 for chunk in chunks)
    assert 20 <= len(chunks) <= 40


def test_chunks_fall_due_a_second_apart():
    assert due_delays([PlannedChunk(0, 1, 10.0)] * 3) == [0, 1000, 2000]


def test_chunks_behind_a_long_one_fall_due_later():
    chunks = [PlannedChunk(0, 1, 1e10), PlannedChunk(1, 2, 1.0), PlannedChunk(2, 3, 1.0)]

    assert due_delays(chunks) == [0, 100_000, 101_000]


def test_the_prediction_grows_with_the_work():
    assert predicted_ms([PlannedChunk(0, 1, 1.0)]) == 1
    assert predicted_ms([PlannedChunk(0, 1, 3e9), PlannedChunk(1, 2, 1e9)]) == 4000
