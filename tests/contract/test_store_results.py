"""Results come back bit by bit equal, chunk by chunk."""

import numpy as np
import pytest
from harness.jobs import answers, finish_all, new_job, reread

from paultrap.circuits import Distributions
from paultrap.store import blobs


def test_every_bit_comes_back(store):
    rng = np.random.default_rng(3)
    job = store.add_job(new_job(store, 2))
    sent = Distributions(
        np.array([0, 3, 4]),
        np.array([0, 7, 2**63 + 1, 5], np.uint64),
        np.array([*rng.dirichlet(np.ones(3)), 1.0]),
    )

    store.finish_chunk(store.lease_chunk("worker", 1000), sent, 1)

    (found,) = store.results(job)
    for name in ("offsets", "states", "probabilities"):
        np.testing.assert_array_equal(getattr(found, name), getattr(sent, name))


def test_the_program_comes_back(store):
    new = new_job(store, 7)
    store.add_job(new)

    found = store.lease_chunk("worker", 1000).program

    assert found.to_bytes() == new.batch.program.to_bytes()


def test_results_come_chunk_by_chunk_in_order(store):
    job = store.add_job(new_job(store, 10, chunks=4))
    finish_all(store)

    assert [part.n_circuits for part in store.results(job)] == [2, 3, 2, 3]


def test_only_what_is_done_has_results(store):
    job = store.add_job(new_job(store, 4, chunks=2))
    first, *_, last = store.child_ids(job.id)
    leased = store.lease_chunk("worker", 1000)
    assert answers(store, job) == []
    store.finish_chunk(
        leased, Distributions(np.zeros(3, int), np.zeros(0, np.uint64), np.zeros(0)), 1
    )

    assert answers(store, job) == [{}, {}]
    assert answers(store, store.get_job(job.project_id, first)) == [{}]
    assert answers(store, store.get_job(job.project_id, last)) == []


@pytest.mark.parametrize("circuits", [1, 3])
def test_a_child_has_its_own_answer(store, circuits):
    job = store.add_job(new_job(store, circuits, chunks=circuits))
    finish_all(store)

    for index, child_id in enumerate(store.child_ids(job.id)):
        child = store.get_job(job.project_id, child_id)
        assert answers(store, child) == [{index: 1.0}]


def test_a_single_circuit_has_one_answer(store):
    job = store.add_job(new_job(store, 1, single=True))
    finish_all(store)

    assert answers(store, reread(store, job)) == [{0: 1.0}]


def test_what_is_too_large_for_one_value_is_kept_in_parts(store, monkeypatch):
    monkeypatch.setattr(blobs, "_PART_BYTES", 100)
    rng = np.random.default_rng(5)
    job = store.add_job(new_job(store, 1, single=True))
    probabilities = rng.dirichlet(np.ones(500))
    sent = Distributions(np.array([0, 500]), np.arange(500, dtype=np.uint64), probabilities)

    store.finish_chunk(store.lease_chunk("worker", 1000), sent, 1)

    (found,) = store.results(job)
    np.testing.assert_array_equal(found.probabilities, probabilities)
