"""Jobs are cut into chunks of about the same work, and their chunks fall due in turn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paultrap.admission.chunks import (
    PlannedChunk,
    due_delays,
    plan_chunks,
    predicted_ms,
    predicted_seconds,
)

CIRCUITS = st.lists(st.tuples(st.floats(0, 1e12), st.integers(1, 29)), min_size=1, max_size=300)


def plan(costs, width=6):
    return plan_chunks(np.array(costs), np.full(len(costs), width, np.uint16))


@given(CIRCUITS)
def test_chunks_hold_every_circuit_once_and_in_order(circuits):
    costs = np.array([cost for cost, _ in circuits])
    chunks = plan_chunks(costs, np.array([width for _, width in circuits], np.uint16))

    assert [index for first, stop, *_ in chunks for index in range(first, stop)] == list(
        range(len(costs))
    )
    assert all(first < stop for first, stop, *_ in chunks)
    np.testing.assert_allclose(
        [chunk.cost for chunk in chunks], [costs[first:stop].sum() for first, stop, *_ in chunks]
    )


def test_a_little_job_is_one_chunk():
    assert plan(np.full(2, 12.0)) == [PlannedChunk(0, 2, 24.0)]
    assert len(plan(np.full(500, 2_000.0))) == 1


def test_no_circuits_are_no_chunks():
    assert plan(np.zeros(0)) == []
    assert due_delays([]) == []


@pytest.mark.parametrize("gates", [0, 1, 30])
def test_a_maximal_job_of_small_circuits_is_one_chunk(gates):
    assert len(plan(np.full(5_000, gates * 2.0**6))) == 1


def test_many_circuits_are_cut_evenly():
    sizes = [chunk.stop - chunk.first for chunk in plan(np.full(50_000, 100.0))]

    assert len(sizes) == 7
    assert max(sizes) - min(sizes) <= 1


def test_circuits_with_large_answers_are_cut_so_that_each_fits():
    chunks = plan(np.full(100, 2.0**22), width=22)

    assert 25 <= len(chunks) <= 30
    assert len(plan(np.full(100, 8.0), width=22)) == 1


def test_a_large_circuit_is_alone_in_its_chunk():
    costs = np.full(9, 100.0)
    costs[4] = 1e10

    assert [chunk[:2] for chunk in plan(costs)] == [(0, 4), (4, 5), (5, 9)]


def test_circuits_with_much_work_are_cut_finely():
    chunks = plan(np.full(100, 6e8))

    assert all(chunk.cost < 3e9 for chunk in chunks)
    assert 20 <= len(chunks) <= 40


def test_chunks_fall_due_a_second_apart():
    assert due_delays([PlannedChunk(0, 1, 10.0)] * 3) == [0, 1000, 2000]


def test_chunks_behind_a_long_one_fall_due_later():
    chunks = [PlannedChunk(0, 1, 1e10), PlannedChunk(1, 2, 1.0), PlannedChunk(2, 3, 1.0)]

    assert due_delays(chunks) == [0, 10_000, 11_000]


def test_the_prediction_grows_with_the_work():
    assert predicted_ms([PlannedChunk(0, 1, 1.0)]) == 1
    assert predicted_ms([PlannedChunk(0, 1, 3e10), PlannedChunk(1, 2, 1e10)]) == 8000
    assert predicted_seconds(np.array([3e10, 1e10])).tolist() == [6, 2]
