"""Sampled jobs in the store: what their worker is given, and what outlives a changed model."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from harness.jobs import children, file_of, new_job, reread
from harness.schemas import go_back
from msgspec import structs

from paultrap.circuits import Distributions
from paultrap.engine import NoiseModel
from paultrap.jobs import Sampling
from paultrap.store import slices

SAMPLING = Sampling(
    250,
    -7,
    NoiseModel(
        name="ours",
        qubits=5,
        entangler="zz",
        one_qubit=0.1,
        two_qubit=0.2,
        gates={"gpi": 0.3},
        pairs={"0-4": 0.4},
        readout=((0.01, 0.02),),
    ),
)


def test_the_worker_gets_all_numbers_and_the_place_of_its_circuits(store):
    store.jobs.add(new_job(store, 6, chunks=3, sampling=SAMPLING))

    leases = [store.queue.lease("worker", 60_000) for _ in range(3)]

    assert [lease.sampling for lease in leases] == [SAMPLING] * 3
    assert [(lease.first, lease.program.n_circuits) for lease in leases] == [(0, 2), (2, 2), (4, 2)]


def test_an_exact_job_has_no_sampling(store):
    job = store.jobs.add(new_job(store))

    assert job.sampling is None
    assert reread(store, job).sampling is None
    assert store.queue.lease("worker", 60_000).sampling is None


def test_job_children_and_lists_know_how_they_are_sampled(store, open_store):
    job = store.jobs.add(new_job(store, 3, sampling=SAMPLING))
    assert job.sampling == SAMPLING
    store.close()

    again = open_store()

    found = [reread(again, job), *children(again, job)]
    assert len(found) == 4
    assert all(record.sampling == SAMPLING for record in found)


@pytest.mark.engine("sqlite")
def test_a_job_of_the_second_schema_is_exact(store, open_store):
    job = store.jobs.add(new_job(store))
    store.close()
    with closing(sqlite3.connect(file_of(store))) as connection, connection:
        go_back(connection, "0002")

    again = open_store()

    assert reread(again, job).sampling is None
    assert again.queue.lease("worker", 60_000).sampling is None


def variants_of(lease, each: int) -> Distributions:
    """Return answers in which variant v of circuit i has seen states 0 to (i + v) % 4."""
    sizes = [(index + v) % 4 + 1 for index in range(lease.first, lease.stop) for v in range(each)]
    return Distributions(
        np.cumsum([0, *sizes]),
        np.concatenate([np.arange(size) for size in sizes]).astype(np.uint64),
        np.concatenate([np.full(size, 1 / size) for size in sizes]),
    )


@pytest.mark.parametrize("entries", [1, 20, 1 << 17])
def test_variants_come_back_circuit_by_circuit(store, monkeypatch, entries):
    monkeypatch.setattr(slices, "_MOST_ENTRIES", entries)
    each = 3
    sampling = structs.replace(SAMPLING, variants=each)
    job = store.jobs.add(new_job(store, 7, chunks=2, sampling=sampling))
    whole = []
    while (lease := store.queue.lease("worker", 60_000)) is not None:
        answer = variants_of(lease, each)
        assert store.queue.finish(lease, answer, 1)
        whole += [answer.as_dict(k) for k in range(answer.n_circuits)]

    def read(record) -> list[dict[int, float]]:
        found = [part.distributions for part in store.jobs.results(record)]
        return [one.as_dict(k) for one in found for k in range(one.n_circuits)]

    assert read(job) == whole
    for index, child in enumerate(children(store, job)):
        assert read(child) == whole[index * each : (index + 1) * each]
